package dev.sectional.nn.plan;

/**
 * The predicted work of the relevance rules of one family at one convolution.
 *
 * @param family the rules
 * @param algorithm of their products
 * @param multiplyAdds of the products, without transforms and element-wise operations; half of the relevance and, where
 *     the algorithm skips zeros, half of the inputs count as nonzero
 */
public record RelevanceWork(RuleFamily family, RelevanceAlgorithm algorithm, long multiplyAdds) {
}
