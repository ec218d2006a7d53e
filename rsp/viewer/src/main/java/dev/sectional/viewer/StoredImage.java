package dev.sectional.viewer;

import dev.sectional.core.Tensor;
import dev.sectional.nn.Classification;

/**
 * An image that the page shows.
 *
 * @param id by which requests name it
 * @param name of its file
 * @param content of its file
 * @param width of the photo, upright, in pixels
 * @param tensor the network's input, {@code (C, H, W)}
 * @param seen the part of the photo that the network saw: left, top, right and bottom as shares of its sides
 * @param fitted how it was brought to the network's size, in words
 * @param shown the photo as PNG, at most {@link Studio#LARGEST_SHOWN} pixels on its longer side
 */
record StoredImage(String id, String name, byte[] content, int width, int height, Tensor tensor, float[] seen,
                   String fitted, byte[] shown, Classification classification) {
    long bytes() {
        return content.length + shown.length + (long) Float.BYTES * tensor.data().length;
    }
}
