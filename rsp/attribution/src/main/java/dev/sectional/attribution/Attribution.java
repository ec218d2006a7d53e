package dev.sectional.attribution;

import dev.sectional.core.Tensor;
import dev.sectional.nn.Tape;
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
 * @param start relevance where it starts, {@code (C, H', W')} for a map, one value per class at the logits
 * @param relevance at the image, {@code (3, H, W)}: positive for the target, negative against it
 * @param layers the account of every layer passed, from the start down; empty for methods that pass no relevance on
 * @param below relevance at each layer's input by the layer's name, {@code (C, H', W')}; empty unless asked for, and without layers
 *     of several inputs
 */
public record Attribution(String method, int target, String label, float logit, float probability, Tensor logits,
                          Tensor start, Tensor relevance, List<LayerAccount> layers, Map<String, Tensor> below) {
    /** Copies the list. */
    public Attribution {
        layers = List.copyOf(layers);
    }

    /**
     * The explanation of one class of a forward pass.
     *
     * @param start as the network has it, channels last
     * @param relevance {@code (3, H, W)}
     */
    public static Attribution of(String method, Tape tape, int target, Tensor start, Tensor relevance, List<LayerAccount> layers,
                          Map<String, Tensor> below) {
        List<String> labels = tape.network().card().labels();
        return new Attribution(method, target, target < labels.size() ? labels.get(target) : String.valueOf(target),
                tape.logits().data()[target], tape.probabilities()[target], tape.logits(), channelsFirst(start), relevance, layers, below);
    }

    public static Tensor channelsFirst(Tensor values) {
        return values.shape().rank() == 3 ? values.toChannelsFirst() : values;
    }
}
