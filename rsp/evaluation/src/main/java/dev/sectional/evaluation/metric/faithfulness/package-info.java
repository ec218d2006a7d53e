/**
 * Metrics that disturb the image and observe the network or the map.
 *
 * <table>
 * <caption>Classes</caption>
 * <tr><td>{@link dev.sectional.evaluation.metric.faithfulness.InsertionDeletion} (Blur)</td>
 *     <td>probability while pixels are inserted or deleted</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.metric.faithfulness.PixelFlipping}</td><td>logit while squares are
 *     replaced</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.metric.faithfulness.Infidelity}</td><td>error of relevance as a prediction of
 *     the logit's drop</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.metric.faithfulness.MaxSensitivity}</td><td>change of the map under small
 *     noise</td></tr>
 * <tr><td>Regions, Replacement, Scores</td><td>order of pixels, curves of scores, the network's scores</td></tr>
 * </table>
 *
 * <p>Metrics that change the network's weights belong into {@code randomisation}.
 */
package dev.sectional.evaluation.metric.faithfulness;
