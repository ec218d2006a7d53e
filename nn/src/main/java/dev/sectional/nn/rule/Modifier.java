package dev.sectional.nn.rule;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.internal.exec.Execution;

/**
 * Modifies each input, weight or bias before a rule uses it:
 * {@code positiveFactor max(v, 0) + negativeFactor min(v, 0) + squareFactor v^2 + constant}.
 *
 * @param positiveFactor factor of values above 0
 * @param negativeFactor factor of values below 0
 * @param squareFactor factor of the square
 * @param constant is added to every value
 */
public record Modifier(float positiveFactor, float negativeFactor, float squareFactor, float constant) {
    /** The value itself. */
    public static final Modifier IDENTITY = bySign(1, 1);
    /** The positive part, {@code max(v, 0)}. */
    public static final Modifier POSITIVE = bySign(1, 0);
    /** The negative part, {@code min(v, 0)}. */
    public static final Modifier NEGATIVE = bySign(0, 1);
    /** 0 for every value. */
    public static final Modifier ZERO = bySign(0, 0);
    /** 1 for every value. */
    public static final Modifier ONE = new Modifier(0, 0, 0, 1);
    /** The square. */
    public static final Modifier SQUARE = new Modifier(0, 0, 1, 0);

    /**
     * {@return the modifier that scales values above 0 and values below 0 by a factor each}
     *
     * @param positiveFactor factor of values above 0
     * @param negativeFactor factor of values below 0
     */
    public static Modifier bySign(float positiveFactor, float negativeFactor) {
        return new Modifier(positiveFactor, negativeFactor, 0, 0);
    }

    /**
     * Returns whether the modifier maps 0 to 0 and scales values of each sign: it has neither a square nor a constant.
     */
    boolean isScaleBySign() {
        return squareFactor == 0 && constant == 0;
    }

    /** Compared by the numbers: the method that a record has by default keeps its class loader alive in the JDK. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Modifier modifier && Float.compare(positiveFactor, modifier.positiveFactor) == 0
                && Float.compare(negativeFactor, modifier.negativeFactor) == 0
                && Float.compare(squareFactor, modifier.squareFactor) == 0
                && Float.compare(constant, modifier.constant) == 0;
    }

    @Override
    public int hashCode() {
        return Float.hashCode(positiveFactor) + 31 * (Float.hashCode(negativeFactor)
                + 31 * (Float.hashCode(squareFactor) + 31 * Float.hashCode(constant)));
    }

    /**
     * {@return one modified value}
     *
     * @param value any float
     */
    public float apply(float value) {
        return positiveFactor * Math.max(value, 0f) + negativeFactor * Math.min(value, 0f)
                + squareFactor * value * value + constant;
    }

    /**
     * {@return the modified values, of any shape; the tensor itself for {@link #IDENTITY}}
     *
     * @param values of any shape
     */
    public Tensor apply(Tensor values) {
        if (equals(IDENTITY)) {
            return values;
        }
        Tensor modified = Tensor.zeros(values.shape());
        apply(values.data(), 0, modified.data(), 0, modified.data().length);
        return modified;
    }

    /**
     * Returns the modified values, of any shape: a tensor for a tensor, and for values in a file a source that modifies
     * them as they are read.
     *
     * @param engine runs the kernels
     * @param values of any shape
     * @return a new tensor, or a source that modifies values as they are read; the values themselves for
     *     {@link #IDENTITY}
     */
    public TensorSource apply(Engine engine, TensorSource values) {
        if (equals(IDENTITY)) {
            return values;
        }
        if (!(values instanceof Tensor tensor)) {
            return new ModifiedSource(this, values);
        }
        Tensor modified = Tensor.zeros(tensor.shape());
        Execution execution = Execution.of(engine);
        execution.workers().parallelChunks(modified.data().length,
                (from, to) -> apply(execution, tensor.data(), modified.data(), from, to - from));
        return modified;
    }

    /** Writes the modified values {@code from .. from + count - 1}, at the same indices. */
    void apply(Execution execution, float[] values, float[] into, int from, int count) {
        if (isScaleBySign() && isUnit(positiveFactor) && isUnit(negativeFactor)) {   // exact, and in vectors
            execution.combineWithAbs((positiveFactor + negativeFactor) / 2, (positiveFactor - negativeFactor) / 2,
                    values, from, into, from, count);
        } else {
            apply(values, from, into, from, count);
        }
    }

    /** Returns the modified values. */
    float[] applyTo(float[] values) {
        float[] modified = new float[values.length];
        apply(values, 0, modified, 0, values.length);
        return modified;
    }

    private static boolean isUnit(float factor) {
        return factor == 0 || Math.abs(factor) == 1;
    }

    private void apply(float[] values, int from, float[] into, int at, int count) {
        for (int i = 0; i < count; i++) {
            float v = values[from + i];
            into[at + i] = positiveFactor * Math.max(v, 0f) + negativeFactor * Math.min(v, 0f) + squareFactor * v * v
                    + constant;
        }
    }

    private record ModifiedSource(Modifier modifier, TensorSource values) implements TensorSource {
        @Override
        public Shape shape() {
            return values.shape();
        }

        @Override
        public void read(int from, float[] into, int at, int count) {
            values.read(from, into, at, count);
            modifier.apply(into, at, into, at, count);
        }
    }
}
