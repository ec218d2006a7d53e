package dev.sectional.weights.internal.naming;

import dev.sectional.weights.internal.common.PixelScale;
import dev.sectional.weights.internal.common.StoredTensor;
import java.util.Map;

/**
 * What TorchRay's VGG16 for Pascal VOC and COCO want: their linear layers are stored as convolutions, which is how they are
 * told. Pictures keep the scale 0..255 and lose only a mean, every class has a probability of its own, and poolings keep a
 * window that leaves the map.
 */
public final class TorchRayVgg {
    public static final Map<String, String> IMAGES = Map.of("sectional.mean", PixelScale.from255("123.68", "116.779", "103.939"),
            "sectional.std", PixelScale.from255("1", "1", "1"), "sectional.output", "sigmoid", "sectional.pooling", "ceil");

    private TorchRayVgg() {}

    /** Whether the tensors are under TorchRay's names and in its layout. */
    public static boolean stored(Map<String, StoredTensor> tensors) {
        return tensors.keySet().stream().filter(name -> name.endsWith("classifier.4.weight")).anyMatch(name -> {
            StoredTensor first = tensors.get(name.replace("classifier.4.weight", "classifier.0.weight"));
            return first != null && first.values().shape().rank() == 4 && tensors.get(name).values().shape().rank() == 4;
        });
    }
}
