package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.PureLayer;

import java.util.Arrays;
import java.util.stream.IntStream;

/** One number for all values along some axes: their mean, sum, greatest, least or Euclidean length. */
public final class Reduce implements PureLayer {
    /** The reductions. */
    public enum Operation {
        /** The mean. */
        MEAN("ReduceMean"),
        /** The sum. */
        SUM("ReduceSum"),
        /** The greatest value. */
        MAX("ReduceMax"),
        /** The least value. */
        MIN("ReduceMin"),
        /** The square root of the sum of squares. */
        L2("ReduceL2");

        private final String kind;

        Operation(String kind) {
            this.kind = kind;
        }

        /** {@return the name of the kind of layer} */
        public String kind() {
            return kind;
        }
    }

    private final Operation operation;
    private final int[] axes;
    private final boolean keep;

    /**
     * Creates the layer.
     *
     * @param operation the reduction
     * @param axes from 0, each once
     * @param keep whether the axes stay, with size 1
     */
    public Reduce(Operation operation, int[] axes, boolean keep) {
        if (Arrays.stream(axes).anyMatch(axis -> axis < 0) || Arrays.stream(axes).distinct().count() < axes.length) {
            throw new IllegalArgumentException("a reduction takes axes of at least 0, each once, got "
                    + Arrays.toString(axes));
        }
        this.operation = operation;
        this.axes = axes.clone();
        this.keep = keep;
    }

    /** {@return the reduction} */
    public Operation operation() {
        return operation;
    }

    @Override
    public String kind() {
        return operation.kind();
    }

    @Override
    public boolean isPoolingOrDropout() {
        return true;
    }

    @Override
    public Shape outputShape(Shape input) {
        Shape kept = kept(input);
        return keep ? kept : Shape.of(IntStream.range(0, input.rank())
                .filter(axis -> Arrays.stream(axes).noneMatch(each -> each == axis)).map(input::dim).toArray());
    }

    /** Returns the output's shape with all axes. */
    private Shape kept(Shape input) {
        int[] dims = input.dims();
        for (int axis : axes) {
            if (axis >= dims.length || input.size() == 0) {
                throw new IllegalArgumentException("a reduction of axes " + Arrays.toString(axes)
                        + " does not fit shape " + input);
            }
            dims[axis] = 1;
        }
        return Shape.of(dims);
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        Shape shape = outputShape(x.shape());
        double[] sums = new double[shape.size()];
        Arrays.fill(sums, operation == Operation.MAX ? Double.NEGATIVE_INFINITY
                : operation == Operation.MIN ? Double.POSITIVE_INFINITY : 0);
        StridedLoop loop = StridedLoop.broadcast(x.shape(), kept(x.shape()));
        for (int row = 0; row < loop.rows(); row++) {
            reduce(loop, row, x.data(), sums);
        }
        double count = (double) x.shape().size() / shape.size();
        for (int i = 0; i < sums.length; i++) {
            sums[i] = switch (operation) {
                case MEAN -> sums[i] / count;
                case L2 -> Math.sqrt(sums[i]);
                default -> sums[i];
            };
        }
        return StridedLoop.rounded(sums, shape);
    }

    private void reduce(StridedLoop loop, int row, float[] x, double[] sums) {
        int to = loop.start(0, row);
        int step = loop.step(0);
        int length = loop.length();
        for (int i = row * length; i < (row + 1) * length; i++, to += step) {
            double value = x[i];
            sums[to] = switch (operation) {
                case MEAN, SUM -> sums[to] + value;
                case L2 -> sums[to] + value * value;
                case MAX -> Math.max(sums[to], value);
                case MIN -> Math.min(sums[to], value);
            };
        }
    }

    /** Computes the gradient. That of a greatest or least value goes to the first one in row-major order. */
    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        Tensor gradient = Tensor.zeros(x.shape());
        StridedLoop loop = StridedLoop.broadcast(x.shape(), kept(x.shape()));
        if (operation == Operation.MAX || operation == Operation.MIN) {
            routeToFirst(loop, x.data(), y.data(), outputGradient.data(), gradient.data());
            return gradient;
        }
        float share = operation == Operation.MEAN ? (float) y.data().length / x.data().length : 1;
        loop.forEachRow(Execution.of(engine), row -> {
            int at = loop.start(0, row);
            int length = loop.length();
            for (int i = row * length; i < (row + 1) * length; i++, at += loop.step(0)) {
                float g = outputGradient.data()[at];
                gradient.data()[i] = operation != Operation.L2 ? g * share
                        : y.data()[at] == 0 ? 0 : g * x.data()[i] / y.data()[at];
            }
        });
        return gradient;
    }

    private static void routeToFirst(StridedLoop loop, float[] x, float[] y, float[] received, float[] gradient) {
        boolean[] found = new boolean[y.length];
        int length = loop.length();
        for (int row = 0; row < loop.rows(); row++) {
            int at = loop.start(0, row);
            for (int i = row * length; i < (row + 1) * length; i++, at += loop.step(0)) {
                if (!found[at] && x[i] == y[at]) {
                    found[at] = true;
                    gradient[i] = received[at];
                }
            }
        }
    }
}
