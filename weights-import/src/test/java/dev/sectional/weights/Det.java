package dev.sectional.weights;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/** The generator of the test networks: each value is a pure function of (seed, tensor ordinal, index). */
final class Det {
    private Det() {}

    /** {@code vgg_tiny}: widths 4, 4, M, 8, 8, M, 16 hidden units, a grid of 4x4, 10 classes, seed 1. */
    static Map<String, Tensor> vggTiny() {
        int[][] shapes = {{4, 3, 3, 3}, {4}, {4, 4, 3, 3}, {4}, {8, 4, 3, 3}, {8}, {8, 8, 3, 3}, {8},
            {16, 128}, {16}, {16, 16}, {16}, {10, 16}, {10}};
        String[] layers = {"features.0", "features.2", "features.5", "features.7", "classifier.0", "classifier.3",
            "classifier.6"};
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (int t = 0; t < shapes.length; t++) {
            Shape shape = Shape.of(shapes[t]);
            double scale = shape.rank() == 1 ? 0.05 : Math.sqrt(6.0 / (shape.size() / shape.dim(0)));
            float[] values = new float[shape.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (uniform(1, t, i) * scale);
            }
            tensors.put(layers[t / 2] + (shape.rank() == 1 ? ".bias" : ".weight"), Tensor.of(shape, values));
        }
        return tensors;
    }

    private static double uniform(long seed, long tensor, long i) {
        long z = (i + seed + (tensor << 40) + 1) * 0x9E3779B97F4A7C15L;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return 2.0 * ((z ^ z >>> 31) >>> 11) * 0x1p-53 - 1.0;
    }
}
