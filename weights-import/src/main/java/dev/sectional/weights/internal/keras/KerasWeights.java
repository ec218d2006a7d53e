package dev.sectional.weights.internal.keras;

import dev.sectional.weights.internal.common.StoredTensor;
import java.util.List;

/** The weights of the layers of one model, whole or nested. */
interface KerasWeights {
    /**
     * Returns the weights of a layer, in the order in which Keras creates them.
     *
     * @param layer index in the model's list of layers
     * @param parts names of a part of the layer, such as {@code query}, of which one is in the file; none for the layer
     *     itself
     */
    List<StoredTensor> of(int layer, String... parts);

    /**
     * Returns the weights of the layers of a nested model.
     *
     * @param layer index of the nested model in the list of layers
     * @param model the nested model
     */
    KerasWeights nested(int layer, KerasModel model);
}
