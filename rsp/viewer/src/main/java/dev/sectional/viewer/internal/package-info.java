/**
 * The parts of the server that know nothing about networks.
 *
 * <table>
 * <caption>Classes</caption>
 * <tr><td>{@link dev.sectional.viewer.internal.Guard}</td><td>refuses requests of other hosts, sites and without the
 * token</td></tr>
 * <tr><td>{@link dev.sectional.viewer.internal.Call}</td><td>one request and its reply</td></tr>
 * <tr><td>{@link dev.sectional.viewer.internal.Refusal}</td><td>a request that is answered with an error</td></tr>
 * <tr><td>{@link dev.sectional.viewer.internal.Jobs}</td><td>runs a bounded number of calculations at once</td></tr>
 * <tr><td>{@link dev.sectional.viewer.internal.Resources}</td><td>the files of the page</td></tr>
 * <tr><td>{@link dev.sectional.viewer.internal.JsonText}, {@link dev.sectional.viewer.internal.Payload}</td>
 * <td>results as JSON, and as JSON followed by float32</td></tr>
 * <tr><td>{@link dev.sectional.viewer.internal.Blur}</td><td>blurs a rectangle of an image</td></tr>
 * <tr><td>{@link dev.sectional.viewer.internal.Bounded}</td><td>a map that drops its oldest entries</td></tr>
 * </table>
 */
package dev.sectional.viewer.internal;
