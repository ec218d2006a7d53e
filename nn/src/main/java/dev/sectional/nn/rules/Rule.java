package dev.sectional.nn.rules;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;

/**
 * How one layer hands relevance from its output down to its input. Rules are stateless and safe to share.
 */
public interface Rule {
    /** The name by which the field knows the rule. */
    String name();

    /** Whether the rule is defined for this kind of layer. */
    boolean fits(Layer layer);

    /**
     * @param x the layer's input
     * @param r relevance at its output, of the output's shape
     * @return relevance at its input, of x's shape, and what the rule's law says is lost
     * @throws IllegalArgumentException if the rule does not fit the layer
     */
    Handed apply(Engine engine, Layer layer, Tensor x, Tensor r);
}
