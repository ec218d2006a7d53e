package dev.sectional.laws;

import dev.sectional.core.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Compares a gradient with differences of a function, one element of the input at a time. The function is
 * {@code <f(x), g>} in float64, its f in float32. Where it bends more than the step can follow, nothing is said.
 */
final class Derivative {
    /** Powers of 2, so that sums with small whole numbers are exact. */
    private static final float STEP = 1 / 16f;
    private static final float SMALLER = 1 / 64f;

    private final Function<List<Tensor>, Tensor> function;
    private final List<Tensor> xs;
    private final Tensor g;
    /** Relative rounding of the function, of the sum of absolute products. */
    private final double rounding;

    Derivative(Function<List<Tensor>, Tensor> function, List<Tensor> xs, Tensor g, double rounding) {
        this.function = function;
        this.xs = xs;
        this.g = g;
        this.rounding = rounding;
    }

    /** Returns the products of which the function is the sum, where one element is moved. */
    private double[] at(int input, int element, float step) {
        List<Tensor> moved = new ArrayList<>(xs);
        Tensor x = xs.get(input).copy();
        x.data()[element] += step;
        moved.set(input, x);
        float[] y = function.apply(moved).data();
        return IntStream.range(0, y.length).mapToDouble(i -> (double) y[i] * g.data()[i]).toArray();
    }

    /**
     * Returns what a gradient's element is wrong by, beyond rounding: 0 if each output's share may lie between the
     * slopes on both sides, as it does at a bend, or if the slopes of two step sizes differ so much that they do not
     * tell.
     */
    double error(int input, int element, double claimed) {
        double[] here = at(input, element, 0);
        double[] above = at(input, element, STEP);
        double[] below = at(input, element, -STEP);
        double least = 0;
        double greatest = 0;
        for (int i = 0; i < here.length; i++) {
            double right = (above[i] - here[i]) / STEP;
            double left = (here[i] - below[i]) / STEP;
            least += Math.min(left, right);
            greatest += Math.max(left, right);
        }
        double tolerance = rounding * (1 + Difference.sumOfAbsolutes(here) + Difference.sumOfAbsolutes(above)
                + Difference.sumOfAbsolutes(below)) / STEP;
        double error = Math.max(claimed - greatest, least - claimed) - tolerance;
        if (!(error > 0)) {
            return 0;
        }
        double near = expected(input, element);
        double doubt = Math.abs((least + greatest) / 2 - near) + tolerance * STEP / SMALLER;
        return Math.abs(near - claimed) > 4 * doubt ? error : 0;
    }

    /** Returns the derivative by differences. */
    double expected(int input, int element) {
        double[] above = at(input, element, SMALLER);
        double[] below = at(input, element, -SMALLER);
        return IntStream.range(0, above.length).mapToDouble(i -> above[i] - below[i]).sum() / (2 * SMALLER);
    }
}
