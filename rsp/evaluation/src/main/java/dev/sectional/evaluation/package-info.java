/**
 * The contract between datasets, explanation methods and metrics.
 *
 * <table>
 * <caption>Classes</caption>
 * <tr><td>{@link dev.sectional.evaluation.Explainer}</td><td>an explanation method</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.Metric}</td><td>a measure of one map, and its figures over many</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.Case}</td><td>the input of a metric: one class of one image, explained with
 *     one method</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.Saliency}</td><td>a map of one value per pixel</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.Figure}</td><td>a figure of a metric: a function of sums over cases</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.Estimate}</td><td>its value with unit, direction, cases and
 *     interval</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.Summary}</td><td>the result of one metric for one method</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.Summaries}</td><td>computes summaries; {@code Bootstrap} their
 *     intervals</td></tr>
 * </table>
 *
 * <p>Types that both metrics and runs need belong here. Datasets, metrics, the run and the reports have packages of
 * their own. Dependencies: {@code internal <- data <- evaluation <- metric}; {@code evaluation <- report <- run}.
 */
package dev.sectional.evaluation;
