package dev.sectional.images;

/**
 * The rectangle of an image that a network's input shows, in pixels of the image. It reaches beyond the image where the
 * input was padded.
 */
public record Seen(double left, double top, double right, double bottom) {
    /**
     *
     * @param left the component {@code left}
     * @param top the component {@code top}
     * @param right the component {@code right}
     * @param bottom the component {@code bottom}
     * @throws IllegalArgumentException if it is empty
     */
    public Seen {
        if (!(right > left) || !(bottom > top)) {
            throw new IllegalArgumentException("wanted a rectangle, got " + left + "," + top + " to " + right + ","
                    + bottom);
        }
    }

    /**
     * {@return the whole of an image}
     *
     * @param image of any size
     */
    public static Seen whole(Image image) {
        return new Seen(0, 0, image.width(), image.height());
    }

    /**
     * Tells whether no pixel of an image of that size was left out.
     *
     * @param width of the photo
     * @param height of the photo
     * @return true if nothing was cut off
     */
    public boolean covers(int width, int height) {
        return left <= 0 && top <= 0 && right >= width && bottom >= height;
    }
}
