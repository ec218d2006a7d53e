package dev.sectional.nn;

import dev.sectional.core.Convolution;
import dev.sectional.core.Engine;
import dev.sectional.core.Kernels;
import dev.sectional.core.PackedMatrix;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;

/** A two-dimensional convolution: {@code (H, W, C)} to {@code (H', W', O)}. */
public final class Conv2d implements LinearMap {
    private final TensorSource source;
    private final float[] bias;
    private final Convolution convolution;
    private volatile Packed packed;

    private record Packed(Kernels kernels, PackedMatrix filters) {
    }

    /**
     * @param weight {@code (O, C, kernel height, kernel width)}, as other frameworks store it; read when first needed
     * @param bias {@code (O)}, or null for none
     * @param stride at least 1
     * @param padding rows and columns of zeros on each side, at least 0
     */
    public Conv2d(TensorSource weight, TensorSource bias, int stride, int padding) {
        Shape shape = weight.shape();
        if (shape.rank() != 4 || shape.size() == 0) {
            throw new IllegalArgumentException("a convolution's weight has shape (O, C, kernel height, kernel width), got " + shape);
        }
        if (bias != null && !bias.shape().equals(Shape.of(shape.dim(0)))) {
            throw new IllegalArgumentException("a convolution of " + shape.dim(0) + " filters has as many biases, got shape " + bias.shape());
        }
        this.source = weight;
        this.bias = bias == null ? null : bias.tensor().data();
        this.convolution = new Convolution(stride, padding);
    }

    /** Stride and padding. */
    public Convolution convolution() {
        return convolution;
    }

    /** {@code (O, C, kernel height, kernel width)}. */
    public Shape weightShape() {
        return source.shape();
    }

    private int kernelHeight() {
        return source.shape().dim(2);
    }

    private int kernelWidth() {
        return source.shape().dim(3);
    }

    @Override
    public Shape outputShape(Shape input) {
        if (input.rank() != 3 || input.dim(2) != source.shape().dim(1)) {
            throw new IllegalArgumentException("a convolution of weight " + source.shape() + " takes (H, W, "
                    + source.shape().dim(1) + "), got " + input);
        }
        return Shape.of(convolution.outputSize(input.dim(0), kernelHeight()),
                convolution.outputSize(input.dim(1), kernelWidth()), source.shape().dim(0));
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        return forward(engine, x, false);
    }

    /** The output, with the ReLU that follows it applied in the same pass when {@code relu} says so. */
    Tensor forward(Engine engine, Tensor x, boolean relu) {
        Tensor y = convolution.forward(engine, x, packed(engine), kernelHeight(), kernelWidth());
        int row = y.shape().dim(1) * y.shape().dim(2);
        engine.workers().run(y.shape().dim(0), i -> {
            for (int at = i * row; bias != null && at < (i + 1) * row; at += bias.length) {
                engine.kernels().add(bias, 0, y.data(), at, bias.length);
            }
            if (relu) {
                engine.kernels().relu(y.data(), i * row, (i + 1) * row);
            }
        });
        return y;
    }

    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor upstream) {
        return transposed(engine, upstream, weights(), x.shape());
    }

    /** {@code (kernel height, kernel width, C, O)}. */
    @Override
    public Tensor weights() {
        int outputs = source.shape().dim(0);
        int channels = source.shape().dim(1);
        int taps = kernelHeight() * kernelWidth();
        Tensor weights = Tensor.zeros(Shape.of(kernelHeight(), kernelWidth(), channels, outputs));
        float[] filter = new float[channels * taps];
        for (int o = 0; o < outputs; o++) {
            source.read(o * filter.length, filter, 0, filter.length);
            for (int i = 0; i < filter.length; i++) {
                weights.data()[(i % taps * channels + i / taps) * outputs + o] = filter[i];
            }
        }
        return weights;
    }

    @Override
    public float[] bias() {
        return bias;
    }

    @Override
    public Tensor apply(Engine engine, Tensor x, Tensor weights) {
        return convolution.forward(engine, x, weights);
    }

    @Override
    public Tensor transposed(Engine engine, Tensor s, Tensor weights, Shape input) {
        return convolution.inputGradient(engine, s, weights, input);
    }

    /** The filters as the engine's kernels read them, packed once per provider. */
    private PackedMatrix packed(Engine engine) {
        Packed current = packed;
        if (current == null || current.kernels.tileColumns() != engine.kernels().tileColumns()) {
            current = new Packed(engine.kernels(), Convolution.pack(engine, weights()));
            packed = current;
        }
        return current.filters;
    }
}
