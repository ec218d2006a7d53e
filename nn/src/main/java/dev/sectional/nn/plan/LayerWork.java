package dev.sectional.nn.plan;

import java.util.List;
import java.util.Optional;

/**
 * The predicted work of one layer for one image.
 *
 * @param algorithm of the forward pass; empty for layers other than convolutions
 * @param multiplyAdds of the products of the forward pass, without transforms and element-wise operations
 * @param weights number of weights that the forward pass reads, without biases
 * @param relevance the work of relevance rules, one element for each family that computes products at this layer
 */
public record LayerWork(Optional<ConvolutionAlgorithm> algorithm, long multiplyAdds, long weights,
        List<RelevanceWork> relevance) {
    /**
     * Copies the list.
     *
     * @param algorithm the component {@code algorithm}
     * @param multiplyAdds the component {@code multiplyAdds}
     * @param weights the component {@code weights}
     * @param relevance the component {@code relevance}
     */
    public LayerWork {
        relevance = List.copyOf(relevance);
    }

    /**
     * {@return the work of a layer that multiplies each of its weights once, such as a fully connected layer}
     *
     * @param weights number of the weights
     */
    public static LayerWork ofProduct(long weights) {
        return new LayerWork(Optional.empty(), weights, weights, List.of());
    }

    /**
     * {@return the work of a layer without products, such as a pooling}
     *
     * @param weights number of the weights
     */
    public static LayerWork elementwise(long weights) {
        return new LayerWork(Optional.empty(), 0, weights, List.of());
    }

    /**
     * {@return the predicted work of the rules of a family; empty if they compute no products at this layer}
     *
     * @param family of the rule
     */
    public Optional<RelevanceWork> relevance(RuleFamily family) {
        return relevance.stream().filter(each -> each.family() == family).findFirst();
    }
}
