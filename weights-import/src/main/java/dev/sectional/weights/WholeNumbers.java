package dev.sectional.weights;

import dev.sectional.core.Safetensors;
import dev.sectional.core.Shape;
import dev.sectional.core.TensorSource;
import java.util.Objects;

/** A tensor of whole numbers in a safetensors file, such as the count of batches a batch norm has seen, as float32. */
record WholeNumbers(Safetensors file, String name) implements TensorSource {
    @Override
    public Shape shape() {
        return file.shape(name);
    }

    @Override
    public void read(int from, float[] into, int at, int count) {
        Objects.checkFromIndexSize(from, count, shape().size());
        Objects.checkFromIndexSize(at, count, into.length);
        long[] values = file.longs(name);
        for (int i = 0; i < count; i++) {
            into[at + i] = values[from + i];
        }
    }
}
