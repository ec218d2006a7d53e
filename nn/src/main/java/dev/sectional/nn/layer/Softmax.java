package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.PureLayer;

/**
 * {@code exp(x) / sum(exp(x))} along one axis, or its logarithm. At the end of a network explanations refuse it, since
 * they start at the logits: leave it out, and let the model card say how logits become probabilities. Inside, it
 * computes the weights of attention.
 */
public final class Softmax implements PureLayer {
    private static final int LAST = -1;
    /** Values that one task processes at least. */
    private static final int BLOCK = 1 << 12;

    private final int axis;
    private final boolean logarithm;

    private Softmax(int axis, boolean logarithm, boolean checked) {
        this.axis = axis;
        this.logarithm = logarithm;
    }

    /** Creates a softmax along the last axis. */
    public Softmax() {
        this(LAST, false, true);
    }

    /**
     * Creates a softmax.
     *
     * @param axis from 0
     * @param logarithm whether the output is its logarithm
     */
    public Softmax(int axis, boolean logarithm) {
        if (axis < 0) {
            throw new IllegalArgumentException("a softmax has an axis of at least 0, got " + axis);
        }
        this.axis = axis;
        this.logarithm = logarithm;
    }

    @Override
    public String kind() {
        return logarithm ? "LogSoftmax" : "Softmax";
    }

    /** {@return the logarithm of this softmax} */
    public Softmax logarithm() {
        return new Softmax(axis, true, true);
    }

    /** {@return whether the output is the logarithm of a softmax} */
    public boolean isLogarithm() {
        return logarithm;
    }

    @Override
    public Shape outputShape(Shape input) {
        if (input.rank() == 0 || axis >= input.rank() || input.size() == 0) {
            throw new IllegalArgumentException("a softmax along " + (axis == LAST ? "the last axis" : "axis " + axis)
                    + " does not fit shape " + input);
        }
        return input;
    }

    /** The work of one group of values that share a sum. */
    private interface Group {
        /** @param scratch as many elements as the group has; contains stale data */
        void run(int first, double[] scratch);
    }

    /** Runs the body for each group, on the engine's threads. */
    private void forEachGroup(Engine engine, Shape shape, Group group) {
        int inner = inner(shape);
        int groups = shape.size() / length(shape);
        int block = Math.max(1, BLOCK / length(shape));
        Execution.of(engine).workers().run((groups + block - 1) / block, task -> {
            double[] scratch = new double[length(shape)];
            for (int i = task * block; i < Math.min(groups, (task + 1) * block); i++) {
                group.run(i / inner * inner * length(shape) + i % inner, scratch);
            }
        });
    }

    private int length(Shape shape) {
        return shape.dim(axis == LAST ? shape.rank() - 1 : axis);
    }

    /** Returns the distance of neighbouring values of a group. */
    private int inner(Shape shape) {
        int inner = 1;
        for (int i = (axis == LAST ? shape.rank() - 1 : axis) + 1; i < shape.rank(); i++) {
            inner *= shape.dim(i);
        }
        return inner;
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        Tensor y = Tensor.zeros(outputShape(x.shape()));
        int step = inner(x.shape());
        int span = step * length(x.shape());
        forEachGroup(engine, x.shape(), (first, exponentials) ->
                normalise(x.data(), y.data(), first, step, first + span, exponentials));
        return y;
    }

    private void normalise(float[] x, float[] y, int first, int step, int end, double[] exponentials) {
        double greatest = Double.NEGATIVE_INFINITY;
        for (int i = first; i < end; i += step) {
            greatest = Math.max(greatest, x[i]);
        }
        double sum = 0;
        for (int i = first, k = 0; i < end; i += step, k++) {
            exponentials[k] = Math.exp(x[i] - greatest);
            sum += exponentials[k];
        }
        double logSum = Math.log(sum);
        for (int i = first, k = 0; i < end; i += step, k++) {
            y[i] = (float) (logarithm ? x[i] - greatest - logSum : exponentials[k] / sum);
        }
    }

    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        Tensor gradient = Tensor.zeros(x.shape());
        int step = inner(x.shape());
        int span = step * length(x.shape());
        float[] received = outputGradient.data();
        forEachGroup(engine, x.shape(), (first, unused) -> {
            double sum = 0;
            for (int i = first; i < first + span; i += step) {
                sum += logarithm ? received[i] : (double) y.data()[i] * received[i];
            }
            for (int i = first; i < first + span; i += step) {
                double share = logarithm ? Math.exp(y.data()[i]) * sum : y.data()[i] * sum;
                double own = logarithm ? received[i] : (double) y.data()[i] * received[i];
                gradient.data()[i] = (float) (own - share);
            }
        });
        return gradient;
    }
}
