package dev.sectional.weights;

import dev.sectional.core.InputException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Weights as a network takes them: under torchvision's names and layout, with what the source says or is known to want of
 * its pictures.
 *
 * @param tensors by torchvision's names
 * @param metadata {@code sectional.*} keys and whatever else the file says; what stands in the file wins over what is known
 */
public record NamedWeights(LinkedHashMap<String, WeightsFile.Stored> tensors, Map<String, String> metadata) {
    /**
     * The weights in a file.
     *
     * @param file what messages call it
     * @throws InputException if two tensors come to have the same name
     */
    public static NamedWeights of(String file, WeightsFile weights) {
        LinkedHashMap<String, WeightsFile.Stored> stored = weights.tensors();
        LinkedHashMap<String, WeightsFile.Stored> keras = KerasVgg.torchvision(file, stored, weights.layerNames());
        Map<String, String> known = keras != null ? KerasVgg.PICTURES : TorchRay.stored(stored) ? TorchRay.PICTURES : Map.of();
        Map<String, String> metadata = new LinkedHashMap<>(known);
        metadata.putAll(weights.metadata());
        return new NamedWeights(keras != null ? keras : Names.torchvision(file, stored), metadata);
    }
}
