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
    SIGMOID("Sigmoid") {
        @Override
        double value(double x, double a, double b) {
            return sigmoid(x);
        }

        @Override
        double derivative(double x, double a, double b) {
            return sigmoid(x) * sigmoid(-x);
        }
    },
    /** {@code max(0, min(1, alpha x + beta))}; its derivative is 0 at both bends. */
    HARD_SIGMOID("HardSigmoid", "alpha", 1.0 / 6, "beta", 0.5) {
        @Override
        double value(double x, double a, double b) {
            return Math.max(0, Math.min(1, a * x + b));
        }

        @Override
        double derivative(double x, double a, double b) {
            double line = a * x + b;
            return line > 0 && line < 1 ? a : 0;
        }
    },
    /** {@code x max(0, min(1, x / 6 + 1 / 2))}. */
    HARD_SWISH("HardSwish") {
        @Override
        double value(double x, double a, double b) {
            return x * Math.max(0, Math.min(1, x / 6 + 0.5));
        }

        @Override
        double derivative(double x, double a, double b) {
            return x <= -3 ? 0 : x < 3 ? x / 3 + 0.5 : 1;
        }
    },
    /** {@code x sigmoid(beta x)}, also called Swish. */
    SILU("SiLU", "beta", 1) {
        @Override
        double value(double x, double a, double b) {
            return x * sigmoid(a * x);
        }

        @Override
        double derivative(double x, double a, double b) {
            double s = sigmoid(a * x);
            return s + a * x * s * sigmoid(-a * x);
        }
    },
    /** The hyperbolic tangent. */
    TANH("Tanh") {
        @Override
        double value(double x, double a, double b) {
            return Math.tanh(x);
        }

        @Override
        double derivative(double x, double a, double b) {
            double y = Math.tanh(x);
            return 1 - y * y;
        }
    },
    /** {@code log(1 + exp(x))}. */
    SOFTPLUS("Softplus") {
        @Override
        double value(double x, double a, double b) {
            return softplus(x);
        }

        @Override
        double derivative(double x, double a, double b) {
            return sigmoid(x);
        }
    },
    /** {@code x / (1 + |x|)}. */
    SOFTSIGN("Softsign") {
        @Override
        double value(double x, double a, double b) {
            return x / (1 + Math.abs(x));
        }

        @Override
        double derivative(double x, double a, double b) {
            double d = 1 + Math.abs(x);
            return 1 / (d * d);
        }
    },
    /** {@code x} above 0, {@code alpha (exp(x) - 1)} elsewhere. */
    ELU("ELU", "alpha", 1) {
        @Override
        double value(double x, double a, double b) {
            return x > 0 ? x : a * Math.expm1(x);
        }

        @Override
        double derivative(double x, double a, double b) {
            return x > 0 ? 1 : a * Math.exp(x);
        }
    },
    /** {@code gamma} times ELU. */
    SELU("SELU", "alpha", 1.6732632423543772, "gamma", 1.0507009873554805) {
        @Override
        double value(double x, double a, double b) {
            return b * (x > 0 ? x : a * Math.expm1(x));
        }

        @Override
        double derivative(double x, double a, double b) {
            return b * (x > 0 ? 1 : a * Math.exp(x));
        }
    },
    /** {@code x} above 0, {@code alpha (exp(x / alpha) - 1)} elsewhere. */
    CELU("CELU", "alpha", 1) {
        @Override
        double value(double x, double a, double b) {
            return x > 0 ? x : a * Math.expm1(x / a);
        }

        @Override
        double derivative(double x, double a, double b) {
            return x > 0 ? 1 : Math.exp(x / a);
        }
    },
    /** {@code x tanh(log(1 + exp(x)))}. */
    MISH("Mish") {
        @Override
        double value(double x, double a, double b) {
            return x * Math.tanh(softplus(x));
        }

        @Override
        double derivative(double x, double a, double b) {
            double t = Math.tanh(softplus(x));
            return t + x * (1 - t * t) * sigmoid(x);
        }
    },
    /** {@code x Phi(x)} with the normal distribution Phi; with tanh = 1 by its usual approximation. */
    GELU("GELU", "tanh", 0) {
        @Override
        double value(double x, double a, double b) {
            return a == 0 ? x * normal(x) : 0.5 * x * (1 + Math.tanh(geluArgument(x)));
        }

        @Override
        double derivative(double x, double a, double b) {
            if (a == 0) {
                return normal(x) + x * Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
            }
            double t = Math.tanh(geluArgument(x));
            return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * GELU_FACTOR * (1 + 3 * GELU_CUBE * x * x);
        }
    },
    /** The error function. */
    ERF("Erf") {
        @Override
        double value(double x, double a, double b) {
            return ErrorFunction.value(x);
        }

        @Override
        double derivative(double x, double a, double b) {
            return ErrorFunction.derivative(x);
        }
    },
    /** The exponential function. */
    EXP("Exp") {
        @Override
        double value(double x, double a, double b) {
            return Math.exp(x);
        }

        @Override
        double derivative(double x, double a, double b) {
            return Math.exp(x);
        }
    },
    /** The natural logarithm. */
    LOG("Log") {
        @Override
        double value(double x, double a, double b) {
            return Math.log(x);
        }

        @Override
        double derivative(double x, double a, double b) {
            return 1 / x;
        }
    },
    /** The square root. */
    SQRT("Sqrt") {
        @Override
        double value(double x, double a, double b) {
            return Math.sqrt(x);
        }

        @Override
        double derivative(double x, double a, double b) {
            return 0.5 / Math.sqrt(x);
        }
    },
    /** {@code 1 / x}. */
    RECIPROCAL("Reciprocal") {
        @Override
        double value(double x, double a, double b) {
            return 1 / x;
        }

        @Override
        double derivative(double x, double a, double b) {
            return -1 / (x * x);
        }
    },
    /** {@code |x|}; its derivative is 0 at 0. */
    ABS("Abs") {
        @Override
        double value(double x, double a, double b) {
            return Math.abs(x);
        }

        @Override
        double derivative(double x, double a, double b) {
            return Math.signum(x);
        }
    },
    /** {@code -x}. */
    NEG("Neg") {
        @Override
        double value(double x, double a, double b) {
            return -x;
        }

        @Override
        double derivative(double x, double a, double b) {
            return -1;
        }
    },
    /** {@code x^exponent}. */
    POWER("Power", "exponent", 2) {
        @Override
        double value(double x, double a, double b) {
            return a == 2 ? x * x : Math.pow(x, a);
        }

        @Override
        double derivative(double x, double a, double b) {
            return a == 0 ? 0 : a * Math.pow(x, a - 1);
        }
    },
    /** {@code x} above alpha, 0 elsewhere. */
    THRESHOLDED_RELU("ThresholdedReLU", "alpha", 1) {
        @Override
        double value(double x, double a, double b) {
            return x > a ? x : 0;
        }

        @Override
        double derivative(double x, double a, double b) {
            return x > a ? 1 : 0;
        }
    };

    private static final double GELU_FACTOR = Math.sqrt(2 / Math.PI);
    private static final double GELU_CUBE = 0.044715;
    private static final Map<String, ScalarFunction> BY_KIND = Arrays.stream(values())
            .collect(Collectors.toUnmodifiableMap(ScalarFunction::kind, each -> each));

    private final String kind;
    private final List<String> parameters;
    private final double[] defaults;

    ScalarFunction(String kind) {
        this.kind = kind;
        this.parameters = List.of();
        this.defaults = new double[0];
    }

    ScalarFunction(String kind, String first, double value) {
        this.kind = kind;
        this.parameters = List.of(first);
        this.defaults = new double[] {value};
    }

    ScalarFunction(String kind, String first, double value, String second, double other) {
        this.kind = kind;
        this.parameters = List.of(first, second);
        this.defaults = new double[] {value, other};
    }

    /** Computes the function at x. */
    abstract double value(double x, double a, double b);

    /** Computes the derivative at x. */
    abstract double derivative(double x, double a, double b);

    /** Returns the name of the kind of layer, such as {@code HardSwish}. */
    public String kind() {
        return kind;
    }

    /** Returns the names of the parameters, at most two. */
    public List<String> parameters() {
        return parameters;
    }

    /** Returns the default of parameter {@code i}; 0 if the function has fewer. */
    public double defaultValue(int i) {
        return i < defaults.length ? defaults[i] : 0;
    }

    /**
     * Returns the function of a {@link #kind}.
     *
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
}
