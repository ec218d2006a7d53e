package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.exec.Functions;
import dev.sectional.nn.PureLayer;

/**
 * Values divided by the size of their group, as PyTorch's {@code LayerNorm}, {@code RMSNorm} and {@code GroupNorm} and
 * ONNX's LpNormalization. With the values x of a group and their mean m (0 for RMSNorm and LpNormalize),
 * {@code y = weight (x - m) / d + bias}. The divisor d is {@code sqrt(mean((x - m)^2) + epsilon)}, for LpNormalize the
 * greater of the norm and epsilon. Partial sums of 32 values are float32, the others float64.
 * Immutable: the methods that set a property return a copy.
 */
public final class Normalization implements PureLayer {
    /** The layers of this class. */
    private enum Kind { LAYER_NORM, RMS_NORM, GROUP_NORM, L1, L2 }

    /** Values that one task processes at least. */
    private static final int BLOCK = 1 << 13;

    private final Kind kind;
    private final int extent;
    private final double epsilon;
    private final Tensor weight;
    private final Tensor bias;

    private Normalization(Kind kind, int extent, double epsilon, Tensor weight, Tensor bias) {
        boolean small = extent < (kind == Kind.L1 || kind == Kind.L2 ? 0 : 1);
        if (small || !(epsilon >= 0) || Double.isInfinite(epsilon)) {
            throw new IllegalArgumentException("a normalisation takes at least one axis or group and an epsilon of at"
                    + " least 0, got " + extent + " and " + epsilon);
        }
        if (weight != null && bias != null && !weight.shape().equals(bias.shape())) {
            throw new IllegalArgumentException("a normalisation has as many biases as weights, got " + bias.shape()
                    + " and " + weight.shape());
        }
        this.kind = kind;
        this.extent = extent;
        this.epsilon = epsilon;
        this.weight = weight;
        this.bias = bias;
    }

    /**
     * {@return a layer norm: groups are the values along the last {@code axes} axes}
     *
     * @param axes at least 1
     * @param epsilon added to the variance
     */
    public static Normalization layerNorm(int axes, double epsilon) {
        return new Normalization(Kind.LAYER_NORM, axes, epsilon, null, null);
    }

    /**
     * {@return an RMS norm: a layer norm that does not subtract the mean}
     *
     * @param axes at least 1
     * @param epsilon added to the mean of squares
     */
    public static Normalization rmsNorm(int axes, double epsilon) {
        return new Normalization(Kind.RMS_NORM, axes, epsilon, null, null);
    }

    /**
     * {@return a group norm: groups are equal parts of the channels, the last axis, at all positions} With as many
     * groups as channels it is an instance norm.
     *
     * @param groups divides the number of channels
     * @param epsilon added to the variance
     */
    public static Normalization groupNorm(int groups, double epsilon) {
        return new Normalization(Kind.GROUP_NORM, groups, epsilon, null, null);
    }

    /**
     * {@return a division by the norm along one axis}
     *
     * @param axis from 0
     * @param p 1 for the sum of absolutes, 2 for the Euclidean length
     * @param epsilon least divisor
     */
    public static Normalization lpNormalize(int axis, int p, double epsilon) {
        if (p != 1 && p != 2) {
            throw new IllegalArgumentException("the norm of a normalisation is 1 or 2, got " + p);
        }
        return new Normalization(p == 1 ? Kind.L1 : Kind.L2, axis, epsilon, null, null);
    }

    /**
     * {@return this layer with factors, read now}
     *
     * @param values of the shape of a layer norm's axes; one per channel for a group norm
     */
    public Normalization weight(TensorSource values) {
        return new Normalization(kind, extent, epsilon, values.tensor(), bias);
    }

    /**
     * {@return this layer with addends, read now, of the shape of the factors}
     *
     * @param values as many as weights
     */
    public Normalization bias(TensorSource values) {
        return new Normalization(kind, extent, epsilon, weight, values.tensor());
    }

    @Override
    public String kind() {
        return switch (kind) {
            case LAYER_NORM -> "LayerNorm";
            case RMS_NORM -> "RMSNorm";
            case GROUP_NORM -> "GroupNorm";
            default -> "LpNormalize";
        };
    }

