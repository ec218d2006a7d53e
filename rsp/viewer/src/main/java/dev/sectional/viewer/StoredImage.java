package dev.sectional.viewer;

import dev.sectional.attribution.image.Pixels;
import dev.sectional.attribution.image.PngWriter;
import dev.sectional.core.Tensor;
import dev.sectional.images.Image;
import dev.sectional.images.InputImage;
import dev.sectional.images.figure.Subject;
import dev.sectional.nn.Classification;
import dev.sectional.nn.ModelCard;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

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
 * @param notes what the network did not see of it, and what its file leaves open, as figures say it
 * @param shown the photo as PNG, at most {@link #LARGEST_SHOWN} pixels on its longer side
 */
record StoredImage(String id, String name, byte[] content, int width, int height, Tensor tensor, float[] seen,
                   String fitted, List<String> notes, byte[] shown, Classification classification) {
    /** Longer side of a photo on the page, in pixels. */
    static final int LARGEST_SHOWN = 1024;

    /**
     * Returns an image for the page.
     *
     * @param content of its file
     * @param fitted how it was brought to the network's size, in words
     * @param card of the network
     */
    static StoredImage of(String id, InputImage image, byte[] content, Classification classes, String fitted,
            ModelCard card) {
        Image photo = image.photo();
        float[] seen = {(float) (image.seen().left() / photo.width()), (float) (image.seen().top() / photo.height()),
            (float) (image.seen().right() / photo.width()), (float) (image.seen().bottom() / photo.height())};
        return new StoredImage(id, image.file().toString(), content, photo.width(), photo.height(), image.tensor(),
                seen, fitted, Subject.notes(image, card), shown(photo), classes);
    }

    private static byte[] shown(Image image) {
        double scale = Math.min(1, (double) LARGEST_SHOWN / Math.max(image.width(), image.height()));
        int width = Math.max(1, (int) Math.round(scale * image.width()));
        int height = Math.max(1, (int) Math.round(scale * image.height()));
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        try {
            PngWriter.write(png, width, height, Pixels.ofBytes(image.resized(width, height)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);   // Writing to memory does not fail.
        }
        return png.toByteArray();
    }

    long bytes() {
        return content.length + shown.length + (long) Float.BYTES * tensor.data().length;
    }
}
