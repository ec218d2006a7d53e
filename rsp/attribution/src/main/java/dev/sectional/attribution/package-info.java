/**
 * Explanations of a classifier's decisions: the entry points.
 *
 * <table>
 * <caption>Classes</caption>
 * <tr><td>{@link dev.sectional.attribution.Method}</td><td>a way to explain;
 * {@link dev.sectional.attribution.PropagationMethod} if it propagates relevance layer by layer;
 * {@link dev.sectional.attribution.PassListener} follows and stops many passes</td></tr>
 * <tr><td>{@link dev.sectional.attribution.Target}, {@link dev.sectional.attribution.Interest}</td><td>the classes to
 * explain, and the classes to set them against</td></tr>
 * <tr><td>{@link dev.sectional.attribution.Attribution}, {@link dev.sectional.attribution.LayerAccount},
 * {@link dev.sectional.attribution.Completeness}</td><td>the result, its account of each layer, and that of its sum
 * for methods that propagate nothing</td></tr>
 * <tr><td>{@link dev.sectional.attribution.Verification}</td><td>checks the properties of rules on a network</td></tr>
 * <tr><td>{@link dev.sectional.attribution.WarmUp}</td><td>compiles a method before the first image</td></tr>
 * </table>
 *
 * <p>The methods themselves are in {@code dev.sectional.attribution.method}, pixels in
 * {@code dev.sectional.attribution.image}. This package imports neither; whatever needs only one method belongs to that
 * method.
 */
package dev.sectional.attribution;
