package dev.sectional.testing;

import dev.sectional.core.Shape;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.model.Vgg;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Weights as a pure function of (seed, ordinal of the tensor, index), so that networks of any size need no file: splitmix64,
 * scaled to He-uniform for weights and to 0.05 for biases, rounded once to float32.
 */
public record Det(long seed, int ordinal, Shape shape) implements TensorSource {
    /** All tensors of a VGG, by torchvision's names. */
    public static Map<String, TensorSource> vgg(long seed, List<String> layers, int classes, int hidden, int grid) {
        Map<String, TensorSource> tensors = new LinkedHashMap<>();
        Vgg.parameters(layers, classes, hidden, grid).forEach((name, shape) -> tensors.put(name, new Det(seed, tensors.size(), shape)));
        return tensors;
    }

    /** A value in [-1, 1). */
    public static double uniform(long seed, int ordinal, long index) {
        long z = (index + seed + ((long) ordinal << 40) + 1) * 0x9E3779B97F4A7C15L;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return 2 * ((z ^ z >>> 31) >>> 11) * 0x1p-53 - 1;
    }

    @Override
    public void read(int from, float[] into, int at, int count) {
        double fanIn = shape.size() / (double) shape.dim(0);
        double scale = shape.rank() == 1 ? 0.05 : Math.sqrt(6 / fanIn);
        for (int i = 0; i < count; i++) {
            into[at + i] = (float) (uniform(seed, ordinal, (long) from + i) * scale);
        }
    }
}
