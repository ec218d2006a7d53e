package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.Activation;
import dev.sectional.nn.PureLayer;

/**
 * Values rounded to the steps of an integer type and back, as a pair of ONNX's QuantizeLinear and DequantizeLinear:
 * {@code (clip(round(x / scale) + zero, least, greatest) - zero) scale}; halves are rounded to the even integer.
 */
public final class Quantize implements Activation, PureLayer {
    private final Tensor scale;
    private final Tensor zero;
    private final double least;
    private final double greatest;

    /**
     * Creates the layer.
     *
     * @param scale steps, positive, of a shape that broadcasts to the input's; read now
     * @param zero zero points, of the shape of {@code scale}; read now
     * @param least least integer of the type, such as -128
     * @param greatest greatest integer of the type, such as 127
     */
    public Quantize(TensorSource scale, TensorSource zero, double least, double greatest) {
        this.scale = scale.tensor();
        this.zero = zero.tensor();
        this.least = least;
        this.greatest = greatest;
        for (float each : this.scale.data()) {
            if (!(each > 0)) {
                throw new IllegalArgumentException("the scale of a quantisation is positive, got " + each);
            }
        }
        if (!zero.shape().equals(scale.shape()) || !(least < greatest)) {
            throw new IllegalArgumentException("a quantisation has as many zero points as scales and bounds in order,"
                    + " got shapes " + zero.shape() + " and " + scale.shape() + ", bounds " + least + " and "
                    + greatest);
        }
    }

    @Override
    public Shape outputShape(Shape input) {
        if (!StridedLoop.broadcast("quantisation", input, scale.shape()).equals(input)) {
            throw new IllegalArgumentException("a quantisation with scales of shape " + scale.shape()
                    + " takes an input that these broadcast to, got " + input);
        }
        return input;
    }

    @Override
    public Tensor forward(Engine engine, Tensor x) {
        Tensor y = Tensor.zeros(outputShape(x.shape()));
        StridedLoop loop = StridedLoop.broadcast(x.shape(), scale.shape());
        loop.forEachRow(Execution.of(engine), row -> {
            int length = loop.length();
            int p = loop.start(0, row);
            for (int i = row * length; i < (row + 1) * length; i++, p += loop.step(0)) {
                float s = scale.data()[p];
                double z = zero.data()[p];
                double integer = Math.max(least, Math.min(greatest, Math.rint(x.data()[i] / s) + z));
                y.data()[i] = (float) (integer - z) * s;
            }
        });
        return y;
    }

    /** Passes the output gradient on where the integer lies within the type, as fake quantisation in training does. */
    @Override
    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
        Tensor gradient = Tensor.zeros(x.shape());
        StridedLoop loop = StridedLoop.broadcast(x.shape(), scale.shape());
        loop.forEachRow(Execution.of(engine), row -> {
            int length = loop.length();
            int p = loop.start(0, row);
            for (int i = row * length; i < (row + 1) * length; i++, p += loop.step(0)) {
                double integer = Math.rint(x.data()[i] / scale.data()[p]) + zero.data()[p];
                gradient.data()[i] = integer >= least && integer <= greatest ? outputGradient.data()[i] : 0;
            }
        });
        return gradient;
    }
}
