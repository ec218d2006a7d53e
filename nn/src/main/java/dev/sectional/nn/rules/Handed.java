package dev.sectional.nn.rules;

import dev.sectional.core.Tensor;

/**
 * What a rule handed down.
 *
 * @param relevance at the layer's input
 * @param lost what the rule's law says does not arrive (to biases, stabilisers, dead places), found at the output side:
 *     {@code sum(r) - sum(relevance) = lost} up to rounding. Negative when more arrives than was given.
 */
public record Handed(Tensor relevance, double lost) {
}
