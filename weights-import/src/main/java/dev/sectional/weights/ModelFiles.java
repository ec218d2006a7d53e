package dev.sectional.weights;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.Models;
import dev.sectional.weights.internal.common.ModelWeights;
import dev.sectional.weights.internal.format.FormatDetector;
import dev.sectional.weights.internal.format.OpenedFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Networks from weights of any format that {@link WeightsFile} reads. */
public final class ModelFiles {
    private ModelFiles() {}

    /**
     * Opens a network; the file is closed with it.
     *
     * @param file of any format that {@link WeightsFile} reads
     * @param modelOrNull such as {@code vgg16}, {@code vgg16_bn}, {@code slim}; null to go by names and shapes
     * @param engine what it computes on; stays the caller's
     * @throws InputException if the file cannot be used, or is not such a network
     */
    public static Network open(Path file, String modelOrNull, Engine engine) {
        return open(file, modelOrNull, Map.of(), engine);
    }

    /**
     * As {@link #open(Path, String, Engine)}, with more known about the model than the file says.
     *
     * @param told {@code sectional.*} keys of a model card, which win over the file's own, such as {@code sectional.mean}
     */
    public static Network open(Path file, String modelOrNull, Map<String, String> told, Engine engine) {
        return of(file.toString(), FormatDetector.open(file), modelOrNull, told, engine);
    }

    /** The network in an open file, which is closed with it, or at once if there is none. */
    static Network of(String file, OpenedFile weights, String modelOrNull, Map<String, String> told, Engine engine) {
        try {
            Map<String, TensorSource> tensors = new LinkedHashMap<>();
            ModelWeights named = weights.modelWeights(told);
            named.tensors().forEach((name, stored) -> tensors.put(name, stored.values()));
            return Models.of(file, tensors).metadata(named.metadata()).model(modelOrNull == null ? "" : modelOrNull)
                    .engine(engine).closeWithNetwork(weights).load();
        } catch (RuntimeException failure) {
            weights.close();
            throw failure;
        }
    }
}
