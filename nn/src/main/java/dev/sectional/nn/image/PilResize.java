package dev.sectional.nn.image;

import java.util.Arrays;

/**
 * Resizes 8-bit RGB images bilinearly with antialiasing, byte for byte as Pillow's {@code Image.resize(size, BILINEAR)}
 * does (its {@code Resample.c}). torchvision's {@code Resize} calls Pillow, so networks were trained on images resized
 * this way.
 *
 * <p>Two passes, first along the rows and then along the columns. Each pass uses weights with 22 fractional bits and
 * rounds its results to 8 bits.
 */
public final class PilResize {
    private static final int PRECISION = 22;
    private static final int CHANNELS = 3;

    private PilResize() {
    }

    /**
     * Makes pixels grey by ITU-R 601, rounded as Pillow's mode L: three equal bytes for each.
     *
     * @param rgb whole pixels of three bytes each; changed in place
     */
    public static void makeGrey(byte[] rgb) {
        for (int i = 0; i + 2 < rgb.length; i += CHANNELS) {
            int luma = 19595 * (rgb[i] & 0xFF) + 38470 * (rgb[i + 1] & 0xFF) + 7471 * (rgb[i + 2] & 0xFF) + 0x8000;
            Arrays.fill(rgb, i, i + CHANNELS, (byte) (luma >> 16));
        }
    }

    /** Source of an image, row by row, so that the whole image need not be in memory as bytes. */
    @FunctionalInterface
    public interface Rows {
        /**
         * Writes one row.
         *
         * @param y row, from 0 at the top
         * @param rgb receives three bytes for each pixel, from left to right: red, green, blue
         */
        void read(int y, byte[] rgb);
    }

    /**
     * Resizes an image.
     *
     * @param rgb {@code 3 * width * height} bytes, row by row, three for each pixel
     * @param width pixels in a row of the source, at least 1
     * @param height rows of the source, at least 1
     * @param toWidth pixels in a row of the result, at least 1
     * @param toHeight rows of the result, at least 1
     * @return {@code 3 * toWidth * toHeight} bytes in the same order
     * @throws IllegalArgumentException if a size is below 1 or does not fit the array
     */
    public static byte[] resize(byte[] rgb, int width, int height, int toWidth, int toHeight) {
        if (rgb.length != (long) CHANNELS * width * height) {
            throw new IllegalArgumentException("wanted 3 * " + width + " * " + height + " bytes, got " + rgb.length);
        }
        int rowBytes = CHANNELS * width;
        Rows rows = (y, row) -> System.arraycopy(rgb, y * rowBytes, row, 0, rowBytes);
        return resize(rows, width, height, toWidth, toHeight);
    }

    /**
     * Resizes an image that is read row by row, each row once and from top to bottom.
     *
     * @param source of {@code height} rows of {@code width} pixels
     * @param width pixels in a row of the source, at least 1
     * @param height rows of the source, at least 1
     * @param toWidth pixels in a row of the result, at least 1
     * @param toHeight rows of the result, at least 1
     * @return {@code 3 * toWidth * toHeight} bytes, row by row, three for each pixel
     * @throws IllegalArgumentException if a size is below 1
     */
    public static byte[] resize(Rows source, int width, int height, int toWidth, int toHeight) {
        if (width < 1 || height < 1 || toWidth < 1 || toHeight < 1) {
            throw new IllegalArgumentException("an image has at least 1 x 1 pixels, got " + width + " x " + height
                    + " to be resized to " + toWidth + " x " + toHeight);
        }
        Weights horizontal = width == toWidth ? null : Weights.of(width, toWidth);
        byte[] narrow = new byte[Math.multiplyExact(Math.multiplyExact(toWidth, CHANNELS), height)];
        byte[] row = new byte[width * CHANNELS];
        for (int y = 0; y < height; y++) {
            source.read(y, row);
            if (horizontal == null) {
                System.arraycopy(row, 0, narrow, y * toWidth * CHANNELS, row.length);
            } else {
                resizeRow(row, horizontal, narrow, y * toWidth * CHANNELS);
            }
        }
        return height == toHeight ? narrow : resizeColumns(narrow, Weights.of(height, toHeight), toWidth * CHANNELS);
    }

    private static void resizeRow(byte[] row, Weights weights, byte[] out, int at) {
        for (int x = 0; x < weights.from.length; x++) {
            for (int channel = 0; channel < CHANNELS; channel++) {
                int sum = 1 << PRECISION - 1;
                for (int k = 0; k < weights.count[x]; k++) {
                    sum += (row[(weights.from[x] + k) * CHANNELS + channel] & 0xFF) * weights.values[x][k];
                }
                out[at + x * CHANNELS + channel] = clip(sum);
            }
        }
    }

    private static byte[] resizeColumns(byte[] in, Weights weights, int rowBytes) {
        byte[] out = new byte[weights.from.length * rowBytes];
        for (int y = 0; y < weights.from.length; y++) {
            for (int x = 0; x < rowBytes; x++) {
                int sum = 1 << PRECISION - 1;
                for (int k = 0; k < weights.count[y]; k++) {
                    sum += (in[(weights.from[y] + k) * rowBytes + x] & 0xFF) * weights.values[y][k];
                }
                out[y * rowBytes + x] = clip(sum);
            }
        }
        return out;
    }

    private static byte clip(int sum) {
        return (byte) Math.max(0, Math.min(255, sum >> PRECISION));
    }

    /**
     * The weights of one axis.
     *
     * @param from for each pixel of the result, the first source pixel with a weight
     * @param count how many source pixels have one
     * @param values those weights, as integers with {@value #PRECISION} fractional bits
     */
    private record Weights(int[] from, int[] count, int[][] values) {
        static Weights of(int size, int toSize) {
            double scale = (double) size / toSize;
            double support = Math.max(scale, 1);
            int[] from = new int[toSize];
            int[] count = new int[toSize];
            int[][] values = new int[toSize][];
            for (int i = 0; i < toSize; i++) {
                double centre = (i + 0.5) * scale;
                from[i] = Math.max(0, (int) (centre - support + 0.5));
                count[i] = Math.min(size, (int) (centre + support + 0.5)) - from[i];
                values[i] = triangle(from[i] - centre + 0.5, 1 / support, count[i]);
            }
            return new Weights(from, count, values);
        }

        private static int[] triangle(double first, double step, int count) {
            double[] weights = new double[count];
            double sum = 0;
            for (int k = 0; k < count; k++) {
                weights[k] = Math.max(0, 1 - Math.abs((k + first) * step));
                sum += weights[k];
            }
            int[] fixed = new int[count];
            for (int k = 0; k < count; k++) {
                fixed[k] = (int) (0.5 + (sum == 0 ? 0 : weights[k] / sum) * (1 << PRECISION));
            }
            return fixed;
        }
    }
}
