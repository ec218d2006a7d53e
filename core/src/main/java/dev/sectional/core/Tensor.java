package dev.sectional.core;

import java.util.Objects;

/**
 * Float32 values, dense and row-major: the last dimension varies fastest. The shape is fixed, the values are a plain
 * array that the caller and the tensor share.
 *
 * <p>Images and relevance maps at the edge of the library are channels first, {@code (C, H, W)}. Inside a network
 * maps are channels last, {@code (H, W, C)}, so that neighbouring values can be worked on together.
 */
public final class Tensor implements TensorSource {
    private final Shape shape;
    private final float[] data;

    private Tensor(Shape shape, float[] data) {
        this.shape = shape;
        this.data = data;
    }

    /**
     * A tensor over {@code data}, which is not copied.
     *
     * @throws IllegalArgumentException if the array's length is not the shape's size
     */
    public static Tensor of(Shape shape, float... data) {
        if (data.length != shape.size()) {
            throw new IllegalArgumentException("shape " + shape + " wants " + shape.size() + " values, got " + data.length);
        }
        return new Tensor(shape, data);
    }

    /** A tensor of zeros. */
    public static Tensor zeros(Shape shape) {
        return new Tensor(shape, new float[shape.size()]);
    }

    @Override
    public Shape shape() {
        return shape;
    }

    /** The values themselves, not a copy. */
    public float[] data() {
        return data;
    }

    @Override
    public Tensor tensor() {
        return this;
    }

    @Override
    public void read(int from, float[] into, int at, int count) {
        System.arraycopy(data, from, into, at, count);
    }

    /**
     * The same values under another shape of the same size.
     *
     * @throws IllegalArgumentException if the sizes differ
     */
    public Tensor reshape(Shape other) {
        return of(other, data);
    }

    /** A copy of the values. */
    public Tensor copy() {
        return new Tensor(shape, data.clone());
    }

    /** The value at the given index, one number per dimension. */
    public float get(int... index) {
        if (index.length != shape.rank()) {
            throw new IllegalArgumentException("shape " + shape + " wants " + shape.rank() + " indices, got " + index.length);
        }
        int at = 0;
        for (int i = 0; i < index.length; i++) {
            at = at * shape.dim(i) + Objects.checkIndex(index[i], shape.dim(i));
        }
        return data[at];
    }

    /** The sum of all values, accumulated in float64. */
    public double sum() {
        return sum(0, data.length);
    }

    /** The sum of the values {@code from <= i < to}, in float64: in four running sums, which do not wait for one another. */
    public double sum(int from, int to) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int i = from;
        for (; i <= to - 4; i += 4) {
            s0 += data[i];
            s1 += data[i + 1];
            s2 += data[i + 2];
            s3 += data[i + 3];
        }
        for (; i < to; i++) {
            s0 += data[i];
        }
        return s0 + s1 + (s2 + s3);
    }

    /** The sum of all absolute values, accumulated in float64. */
    public double sumOfAbsolutes() {
        return sumOfAbsolutes(0, data.length);
    }

    /** The sum of the absolute values {@code from <= i < to}, as {@link #sum(int, int)}. */
    public double sumOfAbsolutes(int from, int to) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int i = from;
        for (; i <= to - 4; i += 4) {
            s0 += Math.abs(data[i]);
            s1 += Math.abs(data[i + 1]);
            s2 += Math.abs(data[i + 2]);
            s3 += Math.abs(data[i + 3]);
        }
        for (; i < to; i++) {
            s0 += Math.abs(data[i]);
        }
        return s0 + s1 + (s2 + s3);
    }

    /** {@code (C, H, W)} to {@code (H, W, C)}: a copy. */
    public Tensor toChannelsLast() {
        requireMap();
        int channels = shape.dim(0);
        int places = shape.dim(1) * shape.dim(2);
        return new Tensor(Shape.of(shape.dim(1), shape.dim(2), channels), transpose(channels, places));
    }

    /** {@code (H, W, C)} to {@code (C, H, W)}: a copy. */
    public Tensor toChannelsFirst() {
        requireMap();
        int channels = shape.dim(2);
        int places = shape.dim(0) * shape.dim(1);
        return new Tensor(Shape.of(channels, shape.dim(0), shape.dim(1)), transpose(places, channels));
    }

    private float[] transpose(int rows, int columns) {
        float[] out = new float[data.length];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                out[column * rows + row] = data[row * columns + column];
            }
        }
        return out;
    }

    private void requireMap() {
        if (shape.rank() != 3) {
            throw new IllegalArgumentException("wanted a map of three dimensions, got shape " + shape);
        }
    }

    /** The shape; not the values, which may be many. */
    @Override
    public String toString() {
        return "Tensor " + shape;
    }
}
