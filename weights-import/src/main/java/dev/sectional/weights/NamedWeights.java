package dev.sectional.weights;

import dev.sectional.core.InputException;
import dev.sectional.weights.onnx.OnnxModel;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Weights as a network takes them: under torchvision's names and layout, with what the source says or is known to want of
 * its images.
 *
 * @param tensors by torchvision's names
 * @param metadata {@code sectional.*} keys and whatever else the file says; what stands in the file wins over what is known
 */
public record NamedWeights(LinkedHashMap<String, WeightsFile.Stored> tensors, Map<String, String> metadata) {
    /**
     * The weights in a file. Those of an ONNX file are the weights of its graph's layers, and the graph is in the metadata.
     *
     * @param file what messages call it
     * @param told {@code sectional.*} keys that win over all others
     * @throws InputException if two tensors come to have the same name, or an ONNX graph is not one of a classifier
     */
    public static NamedWeights of(String file, WeightsFile weights, Map<String, String> told) {
        if (weights.onnx() != null) {
            OnnxModel.Imported imported = weights.onnx().classifier(told);
            LinkedHashMap<String, WeightsFile.Stored> tensors = new LinkedHashMap<>();
            imported.tensors().forEach((name, tensor) -> tensors.put(name, new WeightsFile.Stored(tensor.type(), tensor.values())));
            return new NamedWeights(tensors, imported.metadata());
        }
        LinkedHashMap<String, WeightsFile.Stored> stored = weights.tensors();
        LinkedHashMap<String, WeightsFile.Stored> keras = KerasVgg.torchvision(file, stored, weights.layerNames());
        Map<String, String> known = keras != null ? KerasVgg.IMAGES : TorchRay.stored(stored) ? TorchRay.IMAGES : Map.of();
        Map<String, String> metadata = new LinkedHashMap<>(known);
        metadata.putAll(weights.metadata());
        metadata.putAll(told);
        return new NamedWeights(keras != null ? keras : Names.torchvision(file, stored), metadata);
    }
}
