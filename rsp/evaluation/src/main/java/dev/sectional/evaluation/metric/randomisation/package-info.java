/**
 * Metrics that compare the map with the map of another network or of another class: model randomisation (Adebayo et
 * al., 2018) and class sensitivity.
 *
 * <table>
 * <caption>Classes</caption>
 * <tr><td>{@link dev.sectional.evaluation.metric.randomisation.ModelRandomisation}</td><td>maps of untrained
 *     networks</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.metric.randomisation.ClassSensitivity}</td><td>maps of two classes</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.metric.randomisation.RandomisedNetworks} (HeUniform)</td>
 *     <td>the network with some layers untrained</td></tr>
 * </table>
 *
 * <p>The measures of similarity themselves belong into {@code similarity}.
 */
package dev.sectional.evaluation.metric.randomisation;
