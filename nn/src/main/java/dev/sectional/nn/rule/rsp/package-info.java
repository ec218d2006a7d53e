/**
 * RSP's convolution rule and its algorithms. The package is internal: attribution's {@code Rsp} offers the rule to
 * embedders.
 *
 * <ul>
 * <li>{@link dev.sectional.nn.rule.rsp.RspRule} is the rule: it scales relevance and input to moderate size, lets
 *     {@code AlgorithmPlanner} choose an algorithm, and applies the uniform shift;
 * <li>{@code RspAlgorithm} is the interface of the algorithms, {@code RelevanceShares} their result;
 * <li>{@code DirectRelevance} computes the filter gradient and direct products with it, for any geometry;
 * <li>{@code PointwiseRelevance} computes them for 1x1 kernels, both signs together, in blocks of positions, all of
 *     them or those of nonzeros alone;
 * <li>{@code WinogradRelevance} computes all products by Winograd's minimal filtering;
 * <li>{@code GramRelevance} computes products between positions, without filters, {@code GramPhase} those of one offset
 *     of the stride's grid;
 * <li>{@code SparseRelevance} computes direct products over the nonzeros of the relevance alone, for 3x3 kernels.
 * </ul>
 *
 * <p>What belongs here: everything that only RSP's rule needs. What does not: rules of other methods
 * ({@code dev.sectional.nn.rule}), the choice of the algorithm ({@code dev.sectional.nn.plan}), RSP's start relevance
 * and composite (the attribution module).
 */
package dev.sectional.nn.rule.rsp;
