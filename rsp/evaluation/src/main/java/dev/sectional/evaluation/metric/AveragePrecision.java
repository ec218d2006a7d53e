package dev.sectional.evaluation.metric;

import java.util.Arrays;
import java.util.List;

/**
 * Average precision of scores against labels: the sum over thresholds of precision times the gain in recall, where equal
 * scores share a threshold ({@code sklearn.metrics.average_precision_score}).
 *
 * @param foreground of the scores as they are, for the labelled pixels
 * @param background of the scores turned around, for the others
 * @param joint both in one ranking, the scores scaled to 0..1 and turned around as one less the score; the way of published
 *     segmentation tests of attribution
 */
record AveragePrecision(double foreground, double background, double joint) {
    /** Bits of a key: a score and a label. */
    private static final int KEY = 33;
    private static final int DIGIT = 11;

    /**
     * Of the scores as they are, and of the same with negative ones as 0; both over one sorting, which is what takes time.
     *
     * @param counted pixels that take part; with none on one side, that side's precision is 0
     */
    static List<AveragePrecision> bothOf(float[] scores, boolean[] labels, boolean[] counted) {
        long[] keys = new long[scores.length];
        int count = 0;
        for (int i = 0; i < scores.length; i++) {
            if (counted[i]) {
                // Bits of a float in the order of its value, -0 like 0, and the label below them.
                int bits = Float.floatToIntBits(scores[i] + 0f);
                keys[count++] = (long) (bits ^ bits >> 31 & 0x7FFFFFFF) << 1 | (labels[i] ? 1 : 0);
            }
        }
        keys = sorted(keys, count);
        // Runs of equal scores, from the least up.
        float[] values = new float[count];
        int[] positives = new int[count];
        int[] sizes = new int[count];
        int runs = 0;
        for (int i = 0; i < count; i++) {
            if (i == 0 || keys[i] >> 1 != keys[i - 1] >> 1) {
                int bits = (int) (keys[i] >> 1);
                values[runs++] = Float.intBitsToFloat(bits ^ bits >> 31 & 0x7FFFFFFF);
            }
            positives[runs - 1] += (int) (keys[i] & 1);
            sizes[runs - 1]++;
        }
        Ranking ranking = new Ranking(values, positives, sizes, runs);
        return List.of(ranking.precision(), ranking.positive().precision());
    }

    /**
     * The first {@code count} keys, which are of 33 bits, rising: by eleven bits at a time from the lowest up. Comparing them took most of the
     * time that judging a map takes.
     */
    private static long[] sorted(long[] keys, int count) {
        int digits = 1 << DIGIT;
        long[] from = keys;
        long[] to = new long[count];
        for (int shift = 0; shift < KEY; shift += DIGIT) {
            int[] ends = new int[digits + 1];
            for (int i = 0; i < count; i++) {
                ends[digit(from[i], shift) + 1]++;
            }
            for (int i = 0; i < digits; i++) {
                ends[i + 1] += ends[i];
            }
            for (int i = 0; i < count; i++) {
                to[ends[digit(from[i], shift)]++] = from[i];
            }
            long[] free = from;
            from = to;
            to = free;
        }
        return from;
    }

    /** The highest bit, the sign, turned around: negative keys come first. */
    private static int digit(long key, int shift) {
        return (int) ((key ^ 1L << KEY - 1) >>> shift) & (1 << DIGIT) - 1;
    }

    /** Runs of equal scores, rising, with the number of labelled pixels and of all in each. */
    private record Ranking(float[] values, int[] positives, int[] sizes, int runs) {
        /** With the runs up to 0 as one of 0. */
        Ranking positive() {
            int low = 0;
            int right = 0;
            int all = 0;
            while (low < runs && values[low] <= 0) {
                right += positives[low];
                all += sizes[low++];
            }
            if (low < 2) {
                return low == 0 || values[0] == 0 ? this : new Ranking(clipped(0), positives, sizes, runs);
            }
            int dropped = low - 1;
            int[] newPositives = Arrays.copyOfRange(positives, dropped, runs);
            int[] newSizes = Arrays.copyOfRange(sizes, dropped, runs);
            newPositives[0] = right;
            newSizes[0] = all;
            return new Ranking(clipped(dropped), newPositives, newSizes, runs - dropped);
        }

        private float[] clipped(int from) {
            float[] clipped = Arrays.copyOfRange(values, from, runs);
            clipped[0] = 0;
            return clipped;
        }

        AveragePrecision precision() {
            Sum foreground = new Sum();
            Sum background = new Sum();
            for (int i = 0; i < runs; i++) {
                background.add(sizes[i] - positives[i], sizes[i]);
                foreground.add(positives[runs - 1 - i], sizes[runs - 1 - i]);
            }
            return new AveragePrecision(foreground.value(), background.value(), joint());
        }

        private double joint() {
            float[] scaled = scaled();
            Sum joint = new Sum();
            int high = runs - 1;
            int low = 0;
            // The foreground's scores fall from high down; the background's, one less the score, fall from low up.
            while (high >= 0 || low < runs) {
                float up = high < 0 ? Float.NEGATIVE_INFINITY : scaled[high];
                float down = low == runs ? Float.NEGATIVE_INFINITY : 1 - scaled[low];
                int right = 0;
                int all = 0;
                float now = Math.max(up, down);
                while (high >= 0 && scaled[high] == now) {
                    right += positives[high];
                    all += sizes[high--];
                }
                while (low < runs && 1 - scaled[low] == now) {
                    right += sizes[low] - positives[low];
                    all += sizes[low++];
                }
                joint.add(right, all);
            }
            return joint.value();
        }

        /** The scores brought to 0..1. */
        private float[] scaled() {
            float[] scaled = new float[runs];
            float least = runs == 0 ? 0 : values[0];
            float range = runs == 0 ? 0 : values[runs - 1] - least;
            for (int i = 0; range != 0 && i < runs; i++) {
                scaled[i] = (values[i] - least) / range;
            }
            return scaled;
        }
    }

    /** Precision times new right ones, threshold by threshold. */
    private static final class Sum {
        private double sum;
        private long right;
        private long all;

        void add(int newRight, int newAll) {
            right += newRight;
            all += newAll;
            sum += (double) right / all * newRight;
        }

        double value() {
            return right == 0 ? 0 : sum / right;
        }
    }
}
