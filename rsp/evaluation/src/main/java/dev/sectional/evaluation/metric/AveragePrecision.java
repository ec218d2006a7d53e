package dev.sectional.evaluation.metric;

import java.util.Arrays;
import java.util.List;

/**
 * Average precision of scores against labels: the sum over thresholds of precision times the increase of recall; equal
 * scores share a threshold ({@code sklearn.metrics.average_precision_score}).
 *
 * @param foreground precision of the scores for the labelled pixels
 * @param background precision of the negated scores for the other pixels
 * @param joint precision of both in one ranking, with the scores scaled to 0..1 and 1 - score for the background, as in
 *     published segmentation tests of attribution
 */
record AveragePrecision(double foreground, double background, double joint) {
    /** Bits of a sort key: 32 of the score and one of the label. */
    private static final int KEY = 33;
    /** Bits that one pass of the radix sort looks at. */
    private static final int DIGIT = 11;

    /**
     * Computes the precision of the scores and of the scores with negative ones set to 0. One sort, the costly step,
     * serves both.
     *
     * @param counted pixels that count; a side without any has the precision 0
     */
    static List<AveragePrecision> bothOf(float[] scores, boolean[] labels, boolean[] counted) {
        long[] keys = new long[scores.length];
        int count = 0;
        for (int i = 0; i < scores.length; i++) {
            if (counted[i]) {
                // The bits of a float in the order of its value, -0 like 0, and the label below them.
                int bits = Float.floatToIntBits(scores[i] + 0f);
                keys[count++] = (long) (bits ^ bits >> 31 & 0x7FFFFFFF) << 1 | (labels[i] ? 1 : 0);
            }
        }
        keys = sorted(keys, count);
        // Runs of equal scores in ascending order.
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
     * Returns the first {@code count} keys of 33 bits in ascending order, by a radix sort of three passes of 11 bits. A
     * comparison sort took most of the time of evaluating a map.
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

    /** Returns 11 bits of a key; the sign bit is inverted, so that negative keys come first. */
    private static int digit(long key, int shift) {
        return (int) ((key ^ 1L << KEY - 1) >>> shift) & (1 << DIGIT) - 1;
    }

    /** Runs of equal scores in ascending order, with the numbers of labelled pixels and of all pixels in each. */
    private record Ranking(float[] values, int[] positives, int[] sizes, int runs) {
        /** Returns the ranking with the runs up to 0 merged into one of score 0. */
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
            // The scores of the foreground descend from high; those of the background, 1 - score, descend from low up.
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

        /** Returns the scores scaled to 0..1. */
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

    /** Sums precision times the new hits, threshold by threshold. */
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