    @Override
    public Shape outputShape(Shape input) {
        int rank = input.rank();
        boolean fits = input.size() > 0 && switch (kind) {
            case LAYER_NORM, RMS_NORM -> extent <= rank;
            case GROUP_NORM -> rank > 0 && input.dim(rank - 1) % extent == 0;
            default -> extent < rank;
        };
        for (Tensor each : new Tensor[] {weight, bias}) {
            fits &= each == null || fits && each.shape().size() == factors(input);
        }
        if (!fits) {
            throw new IllegalArgumentException(kind() + (kind == Kind.GROUP_NORM ? " of " + extent + " groups" : "")
                    + (weight == null ? "" : " with weights of shape " + weight.shape()) + " does not fit shape "
                    + input);
        }
        return input;
    }

    /** Returns the number of factors: values of a layer norm's group, channels of a group norm. */
    private int factors(Shape input) {
        return kind == Kind.GROUP_NORM ? input.dim(input.rank() - 1) : groups(input).size();
    }

    /**
     * Where the values of the groups lie: {@code outer} runs of {@code inner} neighbouring values, {@code stride}
     * apart.
     *
     * @param count of groups
     */
    private record Groups(int count, int outer, int stride, int inner) {
        int size() {
            return outer * inner;
        }
    }

    private Groups groups(Shape input) {
        int inner = 1;
        if (kind == Kind.GROUP_NORM) {
            int channels = input.dim(input.rank() - 1);
            return new Groups(extent, input.size() / channels, channels, channels / extent);
        }
        boolean alongAxis = kind == Kind.L1 || kind == Kind.L2;
        for (int i = alongAxis ? extent + 1 : input.rank() - extent; i < input.rank(); i++) {
            inner *= input.dim(i);
        }
        if (alongAxis) {
            int length = input.dim(extent);
            return new Groups(input.size() / length, length, inner, 1);
        }
        return new Groups(input.size() / inner, 1, inner, inner);
    }

    /** Returns the first value of a group. */
    private int first(Groups groups, int group) {
        return switch (kind) {
            case LAYER_NORM, RMS_NORM -> group * groups.inner();
            case GROUP_NORM -> group * groups.inner();
            default -> group / groups.stride() * groups.stride() * groups.outer() + group % groups.stride();
        };
    }

    /** Returns the index of the factor of the first value of a row, a run of neighbouring values, of a group. */
    private int factor(Groups groups, int group, int row) {
        return kind == Kind.GROUP_NORM ? group * groups.inner() : row * groups.inner();
    }

    private double weight(int factor) {
        return weight == null ? 1 : weight.data()[factor];
    }

    private boolean isCentred() {
        return kind == Kind.LAYER_NORM || kind == Kind.GROUP_NORM;
    }

    private interface Group {
        void run(int group);
    }

    private static void forEach(Engine engine, Groups groups, Group body) {
        int block = Math.max(1, BLOCK / groups.size());
        Execution.of(engine).workers().run((groups.count() + block - 1) / block, task -> {
            for (int i = task * block; i < Math.min(groups.count(), (task + 1) * block); i++) {
                body.run(i);
            }
        });
    }

    /** Adds to the sums those of {@code x - centre} and of its square. */
    private static void addMoments(Functions functions, Groups groups, int first, float[] x, float centre,
                                   double[] sums) {
        for (int i = 0; i < groups.outer(); i++) {
            int at = first + i * groups.stride();
            functions.addMoments(x, at, at + groups.inner(), centre, sums);
        }
    }

    /**
     * The mean of a group, 0 if it is not subtracted, and its divisor. The variance is a mean of squares of distances
     * from a float32 that is near the mean, less the square of its distance from the mean.
     */
    private record Size(double mean, double divisor) { }

    private Size size(Functions functions, Groups groups, int first, float[] x) {
        if (kind == Kind.L1) {
            return new Size(0, Math.max(sumOfAbsolutes(groups, first, x), epsilon));
        }
        double[] sums = new double[2];
        float centre = 0;
        if (isCentred()) {
            addMoments(functions, groups, first, x, 0, sums);
            centre = (float) (sums[0] / groups.size());
            sums = new double[2];
        }
        addMoments(functions, groups, first, x, centre, sums);
        if (kind == Kind.L2) {
            return new Size(0, Math.max(Math.sqrt(sums[1]), epsilon));
        }
        double offset = isCentred() ? sums[0] / groups.size() : 0;
        double variance = Math.max(0, sums[1] / groups.size() - offset * offset);
        return new Size(centre + offset, Math.sqrt(variance + epsilon));
    }

