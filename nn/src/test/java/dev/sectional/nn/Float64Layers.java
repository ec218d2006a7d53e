package dev.sectional.nn;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.Window;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntBinaryOperator;
import java.util.stream.IntStream;

/**
 * Layers in float64, as plain loops over their definitions: the references of the tests. Values are arrays in the
 * layout of the layers, {@code (H, W, C)} for feature maps.
 */
public final class Float64Layers {
    private Float64Layers() {
    }

    /** A layer, or several layers one after the other. */
    @FunctionalInterface
    public interface Reference {
        /** Returns the output for an input. */
        double[] apply(double[] x);

        /** Returns this layer followed by another. */
        default Reference then(Reference next) {
            return x -> next.apply(apply(x));
        }
    }

    /** Returns values in float64. */
    public static double[] of(Tensor values) {
        return IntStream.range(0, values.data().length).mapToDouble(i -> values.data()[i]).toArray();
    }

    /** Returns a layer that changes each value on its own. */
    public static Reference each(DoubleUnaryOperator function) {
        return x -> Arrays.stream(x).map(function).toArray();
    }

    /** Returns {@code max(x, 0)}. */
    public static Reference relu() {
        return each(value -> Math.max(value, 0));
    }

    /** Returns {@code W x + b}; the bias may be null. */
    public static Reference linear(Tensor weight, Tensor bias) {
        int inputs = weight.shape().dim(1);
        return x -> {
            double[] y = bias == null ? new double[weight.shape().dim(0)] : of(bias);
            for (int i = 0; i < weight.data().length; i++) {
                y[i / inputs] += weight.data()[i] * x[i % inputs];
            }
            return y;
        };
    }

    /** Returns {@code gamma (x - mean) / sqrt(variance + epsilon) + beta} by channel. */
    public static Reference batchNorm(Tensor gamma, Tensor beta, Tensor mean, Tensor variance, double epsilon) {
        int channels = mean.data().length;
        return x -> {
            double[] y = new double[x.length];
            for (int i = 0; i < x.length; i++) {
                int c = i % channels;
                double normal = (x[i] - mean.data()[c]) / Math.sqrt(variance.data()[c] + epsilon);
                y[i] = gamma.data()[c] * normal + beta.data()[c];
            }
            return y;
        };
    }

    /**
     * Returns a convolution of an input {@code (H, W, C)} with weights {@code (O, C / groups, h, w)}; the bias may be
     * null.
     */
    public static Reference conv(Tensor weight, Tensor bias, ConvolutionGeometry geometry, int groups, Shape input) {
        Shape size = weight.shape();
        Shape output = geometry.outputShape(input, size.dim(0));
        int perGroup = size.dim(0) / groups;
        return x -> {
            double[] y = new double[output.size()];
            for (int i = 0; i < y.length; i++) {
                int o = i % size.dim(0);
                int row = i / size.dim(0) / output.dim(1);
                int column = i / size.dim(0) % output.dim(1);
                double sum = bias == null ? 0 : bias.data()[o];
                for (int w = 0; w < size.dim(1) * size.dim(2) * size.dim(3); w++) {
                    int c = w / (size.dim(2) * size.dim(3)) + o / perGroup * size.dim(1);
                    int kernelRow = w / size.dim(3) % size.dim(2);
                    int at = index(input, position(geometry.rows(), row, kernelRow),
                            position(geometry.columns(), column, w % size.dim(3)), c);
                    sum += at < 0 ? 0 : x[at] * weight.data()[o * size.dim(1) * size.dim(2) * size.dim(3) + w];
                }
                y[i] = sum;
            }
            return y;
        };
    }

    /** Returns the row or column of an input that a kernel offset meets at one step of a window. */
    private static int position(Window window, int step, int offset) {
        return step * window.stride() - window.before() + offset * window.dilation();
    }

    /** Returns the index of a position of a feature map; -1 in the padding. */
    private static int index(Shape shape, int row, int column, int channel) {
        boolean inside = row >= 0 && row < shape.dim(0) && column >= 0 && column < shape.dim(1);
        return inside ? (row * shape.dim(1) + column) * shape.dim(2) + channel : -1;
    }

    /** Returns the greatest value of each window inside the feature map. */
    public static Reference maxPooling(Window rows, Window columns, Shape input, Shape output) {
        return x -> {
            double[] y = new double[output.size()];
            for (int i = 0; i < y.length; i++) {
                y[i] = inWindow(rows, columns, input, output, i).mapToDouble(at -> x[at]).max().orElseThrow();
            }
            return y;
        };
    }

    /**
     * Returns the average of each window.
     *
     * @param divisor by row and column of the output; 0 for the number of positions inside the feature map
     */
    public static Reference averagePooling(Window rows, Window columns, Shape input, Shape output,
            IntBinaryOperator divisor) {
        int channels = input.dim(2);
        return x -> {
            double[] y = new double[output.size()];
            for (int i = 0; i < y.length; i++) {
                int[] inside = inWindow(rows, columns, input, output, i).toArray();
                int count = divisor.applyAsInt(i / channels / output.dim(1), i / channels % output.dim(1));
                y[i] = Arrays.stream(inside).mapToDouble(at -> x[at]).sum() / (count == 0 ? inside.length : count);
            }
            return y;
        };
    }

