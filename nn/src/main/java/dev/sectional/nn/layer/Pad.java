package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.PureLayer;
import dev.sectional.nn.Rearrangement;

import java.util.Arrays;

/**
 * Positions added before and after each axis of a value, of any rank; negative numbers remove positions. Added
 * positions hold a constant, or values of the input: mirrored at its border, or those of the border.
 */
public final class Pad implements Rearrangement, PureLayer {
    private static final int MOST = 1 << 24;
    private static final int ADDED = -1;

    /** What added positions hold. */
    public enum Mode {
        /** A given number. */
        CONSTANT,
        /** The input mirrored at its first and last position, which are not repeated. */
        REFLECT,
        /** The first or last position of the input. */
        EDGE
    }

    private final int[] before;
    private final int[] after;
    private final Mode mode;
    private final float value;

    /**
     * Creates the layer.
     *
     * @param before positions before each axis
     * @param after positions after each axis
     * @param mode what the added values are
     * @param value number at added positions; only for {@link Mode#CONSTANT}
     */
    public Pad(int[] before, int[] after, Mode mode, float value) {
        if (before.length != after.length) {
            throw new IllegalArgumentException("padding takes as many numbers before as after, got " + before.length
                    + " and " + after.length);
        }
        for (int i = 0; i < before.length; i++) {
            if (Math.max(Math.abs((long) before[i]), Math.abs((long) after[i])) > MOST) {
                throw new IllegalArgumentException("padding is at most " + MOST + ", got " + before[i] + " and "
                        + after[i]);
            }
        }
        this.before = before.clone();
        this.after = after.clone();
        this.mode = mode;
        this.value = value;
    }

    @Override
    public Shape outputShape(Shape input) {
        if (input.rank() != before.length) {
            throw new IllegalArgumentException("padding of " + before.length + " axes takes as many, got shape "
                    + input);
        }
        int[] dims = new int[before.length];
        for (int i = 0; i < dims.length; i++) {
            int length = input.dim(i);
            dims[i] = length + before[i] + after[i];
            if (dims[i] < 1 || mode == Mode.REFLECT && Math.max(before[i], after[i]) >= length) {
                throw new IllegalArgumentException("padding " + before[i] + " before and " + after[i] + " after axis "
                        + i + (mode == Mode.REFLECT ? ", mirrored," : "") + " does not fit shape " + input);
            }
        }
        return Shape.of(dims);
    }

    /** Returns for each output index of an axis the input index it copies, or {@link #ADDED}. */
    private int[] sources(int axis, int length) {
        int[] sources = new int[length + before[axis] + after[axis]];
        for (int i = 0; i < sources.length; i++) {
            int at = i - before[axis];
            boolean inside = at >= 0 && at < length;
            sources[i] = switch (mode) {
                case CONSTANT -> inside ? at : ADDED;
                case EDGE -> Math.max(0, Math.min(length - 1, at));
                case REFLECT -> at < 0 ? -at : at < length ? at : 2 * (length - 1) - at;
            };
        }
        return sources;
    }

    /** A run of neighbouring values: where it starts in the input, or -1 for added values, and in the output. */
    private interface Run {
        void visit(int from, int to, int length);
    }

    private void forEachRun(Shape input, Shape output, Run run) {
        int axes = before.length;
        while (axes > 0 && before[axes - 1] == 0 && after[axes - 1] == 0) {
            axes--;
        }
        int[] strides = StridedLoop.rowMajor(input);
        int[][] sources = new int[axes][];
        int length = output.size();
        for (int axis = 0; axis < axes; axis++) {
            sources[axis] = sources(axis, input.dim(axis));
            length /= sources[axis].length;
        }
        int runs = length == 0 ? 0 : output.size() / length;
        for (int i = 0; i < runs; i++) {
            int from = 0;
            int rest = i;
            for (int axis = axes - 1; axis >= 0; axis--) {
                int source = sources[axis][rest % sources[axis].length];
                from = source == ADDED || from == ADDED ? ADDED : from + source * strides[axis];
                rest /= sources[axis].length;
            }
            run.visit(from, i * length, length);
        }
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        Tensor y = Tensor.zeros(outputShape(x.shape()));
        forEachRun(x.shape(), y.shape(), (from, to, length) -> {
            if (from == ADDED) {
                Arrays.fill(y.data(), to, to + length, value);
            } else {
                System.arraycopy(x.data(), from, y.data(), to, length);
            }
        });
        return y;
    }

    /** Computes the gradient: each output gradient is added at the position whose value it copies. */
    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        Tensor gradient = Tensor.zeros(x.shape());
        Execution execution = Execution.of(engine);
        forEachRun(x.shape(), y.shape(), (from, to, length) -> {
            if (from != ADDED) {
                execution.add(outputGradient.data(), to, gradient.data(), from, length);
            }
        });
        return gradient;
    }
}
