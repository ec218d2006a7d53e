package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.exec.Functions;
import dev.sectional.nn.Activation;
import dev.sectional.nn.PureLayer;

/**
 * A function of one number applied to each value, for any shape: sigmoid, SiLU, GELU and the others of
 * {@link ScalarFunction}. The smooth activations of most networks are computed in float32, to {@code 5e-7} of
 * {@code max(|x|, |f(x)|)}, the others in float64 and rounded once.
 *
 * @param function the function
 * @param a its first parameter, finite; 0 if it has none
 * @param b its second parameter, finite; 0 if it has none
 */
public record Pointwise(ScalarFunction function, double a, double b) implements Activation, PureLayer {
    /**
     * Creates the layer; checks the parameters.
     *
     * @param function the component {@code function}
     * @param a the component {@code a}
     * @param b the component {@code b}
     */
    public Pointwise {
        if (!Double.isFinite(a) || !Double.isFinite(b)) {
            throw new IllegalArgumentException("the parameters of " + function.kind() + " are finite, got " + a
                    + " and " + b);
        }
        if (function == ScalarFunction.CELU && a == 0) {
            throw new IllegalArgumentException("the alpha of CELU is not 0");
        }
    }

    /**
     * Creates a layer with the function's default parameters.
     *
     * @param function with its default parameters
     */
    public Pointwise(ScalarFunction function) {
        this(function, function.defaultValue(0), function.defaultValue(1));
    }

    @Override
    public String kind() {
        return function.kind();
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        Tensor y = Tensor.zeros(x.shape());
        int kernel = function.kernel(a);
        Execution execution = Execution.of(engine);
        Functions functions = execution.functions();
        execution.workers().parallelChunks(y.data().length, (from, to) -> {
            if (kernel != ScalarFunction.NONE) {
                functions.apply(kernel, (float) a, (float) b, x.data(), y.data(), from, to);
            } else {
                apply(x.data(), y.data(), from, to);
            }
        });
        return y;
    }

    private void apply(float[] x, float[] y, int from, int to) {
        for (int i = from; i < to; i++) {
            y[i] = (float) function.value(x[i], a, b);
        }
    }

    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        Tensor gradient = Tensor.zeros(x.shape());
        int kernel = function.kernel(a);
        Execution execution = Execution.of(engine);
        Functions functions = execution.functions();
        execution.workers().parallelChunks(gradient.data().length, (from, to) -> {
            if (kernel != ScalarFunction.NONE) {
                functions.differentiate(kernel, (float) a, (float) b, x.data(), gradient.data(), from, to);
                multiply(outputGradient.data(), gradient.data(), from, to);
            } else {
                differentiate(x.data(), outputGradient.data(), gradient.data(), from, to);
            }
        });
        return gradient;
    }

    private static void multiply(float[] received, float[] gradient, int from, int to) {
        for (int i = from; i < to; i++) {
            gradient[i] = received[i] == 0 ? 0 : received[i] * gradient[i];
        }
    }

    private void differentiate(float[] x, float[] received, float[] gradient, int from, int to) {
        for (int i = from; i < to; i++) {
            gradient[i] = received[i] == 0 ? 0 : (float) (received[i] * function.derivative(x[i], a, b));
        }
    }
}
