package dev.sectional.nn.layer;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import java.util.Arrays;

/**
 * A row-major walk over a shape that knows, for each of some operands, where the operand's element lies at each
 * position. Neighbouring axes are merged where all operands allow it, and the walk is divided into rows: within a row
 * operand k moves by {@link #step} from {@link #start}. An operand that an axis does not move has stride 0 there.
 */
final class StridedLoop {
    /** Elements that one task processes at least. */
    private static final int BLOCK = 1 << 14;

    private final int[] dims;
    private final int[][] strides;
    private final int[] bases;
    private final int rows;

    /**
     * Creates a walk.
     *
     * @param bases first element of each operand
     * @param strides for each operand the distance of neighbouring elements along each axis of the shape
     */
    StridedLoop(Shape shape, int[] bases, int[]... strides) {
        this.bases = bases;
        int[] merged = new int[shape.rank() + 1];
        int[][] steps = new int[strides.length][shape.rank() + 1];
        int count = 0;
        for (int axis = 0; axis < shape.rank(); axis++) {
            if (shape.dim(axis) == 1) {
                continue;
            }
            boolean joins = count > 0;
            for (int k = 0; k < strides.length && joins; k++) {
                joins = steps[k][count - 1] == strides[k][axis] * shape.dim(axis);
            }
            count = joins ? count : count + 1;
            merged[count - 1] = (joins ? merged[count - 1] : 1) * shape.dim(axis);
            for (int k = 0; k < strides.length; k++) {
                steps[k][count - 1] = strides[k][axis];
            }
        }
        if (count == 0) {
            merged[count++] = 1;
        }
        dims = Arrays.copyOf(merged, count);
        this.strides = new int[strides.length][];
        for (int k = 0; k < strides.length; k++) {
            this.strides[k] = Arrays.copyOf(steps[k], count);
        }
        rows = shape.size() == 0 ? 0 : shape.size() / dims[count - 1];
    }

    /** Creates a walk over a shape whose operands are broadcast to it. */
    static StridedLoop broadcast(Shape shape, Shape... operands) {
        int[][] strides = new int[operands.length][];
        for (int k = 0; k < operands.length; k++) {
            strides[k] = broadcastStrides(operands[k], shape);
        }
        return new StridedLoop(shape, new int[operands.length], strides);
    }

    /** {@return the distance of neighbouring elements along each axis of a row-major tensor} */
    static int[] rowMajor(Shape shape) {
        int[] strides = new int[shape.rank()];
        int stride = 1;
        for (int axis = shape.rank() - 1; axis >= 0; axis--) {
            strides[axis] = stride;
            stride *= shape.dim(axis);
        }
        return strides;
    }

    private static int[] broadcastStrides(Shape from, Shape to) {
        int[] own = rowMajor(from);
        int[] strides = new int[to.rank()];
        int shift = to.rank() - from.rank();
        for (int axis = 0; axis < from.rank(); axis++) {
            strides[axis + shift] = from.dim(axis) == 1 ? 0 : own[axis];
        }
        return strides;
    }

    /** {@return the number of rows} */
    int rows() {
        return rows;
    }

    /** {@return the number of elements of a row} */
    int length() {
        return dims[dims.length - 1];
    }

    /** {@return the distance of neighbouring elements of operand k within a row} */
    int step(int k) {
        return strides[k][dims.length - 1];
    }

    /** {@return the first element of operand k in a row} */
    int start(int k, int row) {
        int at = bases[k];
        int rest = row;
        for (int axis = dims.length - 2; axis >= 0; axis--) {
            at += rest % dims[axis] * strides[k][axis];
            rest /= dims[axis];
        }
        return at;
    }

    /** The work of one row. */
    @FunctionalInterface
    interface Row {
        void run(int row);
    }

    /** Runs the body for every row, on the engine's threads. Rows write different elements. */
    void forEachRow(Execution execution, Row body) {
        int block = Math.max(1, BLOCK / length());
        execution.workers().run((rows + block - 1) / block, task -> {
            int end = Math.min(rows, (task + 1) * block);
            for (int row = task * block; row < end; row++) {
                body.run(row);
            }
        });
    }

    /** Copies operand 0 of x to the elements of y in row-major order. */
    void gather(Execution execution, float[] x, float[] y) {
        int length = length();
        int step = step(0);
        forEachRow(execution, row -> {
            int from = start(0, row);
            int to = row * length;
            if (step == 1) {
                System.arraycopy(x, from, y, to, length);
                return;
            }
            for (int i = 0; i < length; i++) {
                y[to + i] = x[from + i * step];
            }
        });
    }

    /** Copies the elements of y in row-major order to operand 0 of x: the reverse of {@link #gather}. */
    void scatter(Execution execution, float[] y, float[] x) {
        int length = length();
        int step = step(0);
        forEachRow(execution, row -> {
            int to = start(0, row);
            for (int i = 0; i < length; i++) {
                x[to + i * step] = y[row * length + i];
            }
        });
    }

    /**
     * {@return values summed to the shape that was broadcast to theirs: the reverse of broadcasting} The tensor itself
     * if the shapes are equal. Sums run in row-major order, in float64.
     */
    static Tensor sumTo(Tensor values, Shape shape) {
        if (values.shape().equals(shape)) {
            return values;
        }
        StridedLoop loop = broadcast(values.shape(), shape);
        double[] sums = new double[shape.size()];
        int length = loop.length();
        int step = loop.step(0);
        for (int row = 0; row < loop.rows(); row++) {
            int to = loop.start(0, row);
            for (int i = 0; i < length; i++) {
                sums[to + i * step] += values.data()[row * length + i];
            }
        }
        return rounded(sums, shape);
    }

    /** {@return float64 values as a tensor} */
    static Tensor rounded(double[] values, Shape shape) {
        Tensor rounded = Tensor.zeros(shape);
        for (int i = 0; i < values.length; i++) {
            rounded.data()[i] = (float) values[i];
        }
        return rounded;
    }

    /**
     * {@return the shape to which two shapes are broadcast by NumPy's rule: axes are aligned at the end, and of two
     * sizes one is 1 or both are equal}
     *
     * @throws IllegalArgumentException if the shapes do not fit; the message starts with {@code what}
     */
    static Shape broadcast(String what, Shape a, Shape b) {
        int[] dims = new int[Math.max(a.rank(), b.rank())];
        for (int i = 1; i <= dims.length; i++) {
            int p = i > a.rank() ? 1 : a.dim(a.rank() - i);
            int q = i > b.rank() ? 1 : b.dim(b.rank() - i);
            if (p != q && p != 1 && q != 1) {
                throw new IllegalArgumentException(what + " takes shapes that broadcast to each other, got " + a
                        + " and " + b);
            }
            dims[dims.length - i] = p == 1 ? q : p;
        }
        return Shape.of(dims);
    }
}
