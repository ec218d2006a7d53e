/**
 * The verification kit: properties that relevance rules, layers, methods on whole networks and heatmaps hold, and jqwik
 * generators of cases to check them on. Extend one of the abstract classes in a test of your own; Sectional's own tests
 * do the same.
 *
 * <ul>
 * <li>{@link dev.sectional.laws.RuleProperties} checks the properties of {@link dev.sectional.laws.RuleProperty};
 *     {@link dev.sectional.laws.Absorption} names what a rule declares to absorb, and
 *     {@link dev.sectional.laws.Reference} another way to compute it, such as
 *     {@link dev.sectional.laws.ConvolutionReference} in float64;
 * <li>{@link dev.sectional.laws.Case} is a layer with inputs and relevance; {@link dev.sectional.laws.Cases} and
 *     {@link dev.sectional.laws.TensorCases} generate them from {@link dev.sectional.laws.Values} that a
 *     {@link dev.sectional.laws.Draw} supplies, and {@link dev.sectional.laws.Steps} says how their windows move.
 * <li>{@link dev.sectional.laws.LayerProperties} checks the properties of {@link dev.sectional.laws.LayerProperty} on
 *     the same cases;
 * <li>{@link dev.sectional.laws.MethodProperties} checks the properties of {@link dev.sectional.laws.MethodProperty} on
 *     whole networks: on a {@link dev.sectional.laws.NetworkSource}, such as a {@link dev.sectional.laws.NetworkPlan}
 *     of {@link dev.sectional.laws.Block}s, which shrinks;
 * <li>{@link dev.sectional.laws.HeatmapProperties} checks how relevance is scaled for drawing.
 * </ul>
 */
package dev.sectional.laws;
