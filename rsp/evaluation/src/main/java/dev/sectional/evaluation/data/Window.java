package dev.sectional.evaluation.data;

import dev.sectional.images.Seen;

/**
 * A rectangle of whole pixels of an image, such as the part that a network's input shows. It may reach beyond the
 * image.
 *
 * @param left column of the image that is the window's first
 * @param top row of the image that is the window's first
 * @param width number of columns, at least 1
 * @param height number of rows, at least 1
 */
public record Window(int left, int top, int width, int height) {
    /**
     * {@return the window that is nearest to a part of an image: its edges are off by half a pixel at most}
     *
     * @param seen the part of the image that became the input
     */
    public static Window of(Seen seen) {
        int left = (int) Math.rint(seen.left());
        int top = (int) Math.rint(seen.top());
        return new Window(left, top, Math.max(1, (int) Math.rint(seen.right()) - left),
                Math.max(1, (int) Math.rint(seen.bottom()) - top));
    }
}
