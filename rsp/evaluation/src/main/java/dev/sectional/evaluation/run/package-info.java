/**
 * Runs: explains the images of a dataset, measures the maps and stores the results so that an interrupted run resumes.
 *
 * <table>
 * <caption>Classes</caption>
 * <tr><td>{@link dev.sectional.evaluation.run.Evaluation}</td><td>a run over a dataset on one machine</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.run.ImageEvaluator}, {@link dev.sectional.evaluation.run.ImageResult}</td>
 *     <td>one image and one method; the unit that a cluster distributes</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.run.Explainers}</td><td>explanation methods by name</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.run.ClassMap}</td><td>classes of the network for classes of the
 *     dataset</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.run.Preprocessing}</td><td>from an image to the network's input</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.run.RunSettings}, {@link dev.sectional.evaluation.run.UsedOptions}</td>
 *     <td>the settings stored with the results; refusal of those without effect</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.run.ResultLines} (ResultsFile, NamedValues),
 *     {@link dev.sectional.evaluation.run.FolderLock}</td><td>results on disk, of one run at a time</td></tr>
 * </table>
 *
 * <p>Formulas belong into {@code metric}; tables and figures into {@code report}.
 */
package dev.sectional.evaluation.run;
