package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.PureLayer;
import dev.sectional.nn.Rearrangement;

/**
 * A feature map {@code (H, W, C)} with another height and width, interpolated as ONNX's Resize does. Each output is an
 * average of input values with weights of sum 1.
 *
 * @param rows of the output; 0 with {@code columns} 0: the input's times the scale, rounded down
 * @param columns of the output
 * @param interpolation how values between input positions are computed
 * @param coordinates which input coordinate an output position has
 * @param rounding the position that nearest takes; ignored by the others
 * @param cubicCoefficient of cubic interpolation, such as -0.75
 * @param excludeOutside whether cubic interpolation leaves out positions outside the input
 * @param scaleDown output rows per input row as the file states them; 0 for the quotient of both sizes
 * @param scaleRight the same for columns
 */
public record Resize(int rows, int columns, Interpolation interpolation, Coordinates coordinates, Rounding rounding,
                     double cubicCoefficient, boolean excludeOutside, double scaleDown, double scaleRight)
        implements Rearrangement, PureLayer {
    private static final int MOST = 1 << 24;

    /** How values between input positions are computed. */
    public enum Interpolation {
        /** The value of one position. */
        NEAREST,
        /** From two positions along each side. */
        LINEAR,
        /** From four positions along each side. */
        CUBIC
    }

    /** Which input coordinate an output position has; the names are ONNX's. */
    public enum Coordinates {
        /** {@code (i + 0.5) / scale - 0.5}. */
        HALF_PIXEL,
        /** {@code i (in - 1) / (out - 1)}. */
        ALIGN_CORNERS,
        /** {@code i / scale}. */
        ASYMMETRIC,
        /** Half pixel; 0 if there is one output position. */
        PYTORCH_HALF_PIXEL,
        /** Half pixel, shifted so that both centres agree. */
        HALF_PIXEL_SYMMETRIC,
        /** {@code (i + 0.5) / scale}. */
        TF_HALF_PIXEL_FOR_NN
    }

    /** The position that nearest takes for a coordinate between two. */
    public enum Rounding {
        /** The nearer one; the lower of two equally near. */
        ROUND_PREFER_FLOOR,
        /** The nearer one; the upper of two equally near. */
        ROUND_PREFER_CEIL,
        /** The lower one. */
        FLOOR,
        /** The upper one. */
        CEIL
    }

    /**
     * Creates the layer; checks the numbers.
     *
     * @param rows the component {@code rows}
     * @param columns the component {@code columns}
     * @param interpolation the component {@code interpolation}
     * @param coordinates the component {@code coordinates}
     * @param rounding the component {@code rounding}
     * @param cubicCoefficient the component {@code cubicCoefficient}
     * @param excludeOutside the component {@code excludeOutside}
     * @param scaleDown the component {@code scaleDown}
     * @param scaleRight the component {@code scaleRight}
     */
    public Resize {
        boolean scaled = rows == 0 && columns == 0 && scaleDown > 0 && scaleRight > 0;
        boolean sized = Math.min(rows, columns) > 0 && Math.max(rows, columns) <= MOST
                && scaleDown >= 0 && scaleRight >= 0;
        if (!scaled && !sized || !Double.isFinite(scaleDown + scaleRight + cubicCoefficient)) {
            throw new IllegalArgumentException("resizing takes a size of at least 1x1 or positive scales, got " + rows
                    + "x" + columns + " and " + scaleDown + ", " + scaleRight);
        }
    }

    @Override
    public Shape outputShape(Shape input) {
        if (input.rank() != 3 || input.size() == 0) {
            throw new IllegalArgumentException("resizing takes (H, W, C), got " + input);
        }
        return Shape.of(length(input.dim(0), rows, scaleDown), length(input.dim(1), columns, scaleRight),
                input.dim(2));
    }

    private static int length(int input, int output, double scale) {
        double length = output > 0 ? output : Math.floor((float) (input * scale));
        if (length < 1 || length > MOST) {
            throw new IllegalArgumentException("a side of " + input + " times " + scale + " has length " + length);
        }
        return (int) length;
    }

    /**
     * The input positions of each output position along one side and their weights, {@code support} each.
     */
    private record Side(int support, int[] positions, float[] weights) {
    }

    private Side side(int input, int output, double stated) {
        double scale = stated > 0 ? stated : (double) output / input;
        int support = switch (interpolation) {
            case NEAREST -> 1;
            case LINEAR -> 2;
            case CUBIC -> 4;
        };
        Side side = new Side(support, new int[output * support], new float[output * support]);
        for (int i = 0; i < output; i++) {
            if (interpolation == Interpolation.NEAREST) {
                double at = stated > 0 ? coordinate(i, input, output, (float) stated)
                        : coordinate(i, input, output, scale);
                side.positions[i] = (int) Math.max(0, Math.min(input - 1, rounded(at)));
                side.weights[i] = 1;
                continue;
            }
            double at = coordinate(i, input, output, scale);
            double inside = interpolation == Interpolation.LINEAR ? Math.max(0, Math.min(input - 1, at)) : at;
            int first = (int) Math.floor(inside) - (support / 2 - 1);
            double sum = 0;
            double[] weights = new double[support];
            for (int k = 0; k < support; k++) {
                double distance = Math.abs(inside - (first + k));
                boolean outside = excludeOutside && (first + k < 0 || first + k >= input);
                weights[k] = outside ? 0 : support == 2 ? 1 - distance : cubic(distance);
                sum += weights[k];
            }
            for (int k = 0; k < support; k++) {
                side.positions[i * support + k] = Math.max(0, Math.min(input - 1, first + k));
                side.weights[i * support + k] = (float) (weights[k] / sum);
            }
        }
        return side;
    }

    private double coordinate(int i, int input, int output, double scale) {
        return switch (coordinates) {
            case HALF_PIXEL -> (i + 0.5) / scale - 0.5;
            case ALIGN_CORNERS -> output == 1 ? 0 : (double) i * (input - 1) / (output - 1);
            case ASYMMETRIC -> i / scale;
            case PYTORCH_HALF_PIXEL -> output > 1 ? (i + 0.5) / scale - 0.5 : 0;
            case HALF_PIXEL_SYMMETRIC -> input / 2.0 * (1 - output / (scale * input)) + (i + 0.5) / scale - 0.5;
            case TF_HALF_PIXEL_FOR_NN -> (i + 0.5) / scale;
        };
    }

    /**
     * Returns the coordinate in float32 at each step, as PyTorch and ONNX Runtime compute it: a stated scale of 0.6
     * puts position 3 at 5 exactly, which float64 puts just below, so that nearest would take another one.
     */
    private float coordinate(int i, int input, int output, float scale) {
        return switch (coordinates) {
            case HALF_PIXEL -> (i + 0.5f) / scale - 0.5f;
            case ALIGN_CORNERS -> output == 1 ? 0 : (float) i * (input - 1) / (output - 1);
            case ASYMMETRIC -> i / scale;
            case PYTORCH_HALF_PIXEL -> output > 1 ? (i + 0.5f) / scale - 0.5f : 0;
            case HALF_PIXEL_SYMMETRIC -> input / 2f * (1 - output / (scale * input)) + (i + 0.5f) / scale - 0.5f;
            case TF_HALF_PIXEL_FOR_NN -> (i + 0.5f) / scale;
        };
    }

    private double rounded(double at) {
        return switch (rounding) {
            case ROUND_PREFER_FLOOR -> Math.ceil(at - 0.5);
            case ROUND_PREFER_CEIL -> Math.floor(at + 0.5);
            case FLOOR -> Math.floor(at);
            case CEIL -> Math.ceil(at);
        };
    }

    /** Returns Keys' kernel at a distance of at most 2. */
    private double cubic(double d) {
        double a = cubicCoefficient;
        return d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        Tensor y = Tensor.zeros(outputShape(x.shape()));
        Side down = side(x.shape().dim(0), y.shape().dim(0), scaleDown);
        Side right = side(x.shape().dim(1), y.shape().dim(1), scaleRight);
        Execution execution = Execution.of(engine);
        execution.workers().run(y.shape().dim(0), row ->
                forEachPair(x.shape(), y.shape(), down, right, row, (in, out, weight, channels) ->
                        execution.addScaled(weight, x.data(), in, y.data(), out, channels)));
        return y;
    }

    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        Tensor gradient = Tensor.zeros(x.shape());
        Shape output = outputGradient.shape();
        Side down = side(x.shape().dim(0), output.dim(0), scaleDown);
        Side right = side(x.shape().dim(1), output.dim(1), scaleRight);
        Execution execution = Execution.of(engine);
        for (int row = 0; row < output.dim(0); row++) {
            forEachPair(x.shape(), output, down, right, row, (in, out, weight, channels) ->
                    execution.addScaled(weight, outputGradient.data(), out, gradient.data(), in, channels));
        }
        return gradient;
    }

    /** An input position and an output position by their first channels, and the weight of one in the other. */
    private interface Pair {
        void visit(int in, int out, float weight, int channels);
    }

    private static void forEachPair(Shape input, Shape output, Side down, Side right, int row, Pair pair) {
        int channels = input.dim(2);
        for (int column = 0; column < output.dim(1); column++) {
            int out = (row * output.dim(1) + column) * channels;
            for (int k = row * down.support; k < (row + 1) * down.support; k++) {
                for (int l = column * right.support; l < (column + 1) * right.support; l++) {
                    int in = (down.positions[k] * input.dim(1) + right.positions[l]) * channels;
                    pair.visit(in, out, down.weights[k] * right.weights[l], channels);
                }
            }
        }
    }
}
