package dev.sectional.nn.layer;

import dev.sectional.core.internal.exec.Functions;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The functions of one number that a {@link Pointwise} layer applies, with their derivatives: those of most networks by
 * kernels in float32, the others in float64. A function has up to two parameters a and b, whose names and defaults are
 * PyTorch's or ONNX's.
 */
public enum ScalarFunction {
    /** {@code 1 / (1 + exp(-x))}. */
    SIGMOID("Sigmoid", Functions.SIGMOID),
    /** {@code max(0, min(1, alpha x + beta))}; its derivative is 0 at both bends. */
    HARD_SIGMOID("HardSigmoid", Functions.HARD_SIGMOID, List.of("alpha", "beta"), 1.0 / 6, 0.5),
    /** {@code x max(0, min(1, x / 6 + 1 / 2))}. */
    HARD_SWISH("HardSwish", Functions.HARD_SWISH),
    /** {@code x sigmoid(beta x)}, also called Swish. */
    SILU("SiLU", Functions.SILU, List.of("beta"), 1),
    /** The hyperbolic tangent. */
    TANH("Tanh", Functions.TANH),
    /** {@code log(1 + exp(x))}. */
    SOFTPLUS("Softplus", Functions.SOFTPLUS),
    /** {@code x / (1 + |x|)}. */
    SOFTSIGN("Softsign", (x, a, b) -> x / (1 + Math.abs(x)), (x, a, b) -> 1 / square(1 + Math.abs(x))),
    /** {@code x} above 0, {@code alpha (exp(x) - 1)} elsewhere. */
    ELU("ELU", (x, a, b) -> x > 0 ? x : a * Math.expm1(x), (x, a, b) -> x > 0 ? 1 : a * Math.exp(x), "alpha", 1),
    /** {@code gamma} times ELU. */
    SELU("SELU", (x, a, b) -> b * (x > 0 ? x : a * Math.expm1(x)), (x, a, b) -> b * (x > 0 ? 1 : a * Math.exp(x)),
            "alpha", 1.6732632423543772, "gamma", 1.0507009873554805),
    /** {@code x} above 0, {@code alpha (exp(x / alpha) - 1)} elsewhere. */
    CELU("CELU", (x, a, b) -> x > 0 ? x : a * Math.expm1(x / a), (x, a, b) -> x > 0 ? 1 : Math.exp(x / a), "alpha", 1),
    /** {@code x tanh(log(1 + exp(x)))}. */
    MISH("Mish", Functions.MISH),
    /** {@code x Phi(x)} with the normal distribution Phi; with tanh = 1 by its usual approximation. */
    GELU("GELU", Functions.GELU, List.of("tanh"), 0),
    /** The error function. */
    ERF("Erf", Functions.ERF),
    /** The exponential function. */
    EXP("Exp", Functions.EXP),
    /** The natural logarithm. */
    LOG("Log", (x, a, b) -> Math.log(x), (x, a, b) -> 1 / x),
    /** The square root. */
    SQRT("Sqrt", (x, a, b) -> Math.sqrt(x), (x, a, b) -> 0.5 / Math.sqrt(x)),
    /** {@code 1 / x}. */
    RECIPROCAL("Reciprocal", (x, a, b) -> 1 / x, (x, a, b) -> -1 / (x * x)),
    /** {@code |x|}; its derivative is 0 at 0. */
    ABS("Abs", (x, a, b) -> Math.abs(x), (x, a, b) -> Math.signum(x)),
    /** {@code -x}. */
    NEG("Neg", (x, a, b) -> -x, (x, a, b) -> -1),
    /** {@code x^exponent}. */
    POWER("Power", (x, a, b) -> a == 2 ? x * x : Math.pow(x, a), (x, a, b) -> a == 0 ? 0 : a * Math.pow(x, a - 1),
            "exponent", 2),
    /** {@code x} above alpha, 0 elsewhere. */
    THRESHOLDED_RELU("ThresholdedReLU", (x, a, b) -> x > a ? x : 0, (x, a, b) -> x > a ? 1 : 0, "alpha", 1);

    /** A function of x with the parameters a and b. */
    private interface Formula {
        double at(double x, double a, double b);
    }

    /** No kernel: {@link #value} and {@link #derivative} compute the function in float64. */
    static final int NONE = -1;
    private static final Map<String, ScalarFunction> BY_KIND = Arrays.stream(values())
            .collect(Collectors.toUnmodifiableMap(ScalarFunction::kind, each -> each));

    private final String kind;
    private final int kernel;
    private final Formula value;
    private final Formula derivative;
    private final List<String> parameters;
    private final double[] defaults;

    ScalarFunction(String kind, int kernel) {
        this(kind, kernel, List.of());
    }

    ScalarFunction(String kind, int kernel, List<String> parameters, double... defaults) {
        this(kind, kernel, null, null, parameters, defaults);
    }

    ScalarFunction(String kind, Formula value, Formula derivative) {
        this(kind, NONE, value, derivative, List.of());
    }

    ScalarFunction(String kind, Formula value, Formula derivative, String first, double one) {
        this(kind, NONE, value, derivative, List.of(first), one);
    }

    ScalarFunction(String kind, Formula value, Formula derivative, String first, double one, String second,
                   double two) {
        this(kind, NONE, value, derivative, List.of(first, second), one, two);
    }

    ScalarFunction(String kind, int kernel, Formula value, Formula derivative, List<String> parameters,
                   double... defaults) {
        this.kind = kind;
        this.kernel = kernel;
        this.value = value;
        this.derivative = derivative;
        this.parameters = parameters;
        this.defaults = defaults;
    }

    /** Returns the constant of the kernel that computes it in float32, or {@link #NONE}. */
    int kernel(double a) {
        return this == GELU && a != 0 ? Functions.GELU_TANH : kernel;
    }

    /** Computes the function at x, if no kernel does. */
    double value(double x, double a, double b) {
        return value.at(x, a, b);
    }

    /** Computes the derivative at x, if no kernel does. */
    double derivative(double x, double a, double b) {
        return derivative.at(x, a, b);
    }

    /** {@return the name of the kind of layer, such as {@code HardSwish}} */
    public String kind() {
        return kind;
    }

    /** {@return the names of the parameters, at most two} */
    public List<String> parameters() {
        return parameters;
    }

    /**
     * {@return the default of parameter {@code i}; 0 if the function has fewer}
     *
     * @param i number of the parameter, from 0
     */
    public double defaultValue(int i) {
        return i < defaults.length ? defaults[i] : 0;
    }

    /**
     * {@return the function of a {@link #kind}}
     *
     * @param kind name of the kind of layer
     * @throws IllegalArgumentException if there is none
     */
    public static ScalarFunction of(String kind) {
        ScalarFunction found = BY_KIND.get(kind);
        if (found == null) {
            throw new IllegalArgumentException("there is no function " + kind + ": the functions are "
                    + Arrays.stream(values()).map(ScalarFunction::kind).collect(Collectors.joining(", "))
                    .toLowerCase(Locale.ROOT));
        }
        return found;
    }

    private static double square(double x) {
        return x * x;
    }
}
