package dev.sectional.weights.internal.naming;

import dev.sectional.weights.internal.common.PixelScale;
import dev.sectional.weights.internal.common.StoredTensor;
import java.util.Map;

/**
 * Recognises TorchRay's VGG16 for Pascal VOC and COCO by its linear layers, which are stored as convolutions. Its
 * pixels have the scale 0..255 and lose only a mean, each class has a probability of its own, and poolings keep a
 * window that reaches beyond the feature map.
 */
public final class TorchRayVgg {
    /** The model card of such a network, in the {@code sectional.*} keys of metadata. */
    public static final Map<String, String> CARD = Map.of(
            "sectional.mean", PixelScale.from255("123.68", "116.779", "103.939"),
            "sectional.std", PixelScale.from255("1", "1", "1"),
            "sectional.output", "sigmoid",
            "sectional.pooling", "ceil");

    private TorchRayVgg() {}

    /** Returns whether the tensors have TorchRay's names and layout. */
    public static boolean matches(Map<String, StoredTensor> tensors) {
        return tensors.keySet().stream().filter(name -> name.endsWith("classifier.4.weight")).anyMatch(name -> {
            StoredTensor first = tensors.get(name.replace("classifier.4.weight", "classifier.0.weight"));
            return first != null && first.values().shape().rank() == 4
                    && tensors.get(name).values().shape().rank() == 4;
        });
    }
}
