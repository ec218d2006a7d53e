/**
 * The metrics by name, and those that compare a map with the ground truth.
 *
 * <table>
 * <caption>Classes</caption>
 * <tr><td>{@link dev.sectional.evaluation.metric.Metrics}</td><td>every metric by its name on the command
 *     line</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.metric.PointingGame}</td><td>whether the greatest value lies on the
 *     class</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.metric.Segmentation} (Otsu, AveragePrecision)</td>
 *     <td>the thresholded map as a segmentation</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.metric.RelevanceMass}</td><td>share of the relevance inside the
 *     class</td></tr>
 * </table>
 *
 * <p>A new metric implements {@link dev.sectional.evaluation.Metric} and gets a name in
 * {@link dev.sectional.evaluation.metric.Metrics}. Metrics that run the network again live in {@code faithfulness},
 * those that compare maps with maps in {@code randomisation}; measures of two maps live in {@code similarity}.
 */
package dev.sectional.evaluation.metric;
