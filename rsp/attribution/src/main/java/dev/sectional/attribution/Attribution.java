package dev.sectional.attribution;

import dev.sectional.core.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The explanation of one class for one image. The lists and maps are immutable. The tensors belong to the caller: no
 * other result and no network shares their memory.
 *
 * @param method name of the method
 * @param target index of the class, from 0
 * @param label of the class; its index as text if the model has no labels
 * @param logit of the class
 * @param probability of the class, 0 to 1
 * @param logits {@code (classes)}
 * @param start relevance where it starts: {@code (C, H', W')} for a feature map, {@code (classes)} at the logits
 * @param relevance at the image, {@code (C, H, W)}: positive where a value speaks for the target, negative where it
 *     speaks against it
 * @param layers the account of every layer, from the start to the image; empty for methods that do not propagate
 *     relevance
 * @param layerRelevances relevance at each layer's input by the layer's name: {@code (C, H', W')} for feature maps,
 *     {@code (N)} for vectors. Layers with several inputs are not listed; empty unless
 *     {@link PropagationMethod#keepingLayerRelevances requested}
 * @param completeness the account of a method that promises it, such as integrated gradients; empty for the others
 */
public record Attribution(String method, int target, String label, float logit, float probability, Tensor logits,
                          Tensor start, Tensor relevance, List<LayerAccount> layers,
                          Map<String, Tensor> layerRelevances, Optional<Completeness> completeness) {
    /**
     * Copies the list and the map.
     *
     * @param method the component {@code method}
     * @param target the component {@code target}
     * @param label the component {@code label}
     * @param logit the component {@code logit}
     * @param probability the component {@code probability}
     * @param logits the component {@code logits}
     * @param start the component {@code start}
     * @param relevance the component {@code relevance}
     * @param layers the component {@code layers}
     * @param layerRelevances the component {@code layerRelevances}
     * @param completeness the component {@code completeness}
     */
    public Attribution {
        layers = List.copyOf(layers);
        layerRelevances = Collections.unmodifiableMap(new LinkedHashMap<>(layerRelevances));
    }

    /**
     * {@return the same explanation with the account of completeness}
     *
     * @param account of the whole explanation
     */
    public Attribution with(Completeness account) {
        return new Attribution(method, target, label, logit, probability, logits, start, relevance, layers,
                layerRelevances, Optional.of(account));
    }
}
