package dev.sectional.evaluation.metric;



/**
 * Otsu's threshold (A Threshold Selection Method from Gray-Level Histograms, IEEE Transactions on Systems, Man, and
 * Cybernetics 9, 1979): divides a histogram into two classes with the greatest variance between them.
 */
final class Otsu {
    private static final int BINS = 256;

    private Otsu() {
    }

    /**
     * Returns the middle of the last bin of the lower class, of 256 bins from the least to the greatest value. For a
     * constant map, returns its value.
     */
    static float threshold(float[] values) {
        float least = Float.POSITIVE_INFINITY;
        float greatest = Float.NEGATIVE_INFINITY;
        for (float value : values) {
            least = Math.min(least, value);
            greatest = Math.max(greatest, value);
        }
        double range = (double) greatest - least;
        if (!(range > 0)) {
            return least;
        }
        long[] histogram = new long[BINS];
        for (float value : values) {
            histogram[Math.min(BINS - 1, (int) ((value - (double) least) / range * BINS))]++;
        }
        return (float) (least + (best(histogram) + 0.5) * range / BINS);
    }

    /** Returns the first bin after which the variance between the classes is greatest. */
    private static int best(long[] histogram) {
        double total = 0;
        double sum = 0;
        for (int i = 0; i < BINS; i++) {
            total += histogram[i];
            sum += (double) i * histogram[i];
        }
        double below = 0;
        double sumBelow = 0;
        double greatest = -1;
        int best = 0;
        for (int i = 0; i < BINS - 1; i++) {
            below += histogram[i];
            sumBelow += (double) i * histogram[i];
            double difference = sumBelow / below - (sum - sumBelow) / (total - below);
            double variance = below * (total - below) * difference * difference;
            if (variance > greatest) {
                greatest = variance;
                best = i;
            }
        }
        return best;
    }
}
