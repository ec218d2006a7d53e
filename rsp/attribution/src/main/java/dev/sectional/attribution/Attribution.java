package dev.sectional.attribution;

import dev.sectional.core.Tensor;
import java.util.List;
import java.util.Map;

/**
 * The explanation of one class for one image.
 *
 * @param method what made it
 * @param target index of the class
 * @param label of the class; its index where the model has no labels
 * @param logit of the class
 * @param probability of the class
 * @param logits of all classes
 * @param start relevance where it starts, {@code (C, H', W')}
 * @param relevance at the image, {@code (3, H, W)}: positive for the target, negative against it
 * @param layers the account of every layer passed, from the start down
 * @param below relevance at each layer's input by the layer's name, {@code (C, H', W')}; empty unless asked for
 */
public record Attribution(String method, int target, String label, float logit, float probability, Tensor logits,
                          Tensor start, Tensor relevance, List<LayerSum> layers, Map<String, Tensor> below) {
}
