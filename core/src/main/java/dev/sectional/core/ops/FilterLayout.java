package dev.sectional.core.ops;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;

/**
 * Converts convolution filters between the layout of model files, {@code (O, C, kh, kw)} ("OIHW"), and the layout of
 * {@link TensorOps}, {@code (kh, kw, C, O)}. O is the number of output channels, C of input channels of one group, kh
 * and kw are the kernel's height and width. Feature maps are converted by {@link Tensor#toChannelsLast} and
 * {@link Tensor#toChannelsFirst}.
 */
public final class FilterLayout {
    /** Filters converted at once: as many as one cache line of the result holds elements. */
    private static final int FILTER_BLOCK = 16;

    private FilterLayout() {
    }

    /**
     * {@return a copy of the filters in the layout {@code (kh, kw, C, O)}} A source that stays in a file is read once,
     * from beginning to end.
     *
     * @param oihw {@code (O, C, kh, kw)}
     * @throws IllegalArgumentException if the filters do not have four dimensions
     */
    public static Tensor fromOihw(TensorSource oihw) {
        Shape shape = requireFilters("(O, C, kh, kw)", oihw.shape());
        int outputs = shape.dim(0);
        int channels = shape.dim(1);
        int kernelArea = shape.dim(2) * shape.dim(3);
        int size = channels * kernelArea;
        Tensor filters = Tensor.zeros(Shape.of(shape.dim(2), shape.dim(3), channels, outputs));
        float[] block = new float[Math.min(FILTER_BLOCK, outputs) * size];
        for (int first = 0; first < outputs; first += FILTER_BLOCK) {
            int count = Math.min(FILTER_BLOCK, outputs - first);
            oihw.read(first * size, block, 0, count * size);
            for (int offset = 0; offset < kernelArea; offset++) {
                for (int c = 0; c < channels; c++) {
                    int to = (offset * channels + c) * outputs + first;
                    for (int o = 0; o < count; o++) {
                        filters.data()[to + o] = block[o * size + c * kernelArea + offset];
                    }
                }
            }
        }
        return filters;
    }

    /**
     * {@return a copy of the filters in the layout {@code (O, C, kh, kw)}}
     *
     * @param filters {@code (kh, kw, C, O)}
     * @throws IllegalArgumentException if the filters do not have four dimensions
     */
    public static Tensor toOihw(Tensor filters) {
        Shape shape = requireFilters("(kh, kw, C, O)", filters.shape());
        int channels = shape.dim(2);
        int outputs = shape.dim(3);
        int kernelArea = shape.dim(0) * shape.dim(1);
        Tensor oihw = Tensor.zeros(Shape.of(outputs, channels, shape.dim(0), shape.dim(1)));
        for (int offset = 0; offset < kernelArea; offset++) {
            for (int c = 0; c < channels; c++) {
                for (int o = 0; o < outputs; o++) {
                    int from = (offset * channels + c) * outputs + o;
                    oihw.data()[(o * channels + c) * kernelArea + offset] = filters.data()[from];
                }
            }
        }
        return oihw;
    }

    private static Shape requireFilters(String layout, Shape shape) {
        if (shape.rank() != 4) {
            throw new IllegalArgumentException("wanted filters " + layout + ", got shape " + shape);
        }
        return shape;
    }
}
