package dev.sectional.core;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A tensor under another shape of the same size. */
record ReshapedSource(Shape shape, TensorSource source) implements TensorSource {
    ReshapedSource {
        if (shape.size() != source.shape().size()) {
            throw new IllegalArgumentException("shape " + source.shape() + " cannot become " + shape);
        }
    }

    @Override
    public void read(int from, float[] into, int at, int count) {
        source.read(from, into, at, count);
    }

    @Override
    public boolean readStored(DType type, int from, ByteBuffer into) throws IOException {
        return source.readStored(type, from, into);
    }

    @Override
    public Tensor tensor() {
        return source.tensor().reshape(shape);
    }
}
