package dev.sectional.images;



/**
 * Bilinear resizing with antialiasing, equal to the byte to Pillow's {@code Image.resize(size, BILINEAR)} on 8-bit RGB
 * (its {@code Resample.c}): models of the field were trained on images resized that way.
 *
 * <p>Two passes, along the rows and then down the columns, each with weights of 22 fractional bits and rounded to 8-bit
 * values.
 */
final class PilResize {
    private static final int PRECISION = 22;

    private PilResize() {
    }

    /** Reads one row of an image. */
    interface Rows {
        /** Writes row {@code y} into {@code rgb}, three bytes a pixel. */
        void read(int y, byte[] rgb);
    }

    /**
     * @param width pixels in a row of the source, at least 1
     * @param height rows of the source, at least 1
     * @return {@code toWidth * toHeight * 3} bytes, row by row
     */
    static byte[] resize(Rows source, int width, int height, int toWidth, int toHeight) {
        Weights across = width == toWidth ? null : Weights.of(width, toWidth);
        byte[] narrow = new byte[Math.multiplyExact(Math.multiplyExact(toWidth, 3), height)];
        byte[] row = new byte[width * 3];
        for (int y = 0; y < height; y++) {
            source.read(y, row);
            if (across == null) {
                System.arraycopy(row, 0, narrow, y * toWidth * 3, row.length);
            } else {
                across(row, across, narrow, y * toWidth * 3);
            }
        }
        return height == toHeight ? narrow : down(narrow, Weights.of(height, toHeight), toWidth * 3);
    }

    private static void across(byte[] row, Weights weights, byte[] out, int at) {
        for (int x = 0; x < weights.from.length; x++) {
            for (int channel = 0; channel < 3; channel++) {
                int sum = 1 << PRECISION - 1;
                for (int k = 0; k < weights.count[x]; k++) {
                    sum += (row[(weights.from[x] + k) * 3 + channel] & 0xFF) * weights.values[x][k];
                }
                out[at + x * 3 + channel] = clip(sum);
            }
        }
    }

    private static byte[] down(byte[] in, Weights weights, int rowBytes) {
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

    /** For each place of the result: the first place of the source that it reads, how many, and their weights. */
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
