package dev.sectional.images.internal;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/**
 * Reads a decoded image row by row as 8-bit RGB, upright by its EXIF orientation. Samples are taken without colour
 * management: alpha is dropped after colours are divided by it where the file stores products, grey repeated, and
 * 16-bit samples are cut to their upper byte. Stateless apart from the image.
 */
public final class PixelRows {
    private static final byte OPAQUE = (byte) 255;

    private final BufferedImage image;
    private final Raster raster;
    private final int orientation;

    /**
     * Reads the rows of an image.
     *
     * @param orientation as EXIF numbers it, 1 to 8; 1 is upright
     */
    public PixelRows(BufferedImage image, int orientation) {
        this.image = image;
        this.raster = image.getRaster();
        this.orientation = orientation;
    }

    /** Returns the pixels in a row. */
    public int width() {
        return isQuarterTurn() ? image.getHeight() : image.getWidth();
    }

    /** Returns the number of rows. */
    public int height() {
        return isQuarterTurn() ? image.getWidth() : image.getHeight();
    }

    private boolean isQuarterTurn() {
        return orientation >= 5;
    }

    /**
     * Reads one row of the upright image: a row of the stored image or, after a quarter turn, a column of it.
     *
     * @param y row, from 0
     * @param rgb receives three bytes for each pixel
     */
    public void read(int y, byte[] rgb) {
        read(y, rgb, this::readStored);
    }

    /**
     * Reads the opacity of one row of the upright image.
     *
     * @param y row, from 0
     * @param alpha receives three equal bytes for each pixel: 0 is transparent, 255 opaque, as everything is in an
     *     image without alpha
     */
    public void readAlpha(int y, byte[] alpha) {
        read(y, alpha, this::readStoredAlpha);
    }

    /** Tells whether any pixel is not opaque. */
    public boolean isTransparent() {
        if (!image.getColorModel().hasAlpha()) {
            return false;
        }
        byte[] alpha = new byte[3 * image.getWidth()];
        for (int y = 0; y < image.getHeight(); y++) {
            readStoredAlpha(0, y, image.getWidth(), 1, alpha);
            for (int i = 0; i < alpha.length; i += 3) {
                if (alpha[i] != OPAQUE) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Reads a rectangle of the stored image into three bytes for each pixel. */
    private interface StoredPixels {
        void read(int x, int y, int width, int height, byte[] into);
    }

    private void read(int y, byte[] rgb, StoredPixels stored) {
        boolean fromEnd = switch (orientation) {
            case 3, 4, 7, 8 -> true;
            default -> false;
        };
        boolean reversed = switch (orientation) {
            case 2, 3, 6, 7 -> true;
            default -> false;
        };
        int line = fromEnd ? height() - 1 - y : y;
        int width = width();
        if (isQuarterTurn()) {
            stored.read(line, 0, 1, width, rgb);
        } else {
            stored.read(0, line, width, 1, rgb);
        }
        for (int left = 0, right = width - 1; reversed && left < right; left++, right--) {
            for (int c = 0; c < 3; c++) {
                byte kept = rgb[3 * left + c];
                rgb[3 * left + c] = rgb[3 * right + c];
                rgb[3 * right + c] = kept;
            }
        }
    }

    private void readStored(int x, int y, int width, int height, byte[] rgb) {
        ColorModel colours = image.getColorModel();
        int space = colours.getColorSpace().getType();
        int count = width * height;
        if (colours instanceof IndexColorModel palette) {
            int[] indices = raster.getPixels(x, y, width, height, (int[]) null);
            for (int i = 0; i < count; i++) {
                set(rgb, i, palette.getRGB(indices[i]));
            }
        } else if (space == ColorSpace.TYPE_RGB || space == ColorSpace.TYPE_GRAY) {
            int[] samples = raster.getPixels(x, y, width, height, (int[]) null);
            int bands = raster.getNumBands();
            int step = space == ColorSpace.TYPE_GRAY ? 0 : 1;
            for (int i = 0; i < 3 * count; i++) {
                int band = i % 3 * step;
                int value = eightBits(samples[i / 3 * bands + band], raster.getSampleModel().getSampleSize(band));
                rgb[i] = (byte) (!colours.isAlphaPremultiplied() ? value : quotient(value,
                        eightBits(samples[i / 3 * bands + bands - 1], colours.getComponentSize(bands - 1))));
            }
        } else {
            int[] pixels = image.getRGB(x, y, width, height, null, 0, width);
            for (int i = 0; i < count; i++) {
                set(rgb, i, pixels[i]);
            }
        }
    }

    private void readStoredAlpha(int x, int y, int width, int height, byte[] alpha) {
        int[] pixels = image.getColorModel().hasAlpha() ? image.getRGB(x, y, width, height, null, 0, width) : null;
        for (int i = 0; i < width * height; i++) {
            int opacity = pixels == null ? 255 : pixels[i] >>> 24;
            set(alpha, i, opacity * 0x010101);
        }
    }

    /** Returns a colour without the factor alpha, rounded; full where the product exceeds alpha. */
    private static int quotient(int product, int alpha) {
        return alpha == 0 ? 0 : Math.min(255, (255 * product + alpha / 2) / alpha);
    }

    private static int eightBits(int sample, int bits) {
        return bits >= 8 ? sample >> bits - 8 : sample * 255 / ((1 << bits) - 1);
    }

    private static void set(byte[] rgb, int i, int pixel) {
        rgb[3 * i] = (byte) (pixel >> 16);
        rgb[3 * i + 1] = (byte) (pixel >> 8);
        rgb[3 * i + 2] = (byte) pixel;
    }
}