    private static double sumOfAbsolutes(Groups groups, int first, float[] x) {
        double sum = 0;
        for (int i = 0; i < groups.outer(); i++) {
            for (int at = first + i * groups.stride(), k = 0; k < groups.inner(); k++) {
                sum += Math.abs(x[at + k]);
            }
        }
        return sum;
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        Tensor y = Tensor.zeros(outputShape(x.shape()));
        Groups groups = groups(x.shape());
        Execution execution = Execution.of(engine);
        Functions functions = execution.functions();
        forEach(engine, groups, group -> {
            int first = first(groups, group);
            Size size = size(functions, groups, first, x.data());
            float scale = (float) inverse(size.divisor());
            float high = (float) size.mean();
            float low = (float) (size.mean() - high);
            for (int row = 0; row < groups.outer(); row++) {
                int at = first + row * groups.stride();
                int factor = factor(groups, group, row);
                functions.subtractAndScale(x.data(), at, high, low, scale, y.data(), at, groups.inner());
                if (weight != null) {
                    execution.multiply(weight.data(), factor, y.data(), at, groups.inner());
                }
                if (bias != null) {
                    execution.add(bias.data(), factor, y.data(), at, groups.inner());
                }
            }
        });
        return y;
    }

    private static double inverse(double divisor) {
        return divisor == 0 ? 0 : 1 / divisor;
    }

    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        return gradient(engine, x, outputGradient, false);
    }

    /**
     * Computes the gradient as if the divisors were constants: the transposed linear map, through which LRP propagates
     * (Achtibat et al. 2024).
     *
     * @param engine runs the kernels
     * @param x the input
     * @param outputGradient of the shape of x
     * @return the gradient with respect to the input
     */
    public Tensor gradientAtConstantDivisor(Engine engine, Tensor x, Tensor outputGradient) {
        return gradient(engine, x, outputGradient, true);
    }

    /**
     * With {@code g = weight outputGradient / d}: {@code g - mean(g)}, less {@code sum(g (x - m)) / d} times the
     * derivative of d.
     */
    private Tensor gradient(Engine engine, Tensor x, Tensor outputGradient, boolean constantDivisor) {
        Tensor gradient = Tensor.zeros(outputShape(x.shape()));
        Groups groups = groups(x.shape());
        Functions functions = Execution.of(engine).functions();
        float[] received = outputGradient.data();
        forEach(engine, groups, group -> {
            int first = first(groups, group);
            Size size = size(functions, groups, first, x.data());
            double inverse = inverse(size.divisor());
            double sum = 0;
            double along = 0;
            for (int row = 0; row < groups.outer(); row++) {
                int factor = factor(groups, group, row);
                for (int k = 0, at = first + row * groups.stride(); k < groups.inner(); k++, at++) {
                    double g = weight(factor + k) * received[at] * inverse;
                    sum += g;
                    along += g * (x.data()[at] - size.mean());
                }
            }
            boolean bounded = (kind == Kind.L1 || kind == Kind.L2) && size.divisor() == epsilon;
            along = constantDivisor || bounded ? 0 : along * inverse;
            double common = isCentred() ? sum / groups.size() : 0;
            for (int row = 0; row < groups.outer(); row++) {
                int factor = factor(groups, group, row);
                for (int k = 0, at = first + row * groups.stride(); k < groups.inner(); k++, at++) {
                    double g = weight(factor + k) * received[at] * inverse;
                    gradient.data()[at] = (float) (g - common
                            - along * slope(x.data()[at] - size.mean(), inverse, groups.size()));
                }
            }
        });
        return gradient;
    }

    /** Returns the derivative of the divisor by a value at a distance from the mean. */
    private double slope(double distance, double inverse, int size) {
        return switch (kind) {
            case L1 -> Math.signum(distance);
            case L2 -> distance * inverse;
            default -> distance * inverse / size;
        };
    }

    /**
     * {@return what the biases add to an element of the output; 0 without biases}
     *
     * @param element its index in the output
     */
    public double biasAt(int element) {
        return bias == null ? 0 : bias.data()[element % bias.data().length];
    }
}
