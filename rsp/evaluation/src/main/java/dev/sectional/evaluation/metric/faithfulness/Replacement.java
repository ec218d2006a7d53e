package dev.sectional.evaluation.metric.faithfulness;

import dev.sectional.core.Tensor;
import java.util.Arrays;
import java.util.function.ToDoubleFunction;

/** The curve of a score while the pixels of one image are replaced, step by step, with those of another. */
final class Replacement {
    private Replacement() {
    }

    /**
     * Returns the score of {@code from}, then the score after each step.
     *
     * @param from {@code (C, H, W)}; not modified
     * @param to source of the new values, of the same shape
     * @param order sets of pixel indices, in the order of replacement
     * @param step number of sets per step; the last step may have fewer
     */
    static double[] scores(Tensor from, Tensor to, int[][] order, int step, ToDoubleFunction<Tensor> score) {
        int[] ends = new int[(order.length + step - 1) / step];
        Arrays.setAll(ends, i -> Math.min((i + 1) * step, order.length));
        return scores(from, to, order, ends, score);
    }

    /**
     * Returns the score of {@code from}, then the score after each step.
     *
     * @param ends number of sets that are replaced after each step
     */
    static double[] scores(Tensor from, Tensor to, int[][] order, int[] ends, ToDoubleFunction<Tensor> score) {
        double[] scores = new double[ends.length + 1];
        Tensor mixed = from.copy();
        int pixels = from.shape().dim(1) * from.shape().dim(2);
        // Copies, as the score function may keep its argument.
        scores[0] = score.applyAsDouble(mixed.copy());
        for (int i = 0; i < ends.length; i++) {
            for (int set = i == 0 ? 0 : ends[i - 1]; set < ends[i]; set++) {
                for (int pixel : order[set]) {
                    for (int at = pixel; at < mixed.data().length; at += pixels) {
                        mixed.data()[at] = to.data()[at];
                    }
                }
            }
            scores[i + 1] = score.applyAsDouble(mixed.copy());
        }
        return scores;
    }

    /** Returns the area under a curve of equal steps over 0..1, by the trapezoidal rule. */
    static double area(double[] scores) {
        double sum = -(scores[0] + scores[scores.length - 1]) / 2;
        for (double score : scores) {
            sum += score;
        }
        return sum / (scores.length - 1);
    }
}
