package dev.sectional.evaluation.data;

import java.util.BitSet;

/**
 * A set of pixels of an image; pixel (x, y) is bit {@code y * width + x}.
 *
 * @param bits the pixels inside; must not be modified
 */
public record Mask(int width, int height, BitSet bits) {
    /**
     * Creates a mask; the bits are not copied.
     *
     * @param width the component {@code width}
     * @param height the component {@code height}
     * @param bits the component {@code bits}
     * @throws IllegalArgumentException if the size is not positive or a bit lies outside
     */
    public Mask {
        if (width < 1 || height < 1 || bits.length() > (long) width * height) {
            throw new IllegalArgumentException("a mask of " + width + " x " + height + " pixels has a bit at "
                    + (bits.length() - 1));
        }
    }

    /**
     * {@return a mask without pixels}
     *
     * @param width of the image, in pixels
     * @param height of the image, in pixels
     */
    public static Mask empty(int width, int height) {
        return new Mask(width, height, new BitSet());
    }

    /**
     * {@return the pixels of a rectangle that lie inside the image; {@code toX} and {@code toY} are exclusive}
     *
     * @param width of the image, in pixels
     * @param height of the image, in pixels
     * @param fromX first column
     * @param fromY first row
     * @param toX column after the last
     * @param toY row after the last
     */
    public static Mask rectangle(int width, int height, int fromX, int fromY, int toX, int toY) {
        BitSet bits = new BitSet(width * height);
        int left = Math.max(0, fromX);
        int right = Math.min(width, toX);
        for (int y = Math.max(0, fromY); y < Math.min(height, toY) && left < right; y++) {
            bits.set(y * width + left, y * width + right);
        }
        return new Mask(width, height, bits);
    }

    /**
     * {@return whether pixel (x, y) is inside}
     *
     * @param x column, from 0
     * @param y row, from 0
     */
    public boolean contains(int x, int y) {
        return bits.get(y * width + x);
    }

    /** {@return the number of pixels inside} */
    public int count() {
        return bits.cardinality();
    }

    /**
     * {@return the pixels within a window, which may reach beyond the image: no pixel there is inside}
     *
     * @param window in pixels of the mask
     */
    public Mask window(Window window) {
        BitSet part = new BitSet();
        for (int bit = bits.nextSetBit(0); bit >= 0; bit = bits.nextSetBit(bit + 1)) {
            int x = bit % width - window.left();
            int y = bit / width - window.top();
            if (x >= 0 && x < window.width() && y >= 0 && y < window.height()) {
                part.set(y * window.width() + x);
            }
        }
        return new Mask(window.width(), window.height(), part);
    }

    /**
     * {@return the pixels of either mask}
     *
     * @param other a mask of the same size
     */
    public Mask or(Mask other) {
        if (other.width != width || other.height != height) {
            throw new IllegalArgumentException("masks of " + width + " x " + height + " and " + other.width + " x "
                    + other.height);
        }
        BitSet union = (BitSet) bits.clone();
        union.or(other.bits);
        return new Mask(width, height, union);
    }
}
