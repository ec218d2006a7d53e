package dev.sectional.evaluation.internal;




/**
 * Bilinear interpolation of one plane, as {@code torch.nn.functional.interpolate(mode="bilinear",
 * align_corners=False)}.
 */
public final class Bilinear {
    private Bilinear() {
    }

    /**
     * Resizes a plane. Pixel i of the result lies at {@code (i + 0.5) * size / toSize - 0.5} of the source.
     *
     * @param plane {@code height * width} values, row by row
     */
    public static float[] resize(float[] plane, int width, int height, int toWidth, int toHeight) {
        Axis across = Axis.of(width, toWidth);
        Axis down = Axis.of(height, toHeight);
        float[] result = new float[toWidth * toHeight];
        for (int y = 0; y < toHeight; y++) {
            int upper = down.low[y] * width;
            int lower = down.high[y] * width;
            float fy = down.weight[y];
            for (int x = 0; x < toWidth; x++) {
                int left = across.low[x];
                int right = across.high[x];
                float fx = across.weight[x];
                // This form keeps constants to the bit, and the first of equal maxima stays the first.
                float above = plane[upper + left] + (plane[upper + right] - plane[upper + left]) * fx;
                float below = plane[lower + left] + (plane[lower + right] - plane[lower + left]) * fx;
                result[y * toWidth + x] = above + (below - above) * fy;
            }
        }
        return result;
    }

    /** For each pixel of the result, its two neighbours in the source and the weight of the second. */
    private record Axis(int[] low, int[] high, float[] weight) {
        static Axis of(int size, int toSize) {
            int[] low = new int[toSize];
            int[] high = new int[toSize];
            float[] weight = new float[toSize];
            double scale = (double) size / toSize;
            for (int i = 0; i < toSize; i++) {
                double at = Math.max(0, (i + 0.5) * scale - 0.5);
                low[i] = Math.min((int) at, size - 1);
                high[i] = Math.min(low[i] + 1, size - 1);
                weight[i] = (float) (at - low[i]);
            }
            return new Axis(low, high, weight);
        }
    }
}
