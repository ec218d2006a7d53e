package dev.sectional.evaluation.data;

import java.util.BitSet;

/**
 * A set of pixels of an image; pixel (x, y) is bit {@code y * width + x}.
 *
 * @param bits the pixels inside; must not be modified
 */
public record Mask(int width, int height, BitSet bits) {
    /** @throws IllegalArgumentException if the size is not positive or a bit lies outside */
    public Mask {
        if (width < 1 || height < 1 || bits.length() > (long) width * height) {
            throw new IllegalArgumentException("a mask of " + width + " x " + height + " pixels has a bit at "
                    + (bits.length() - 1));
        }
    }

    /** {@return a mask without pixels} */
    public static Mask empty(int width, int height) {
        return new Mask(width, height, new BitSet());
    }

    /** {@return the pixels of a rectangle that lie inside the image; {@code toX} and {@code toY} are exclusive} */
    public static Mask rectangle(int width, int height, int fromX, int fromY, int toX, int toY) {
        BitSet bits = new BitSet(width * height);
        int left = Math.max(0, fromX);
        int right = Math.min(width, toX);
        for (int y = Math.max(0, fromY); y < Math.min(height, toY) && left < right; y++) {
            bits.set(y * width + left, y * width + right);
        }
        return new Mask(width, height, bits);
    }

    /** {@return whether pixel (x, y) is inside} */
    public boolean contains(int x, int y) {
        return bits.get(y * width + x);
    }

    /** {@return the number of pixels inside} */
    public int count() {
        return bits.cardinality();
    }

    /** {@return the pixels within a window, which may reach beyond the image: no pixel there is inside} */
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

    /** {@return the pixels of either mask} */
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
