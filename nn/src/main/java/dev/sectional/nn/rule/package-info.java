/**
 * Relevance rules: how relevance at the output of one layer is propagated to its inputs. In the formulas x is the
 * layer's input, w its weights, r relevance at its output and c relevance at its input.
 *
 * <ul>
 * <li>{@link dev.sectional.nn.rule.Rule} is the interface, {@link dev.sectional.nn.rule.MergeRule} that of rules for
 *     layers with several inputs; {@link dev.sectional.nn.rule.Propagated} is their result, and
 *     {@link dev.sectional.nn.rule.AbsorbedRelevance} the relevance that does not reach an input;
 * <li>{@link dev.sectional.nn.rule.Rules} offers the published rules by name;
 * <li>{@link dev.sectional.nn.rule.LinearRatioRule} states most of them as data:
 *     {@link dev.sectional.nn.rule.Modifier}s of inputs and weights and a {@link dev.sectional.nn.rule.Stabiliser}, as
 *     zennit does;
 * <li>{@link dev.sectional.nn.rule.Composite} assigns a rule to each layer of a network.
 * </ul>
 *
 * <p>What belongs here: rules for layers, rules that wrap others, and composites of them. What does not: products of
 * tensors ({@code dev.sectional.core}), their choice ({@code dev.sectional.nn.plan}), and the walk through a network,
 * which is the attribution module's. RSP's own rule lives in {@code dev.sectional.nn.rule.rsp}; nothing here names it,
 * and attribution's {@code Rsp} offers it.
 *
 * <p>To add a rule, implement {@link dev.sectional.nn.rule.Rule} with the tensor operations of
 * {@code dev.sectional.core.ops.TensorOps}, or describe it as a {@link dev.sectional.nn.rule.LinearRatioRule}; state
 * its conservation property in a paragraph that begins with "Property:", and check it with the rule contract of the
 * tests.
 */
package dev.sectional.nn.rule;
