package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.exec.Functions;
import dev.sectional.nn.PureLayer;
import java.util.Arrays;

/**
 * {@code exp(x) / sum(exp(x))} along one axis, or its logarithm. At the end of a network explanations refuse it, since
 * they start at the logits: leave it out, and let the model card say how logits become probabilities. Inside, it
 * computes the weights of attention.
 */
public final class Softmax implements PureLayer {
    private static final int LAST = -1;
    /** Values that one task processes at least. */
    private static final int BLOCK = 1 << 12;
    /** Maxima that a group is reduced to in vectors. */
    private static final int COLUMNS = 16;

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
        /** @param scratch twice as many elements as the group has; contains stale data */
        void run(int first, float[] scratch);
    }

    /** Runs the body for each group, on the engine's threads. */
    private void forEachGroup(Engine engine, Shape shape, Group group) {
        int inner = inner(shape);
        int groups = shape.size() / length(shape);
        int block = Math.max(1, BLOCK / length(shape));
        Execution.of(engine).workers().run((groups + block - 1) / block, task -> {
            float[] scratch = new float[2 * length(shape)];
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
        Functions functions = Execution.of(engine).functions();
        int length = length(x.shape());
        int[] columns = new int[(length + COLUMNS - 1) / COLUMNS];
        Arrays.setAll(columns, i -> Math.max(0, Math.min(i * COLUMNS, length - COLUMNS)));
        forEachGroup(engine, x.shape(), (first, scratch) ->
                normalise(functions, x.data(), y.data(), first, step, first + span, columns, scratch));
        return y;
    }

    /** @param columns offsets of runs of values that together contain the whole group, whose maxima come first */
    private void normalise(Functions functions, float[] x, float[] y, int first, int step, int end, int[] columns,
                           float[] scratch) {
        int length = scratch.length / 2;
        for (int i = first, k = 0; i < end; i += step, k++) {
            scratch[k] = x[i];
        }
        functions.maxOfWindow(scratch, 0, columns, scratch, length, Math.min(COLUMNS, length));
        float greatest = scratch[length];
        for (int k = 1; k < Math.min(COLUMNS, length); k++) {
            greatest = Math.max(greatest, scratch[length + k]);
        }
        functions.subtractAndScale(scratch, 0, greatest, 0, 1, scratch, 0, length);
        functions.exp(scratch, length, length);
        double[] sums = new double[2];
        functions.addMoments(scratch, length, 2 * length, 0, sums);
        if (logarithm) {
            functions.subtractAndScale(scratch, 0, 0, (float) Math.log(sums[0]), 1, scratch, length, length);
        } else {
            functions.subtractAndScale(scratch, length, 0, 0, (float) (1 / sums[0]), scratch, length, length);
        }
        for (int i = first, k = length; i < end; i += step, k++) {
            y[i] = scratch[k];
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
