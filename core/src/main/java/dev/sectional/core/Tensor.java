package dev.sectional.core;

import java.util.Objects;

/**
 * A dense tensor of float32 elements in row-major order: the last dimension varies fastest. The shape is fixed; the
 * elements are an array that the tensor shares with its creator and with every caller of {@link #data}.
 *
 * <p>Images and relevance maps that enter or leave the library are channels first, {@code (C, H, W)}. Feature maps
 * inside a network are channels last, {@code (H, W, C)}, so that kernels process the channels of a position together.
 *
 * <p>A tensor has no lock: several threads may read it at once, but not while one writes.
 */
public final class Tensor implements TensorSource {
    private final Shape shape;
    private final float[] data;

    private Tensor(Shape shape, float[] data) {
        this.shape = shape;
        this.data = data;
    }

    /**
     * {@return a tensor over an array, which is shared and not copied}
     *
     * @param shape the shape
     * @param data the elements in row-major order
     * @throws IllegalArgumentException if the array's length is not the shape's size
     */
    public static Tensor of(Shape shape, float... data) {
        Objects.requireNonNull(data, "data");
        if (data.length != Objects.requireNonNull(shape, "shape").size()) {
            throw new IllegalArgumentException("shape " + shape + " wants " + shape.size() + " elements, got "
                    + data.length);
        }
        return new Tensor(shape, data);
    }

    /**
     * {@return a new tensor of zeros}
     *
     * @param shape the shape
     */
    public static Tensor zeros(Shape shape) {
        return new Tensor(shape, new float[shape.size()]);
    }

    @Override
    public Shape shape() {
        return shape;
    }

    /** {@return the elements themselves, not a copy} */
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
     * {@return a tensor of another shape over the same elements, which both tensors share}
     *
     * @throws IllegalArgumentException if the sizes differ
     */
    @Override
    public Tensor reshape(Shape other) {
        return of(other, data);
    }

    /** {@return a copy with elements of its own} */
    public Tensor copy() {
        return new Tensor(shape, data.clone());
    }

    /**
     * {@return the element at an index}
     *
     * @param index one number per dimension
     * @throws IndexOutOfBoundsException if a number is outside its dimension
     */
    public float get(int... index) {
        if (index.length != shape.rank()) {
            throw new IllegalArgumentException("shape " + shape + " wants " + shape.rank() + " indices, got "
                    + index.length);
        }
        int at = 0;
        for (int i = 0; i < index.length; i++) {
            at = at * shape.dim(i) + Objects.checkIndex(index[i], shape.dim(i));
        }
        return data[at];
    }

    /** {@return the sum of all elements, accumulated in float64} */
    public double sum() {
        return sum(0, data.length);
    }

    /**
     * {@return the sum of the elements {@code from <= i < to}, accumulated in four independent float64 sums}
     *
     * @param from index of the first element
     * @param to index after the last element
     */
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

    /** {@return the sum of all absolute values, accumulated in float64} */
    public double sumOfAbsolutes() {
        return sumOfAbsolutes(0, data.length);
    }

    /**
     * {@return the sum of the absolute values {@code from <= i < to}, accumulated as by {@link #sum(int, int)}}
     *
     * @param from index of the first element
     * @param to index after the last element
     */
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

    /**
     * {@return a copy of an image or feature map {@code (C, H, W)} with the channels last, {@code (H, W, C)}}
     *
     * @throws IllegalArgumentException if the tensor does not have three dimensions
     */
    public Tensor toChannelsLast() {
        requireThreeDimensions();
        int channels = shape.dim(0);
        int positions = shape.dim(1) * shape.dim(2);
        return new Tensor(Shape.of(shape.dim(1), shape.dim(2), channels), transpose(channels, positions));
    }

    /**
     * {@return a copy of a feature map {@code (H, W, C)} with the channels first, {@code (C, H, W)}}
     *
     * @throws IllegalArgumentException if the tensor does not have three dimensions
     */
    public Tensor toChannelsFirst() {
        requireThreeDimensions();
        int channels = shape.dim(2);
        int positions = shape.dim(0) * shape.dim(1);
        return new Tensor(Shape.of(channels, shape.dim(0), shape.dim(1)), transpose(positions, channels));
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

    private void requireThreeDimensions() {
        if (shape.rank() != 3) {
            throw new IllegalArgumentException("wanted a feature map of three dimensions, got shape " + shape);
        }
    }

    /** {@return the shape, without the elements} */
    @Override
    public String toString() {
        return "Tensor " + shape;
    }
}