    private static IntStream inWindow(Window rows, Window columns, Shape input, Shape output, int i) {
        int channels = input.dim(2);
        int row = i / channels / output.dim(1);
        int column = i / channels % output.dim(1);
        return IntStream.range(0, rows.size() * columns.size())
                .map(k -> index(input, position(rows, row, k / columns.size()),
                position(columns, column, k % columns.size()), i % channels)).filter(at -> at >= 0);
    }

    /** Returns averages over a grid of the output's size, whose cells may overlap by one position. */
    public static Reference adaptiveAveragePooling(Shape input, Shape output) {
        int channels = input.dim(2);
        return x -> {
            double[] y = new double[output.size()];
            for (int i = 0; i < y.length; i++) {
                int out = i;
                int[] rows = cell(i / channels / output.dim(1), output.dim(0), input.dim(0));
                int[] columns = cell(i / channels % output.dim(1), output.dim(1), input.dim(1));
                y[i] = Arrays.stream(rows).flatMap(row -> Arrays.stream(columns).map(column ->
                        index(input, row, column, out % channels))).mapToDouble(at -> x[at]).average().orElseThrow();
            }
            return y;
        };
    }

    private static int[] cell(int i, int cells, int length) {
        return IntStream.range((int) Math.floor((double) i * length / cells),
                (int) Math.ceil((i + 1.0) * length / cells)).toArray();
    }

    /** Returns {@code x / (k + alpha / size * sum of squares of the channels around)^beta}. */
    public static Reference localResponseNorm(int size, float alpha, float beta, float k, int channels) {
        return x -> {
            double[] y = new double[x.length];
            for (int i = 0; i < x.length; i++) {
                int c = i % channels;
                double squares = 0;
                for (int j = Math.max(0, c - (size - 1) / 2); j <= Math.min(channels - 1, c + size / 2); j++) {
                    squares += x[i - c + j] * x[i - c + j];
                }
                y[i] = x[i] / Math.pow(k + (double) alpha / size * squares, beta);
            }
            return y;
        };
    }

    /** Returns a feature map with zeros around it. */
    public static Reference pad(int top, int left, Shape input, Shape output) {
        return x -> {
            double[] y = new double[output.size()];
            for (int i = 0; i < x.length; i++) {
                int c = i % input.dim(2);
                int row = i / input.dim(2) / input.dim(1);
                int column = i / input.dim(2) % input.dim(1);
                y[index(output, top + row, left + column, c)] = x[i];
            }
            return y;
        };
    }

    /** Returns a feature map {@code (H, W, C)} in the order channel, row, column. */
    public static Reference flatten(Shape input) {
        int channels = input.dim(2);
        return x -> {
            double[] y = new double[x.length];
            for (int i = 0; i < x.length; i++) {
                y[i % channels * (x.length / channels) + i / channels] = x[i];
            }
            return y;
        };
    }

    /** Returns a vector in the order channel, row, column as a feature map with that many channels. */
    public static Reference unflatten(int channels) {
        return x -> {
            double[] y = new double[x.length];
            for (int i = 0; i < x.length; i++) {
                y[i] = x[i % channels * (x.length / channels) + i / channels];
            }
            return y;
        };
    }

    /**
     * The gradient of {@code sum(y * outputGradient)} with respect to one input, and how far float32 arithmetic may be
     * from it.
     *
     * @param value by central differences in float64
     * @param tolerance the rounding of as many float32 additions and multiplications as the gradient has summands, each
     *     at most half a unit in the last place of the sum of absolute summands; plus the error of the differences
     */
    public record Derivative(double value, double tolerance) {
        private static final double STEP = 1e-5;
        private static final double HALF_ULP = Math.scalb(1.0, -24);
        /** Roundings per summand beside its addition: a few multiplications. */
        private static final int OTHERS = 8;

        /** Differentiates a reference with respect to input {@code i}. */
        public static Derivative of(Reference reference, double[] x, Tensor outputGradient, int i) {
            double[] above = x.clone();
            double[] below = x.clone();
            above[i] += STEP;
            below[i] -= STEP;
            double[] up = reference.apply(above);
            double[] down = reference.apply(below);
            double sum = 0;
            double absolutes = 0;
            int summands = 0;
            for (int j = 0; j < up.length; j++) {
                double summand = (up[j] - down[j]) / (above[i] - below[i]) * outputGradient.data()[j];
                sum += summand;
                absolutes += Math.abs(summand);
                summands += summand == 0 ? 0 : 1;
            }
            return new Derivative(sum, (summands + OTHERS) * HALF_ULP * absolutes + 1e-8);
        }
    }
}
