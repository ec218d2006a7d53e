package dev.sectional.nn.rule;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.internal.exec.Execution;

/**
 * Which part of each value a rule uses: {@code up max(v, 0) + down min(v, 0) + square v^2 + constant}.
 *
 * @param up factor of values above 0
 * @param down factor of values below 0
 * @param square factor of the square
 * @param constant is added whatever the value
 */
public record Modifier(float up, float down, float square, float constant) {
    /** The value as it is. */
    public static final Modifier ALL = new Modifier(1, 1, 0, 0);
    /** The positive part, {@code max(v, 0)}. */
    public static final Modifier POSITIVE = new Modifier(1, 0, 0, 0);
    /** The negative part, {@code min(v, 0)}. */
    public static final Modifier NEGATIVE = new Modifier(0, 1, 0, 0);
    /** 0, whatever the value. */
    public static final Modifier NONE = new Modifier(0, 0, 0, 0);
    /** 1, whatever the value. */
    public static final Modifier ONE = new Modifier(0, 0, 0, 1);
    /** The square. */
    public static final Modifier SQUARE = new Modifier(0, 0, 1, 0);

    /** The part of one value. */
    public float of(float value) {
        return up * Math.max(value, 0f) + down * Math.min(value, 0f) + square * value * value + constant;
    }

    /** The part of each value; the values themselves for {@link #ALL}. */
    public Tensor of(Tensor values) {
        if (equals(ALL)) {
            return values;
        }
        Tensor part = Tensor.zeros(values.shape());
        apply(values.data(), 0, part.data(), 0, part.data().length);
        return part;
    }

    /** The part of each value: a tensor of a tensor; what stays in a file is taken apart as it is read. */
    public TensorSource of(Engine engine, TensorSource values) {
        if (equals(ALL)) {
            return values;
        }
        if (!(values instanceof Tensor whole)) {
            return new Read(this, values);
        }
        Tensor part = Tensor.zeros(whole.shape());
        Execution.of(engine).workers().parallelChunks(part.data().length, (from, to) -> apply(whole.data(), from, part.data(), from, to - from));
        return part;
    }

    private void apply(float[] values, int from, float[] into, int at, int count) {
        for (int i = 0; i < count; i++) {
            float v = values[from + i];
            into[at + i] = up * Math.max(v, 0f) + down * Math.min(v, 0f) + square * v * v + constant;
        }
    }

    private record Read(Modifier part, TensorSource values) implements TensorSource {
        @Override
        public Shape shape() {
            return values.shape();
        }

        @Override
        public void read(int from, float[] into, int at, int count) {
            values.read(from, into, at, count);
            part.apply(into, at, into, at, count);
        }
    }
}
