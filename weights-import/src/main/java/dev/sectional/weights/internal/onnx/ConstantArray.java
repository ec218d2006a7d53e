package dev.sectional.weights.internal.onnx;

import dev.sectional.core.DType;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import java.util.Arrays;
import java.util.Set;
import java.util.function.IntToDoubleFunction;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;

/**
 * The elements of a constant in memory, for computing with them at import. Doubles hold float32 and integers up to
 * 2^53 exactly, and the greatest integer, which stands for "to the end", as itself.
 *
 * @param type of the elements in ONNX
 * @param dims sizes of the axes
 * @param values in row-major order. Must not be changed
 */
record ConstantArray(DType type, int[] dims, double[] values) {
    private static final Set<DType> INTEGERS =
            Set.of(DType.U8, DType.I8, DType.I16, DType.I32, DType.I64, DType.BOOL);
    /** Greatest integer up to which float32 holds all of them. */
    private static final float EXACT = 1 << 24;

    /** Returns an array whose elements follow from their index. */
    static ConstantArray of(DType type, int[] dims, IntToDoubleFunction element) {
        double[] values = new double[Shape.of(dims).size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = element.applyAsDouble(i);
        }
        return new ConstantArray(type, dims, values);
    }

    /**
     * Reads a constant.
     *
     * @throws IllegalArgumentException if it is a long tensor of integers that float32 does not hold
     */
    static ConstantArray of(ConstantValue constant) {
        int[] dims = constant.shape().dims();
        if (constant.integers() != null) {
            return of(constant.type(), dims, i -> constant.integers()[i]);
        }
        float[] values = constant.values().tensor().data();
        if (INTEGERS.contains(constant.type())) {
            for (float value : values) {
                if (Math.abs(value) >= EXACT) {
                    throw new IllegalArgumentException("computes with a large tensor of integers beyond 2^24");
                }
            }
        }
        return of(constant.type(), dims, i -> values[i]);
    }

    boolean isInteger() {
        return INTEGERS.contains(type);
    }

    /** Returns the array as a constant: float32, or with exact integers if it is short and of an integer type. */
    ConstantValue toConstant() {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        long[] integers = isInteger() && values.length <= ConstantValue.MOST_INTEGERS
                ? Arrays.stream(values).mapToLong(value -> (long) value).toArray() : null;
        return new ConstantValue(isInteger() ? type : DType.F32, Tensor.of(Shape.of(dims), floats), integers);
    }

    int rank() {
        return dims.length;
    }

    int size() {
        return values.length;
    }

    /** Returns the distance between neighbours along each axis, 0 along an axis of size 1. */
    int[] strides() {
        int[] strides = new int[dims.length];
        int stride = 1;
        for (int i = dims.length - 1; i >= 0; i--) {
            strides[i] = dims[i] == 1 ? 0 : stride;
            stride *= dims[i];
        }
        return strides;
    }

    /** Returns the array with axes in another order. */
    ConstantArray transposed(int[] order) {
        int[] strides = strides();
        int[] to = Arrays.stream(order).map(i -> dims[i]).toArray();
        int[] steps = Arrays.stream(order).map(i -> strides[i]).toArray();
        return view(to, steps, 0);
    }

    /** Returns the array broadcast to dims, whose last axes are those of the array. */
    ConstantArray broadcast(int[] to) {
        int[] strides = strides();
        int[] steps = new int[to.length];
        for (int i = 0; i < to.length; i++) {
            int axis = i - (to.length - dims.length);
            steps[i] = axis < 0 ? 0 : strides[axis];
            if (axis >= 0 && dims[axis] != 1 && dims[axis] != to[i]) {
                throw new IllegalArgumentException("shape " + Shape.of(dims) + " does not fit shape " + Shape.of(to));
            }
        }
        return Arrays.equals(to, dims) ? this : view(to, steps, 0);
    }

    /** Returns the elements at {@code offset} and steps from there along each axis. */
    ConstantArray view(int[] to, int[] steps, int offset) {
        int[] index = new int[to.length];
        double[] result = new double[Shape.of(to).size()];
        int from = offset;
        for (int i = 0; i < result.length; i++) {
            result[i] = values[from];
            for (int axis = to.length - 1; axis >= 0; axis--) {
                from += steps[axis];
                if (++index[axis] < to[axis]) {
                    break;
                }
                from -= steps[axis] * to[axis];
                index[axis] = 0;
            }
        }
        return new ConstantArray(type, to, result);
    }

    /** Returns the elements whose position along an axis is given by a function of the new position. */
    ConstantArray along(int axis, int length, IntToLongFunction position) {
        int inner = IntStream.range(axis + 1, dims.length).map(i -> dims[i]).reduce(1, (a, b) -> a * b);
        int[] to = dims.clone();
        to[axis] = length;
        double[] result = new double[Shape.of(to).size()];
        for (int i = 0; i < result.length; i++) {
            int in = i % inner;
            int at = i / inner % length;
            int out = i / inner / length;
            result[i] = values[(int) ((out * (long) dims[axis] + position.applyAsLong(at)) * inner + in)];
        }
        return new ConstantArray(type, to, result);
    }

    /** Returns the dims of two arrays that are broadcast to each other. */
    static int[] broadcast(int[] a, int[] b) {
        int rank = Math.max(a.length, b.length);
        int[] dims = new int[rank];
        for (int i = 0; i < rank; i++) {
            int left = i < rank - a.length ? 1 : a[i - (rank - a.length)];
            int right = i < rank - b.length ? 1 : b[i - (rank - b.length)];
            if (left != right && left != 1 && right != 1) {
                throw new IllegalArgumentException("shapes " + Shape.of(a) + " and " + Shape.of(b)
                        + " do not fit each other");
            }
            dims[i] = left == 1 ? right : left;
        }
        return dims;
    }
}
