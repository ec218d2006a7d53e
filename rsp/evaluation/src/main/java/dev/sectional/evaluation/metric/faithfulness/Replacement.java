package dev.sectional.evaluation.metric.faithfulness;

import dev.sectional.core.Tensor;
import java.util.function.ToDoubleFunction;

/** How a score changes while places of one image are replaced, step by step, by those of another. */
final class Replacement {
    private Replacement() {
    }

    /**
     * The score of {@code from}, then after each step.
     *
     * @param from {@code (C, H, W)}; not changed
     * @param to the same shape: where the values come from
     * @param order sets of places, row by row numbers; they are replaced in this order
     * @param step sets replaced at once; the last step takes what is left
     */
    static double[] scores(Tensor from, Tensor to, int[][] order, int step, ToDoubleFunction<Tensor> score) {
        int steps = (order.length + step - 1) / step;
        double[] scores = new double[steps + 1];
        Tensor mixed = from.copy();
        int places = from.shape().dim(1) * from.shape().dim(2);
        // The score may keep what it is given, so it gets copies.
        scores[0] = score.applyAsDouble(mixed.copy());
        for (int i = 0; i < steps; i++) {
            for (int set = i * step; set < Math.min((i + 1) * step, order.length); set++) {
                for (int place : order[set]) {
                    for (int at = place; at < mixed.data().length; at += places) {
                        mixed.data()[at] = to.data()[at];
                    }
                }
            }
            scores[i + 1] = score.applyAsDouble(mixed.copy());
        }
        return scores;
    }

    /** The area under a curve of equal steps over 0..1, by the trapezoid rule. */
    static double area(double[] scores) {
        double sum = -(scores[0] + scores[scores.length - 1]) / 2;
        for (double score : scores) {
            sum += score;
        }
        return sum / (scores.length - 1);
    }
}
