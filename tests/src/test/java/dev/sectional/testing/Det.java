package dev.sectional.testing;

import dev.sectional.core.Shape;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.model.Vgg;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Generated weights: each element is a pure function of the seed, the ordinal of the tensor and the index, so that
 * networks of any size need no file. Splitmix64 gives a value in [-1, 1), which is scaled by {@code sqrt(6 / fan-in)}
 * for weights and by 0.05 for biases, and rounded once to float32.
 */
public record Det(long seed, int ordinal, Shape shape) implements TensorSource {
    /**
     * Returns the tensors of a VGG under torchvision's names.
     *
     * @param layers the number of filters of each convolution, and {@code M} for a pooling
     * @param grid height and width of the last feature map
     */
    public static Map<String, TensorSource> vgg(long seed, List<String> layers, int classes, int hidden, int grid) {
        Map<String, TensorSource> tensors = new LinkedHashMap<>();
        Vgg.parameters(layers, classes, hidden, grid).forEach((name, shape) ->
                tensors.put(name, new Det(seed, tensors.size(), shape)));
        return tensors;
    }

    /** Returns a value in [-1, 1). */
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
