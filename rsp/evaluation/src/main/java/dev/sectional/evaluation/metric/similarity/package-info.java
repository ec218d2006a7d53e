/**
 * Measures of the similarity of two maps.
 *
 * <table>
 * <caption>Classes</caption>
 * <tr><td>{@link dev.sectional.evaluation.metric.similarity.Similarity}</td><td>every measure by name</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.metric.similarity.Ssim}</td><td>structural similarity</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.metric.similarity.Correlation}</td><td>Pearson's and Spearman's
 *     coefficients</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.metric.similarity.Hog}</td><td>histograms of oriented gradients</td></tr>
 * </table>
 *
 * <p>The choice of maps to compare belongs into {@code randomisation}.
 */
package dev.sectional.evaluation.metric.similarity;
