/**
 * The planner: which algorithm computes each convolution and each relevance rule, and what it costs.
 *
 * <ul>
 * <li>{@link dev.sectional.nn.plan.AlgorithmPlanner} makes every choice, before a layer runs or while it runs;
 * <li>{@link dev.sectional.nn.plan.ConvolutionAlgorithm} and {@link dev.sectional.nn.plan.RelevanceAlgorithm} are the
 *     choices;
 * <li>{@link dev.sectional.nn.plan.RuleFamily} groups relevance rules by the products that they compute;
 * <li>{@link dev.sectional.nn.plan.ConvolutionShape} states the sizes of one convolution;
 * <li>{@link dev.sectional.nn.plan.LayerWork} and {@link dev.sectional.nn.plan.RelevanceWork} predict the work of one
 *     layer and of the rules at it, {@link dev.sectional.nn.plan.LayerPlan} places that in a network,
 *     {@link dev.sectional.nn.plan.NetworkPlan} lists the layers. {@code Network.plan(Shape)} returns one.
 * </ul>
 *
 * <p>What belongs here: decisions that depend on shapes, strides, groups, the provider or the share of nonzeros, and
 * the constants behind them. What does not: the algorithms ({@code dev.sectional.core.internal.conv}), layers, and
 * relevance rules. The package depends on {@code core} alone, so that layers, networks and rules can all use it.
 */
package dev.sectional.nn.plan;
