package dev.sectional.nn.layer;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The functions of one number that a {@link Pointwise} layer applies, with their derivatives in float64. A function has
 * up to two parameters a and b, whose names and defaults are PyTorch's or ONNX's.
 */
public enum ScalarFunction {
    /** {@code 1 / (1 + exp(-x))}. */
    SIGMOID("Sigmoid", (x, a, b) -> sigmoid(x), (x, a, b) -> sigmoid(x) * sigmoid(-x)),
    /** {@code max(0, min(1, alpha x + beta))}; its derivative is 0 at both bends. */
    HARD_SIGMOID("HardSigmoid", (x, a, b) -> Math.max(0, Math.min(1, a * x + b)),
            (x, a, b) -> a * x + b > 0 && a * x + b < 1 ? a : 0, "alpha", 1.0 / 6, "beta", 0.5),
    /** {@code x max(0, min(1, x / 6 + 1 / 2))}. */
    HARD_SWISH("HardSwish", (x, a, b) -> x * Math.max(0, Math.min(1, x / 6 + 0.5)),
            (x, a, b) -> x <= -3 ? 0 : x < 3 ? x / 3 + 0.5 : 1),
    /** {@code x sigmoid(beta x)}, also called Swish. */
    SILU("SiLU", (x, a, b) -> x * sigmoid(a * x),
            (x, a, b) -> sigmoid(a * x) + a * x * sigmoid(a * x) * sigmoid(-a * x), "beta", 1),
    /** The hyperbolic tangent. */
    TANH("Tanh", (x, a, b) -> Math.tanh(x), (x, a, b) -> 1 - square(Math.tanh(x))),
    /** {@code log(1 + exp(x))}. */
    SOFTPLUS("Softplus", (x, a, b) -> softplus(x), (x, a, b) -> sigmoid(x)),
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
    MISH("Mish", (x, a, b) -> x * Math.tanh(softplus(x)),
            (x, a, b) -> Math.tanh(softplus(x)) + x * (1 - square(Math.tanh(softplus(x)))) * sigmoid(x)),
    /** {@code x Phi(x)} with the normal distribution Phi; with tanh = 1 by its usual approximation. */
    GELU("GELU", (x, a, b) -> a == 0 ? x * normal(x) : 0.5 * x * (1 + Math.tanh(geluArgument(x))),
            (x, a, b) -> a == 0 ? geluDerivative(x) : geluTanhDerivative(x), "tanh", 0),
    /** The error function. */
    ERF("Erf", (x, a, b) -> ErrorFunction.value(x), (x, a, b) -> ErrorFunction.derivative(x)),
    /** The exponential function. */
    EXP("Exp", (x, a, b) -> Math.exp(x), (x, a, b) -> Math.exp(x)),
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

    private static final double GELU_FACTOR = Math.sqrt(2 / Math.PI);
    private static final double GELU_CUBE = 0.044715;
    private static final Map<String, ScalarFunction> BY_KIND = Arrays.stream(values())
            .collect(Collectors.toUnmodifiableMap(ScalarFunction::kind, each -> each));

    private final String kind;
    private final Formula value;
    private final Formula derivative;
    private final List<String> parameters;
    private final double[] defaults;

    ScalarFunction(String kind, Formula value, Formula derivative) {
        this(kind, value, derivative, List.of());
    }

    ScalarFunction(String kind, Formula value, Formula derivative, String first, double one) {
        this(kind, value, derivative, List.of(first), one);
    }

    ScalarFunction(String kind, Formula value, Formula derivative, String first, double one, String second,
                   double two) {
        this(kind, value, derivative, List.of(first, second), one, two);
    }

    ScalarFunction(String kind, Formula value, Formula derivative, List<String> parameters, double... defaults) {
        this.kind = kind;
        this.value = value;
        this.derivative = derivative;
        this.parameters = parameters;
        this.defaults = defaults;
    }

    /** Computes the function at x. */
    double value(double x, double a, double b) {
        return value.at(x, a, b);
    }

    /** Computes the derivative at x. */
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

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    private static double softplus(double x) {
        return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }

    private static double normal(double x) {
        return 0.5 * (1 + ErrorFunction.value(x * Math.sqrt(0.5)));
    }

    private static double geluArgument(double x) {
        return GELU_FACTOR * (x + GELU_CUBE * x * x * x);
    }

    private static double geluDerivative(double x) {
        return normal(x) + x * Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
    }

    private static double geluTanhDerivative(double x) {
        double t = Math.tanh(geluArgument(x));
        return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * GELU_FACTOR * (1 + 3 * GELU_CUBE * x * x);
    }

    private static double square(double x) {
        return x * x;
    }
}
