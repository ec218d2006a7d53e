/**
 * Explanations as an interactive page.
 *
 * <table>
 * <caption>Classes</caption>
 * <tr><td>{@link dev.sectional.viewer.Viewer}</td><td>serves the page on the loopback interface</td></tr>
 * <tr><td>{@link dev.sectional.viewer.Report}</td><td>writes the page as one file</td></tr>
 * <tr><td>{@link dev.sectional.viewer.ViewedModel}, {@link dev.sectional.viewer.Sample}</td><td>the network and the
 * sample photos of a page</td></tr>
 * <tr><td>{@link dev.sectional.viewer.ModelIdentity}, {@link dev.sectional.viewer.ResultRecord}</td><td>the network's
 * file, and an explanation as the command line prints it and the page exports it</td></tr>
 * <tr><td>{@link dev.sectional.viewer.ImagePreparation}</td><td>brings images to the network's size</td></tr>
 * </table>
 *
 * <p>{@code Api} answers requests; {@code Studio} holds images and results in memory and calculates; {@code Described}
 * turns results into JSON. What knows no network is in {@code dev.sectional.viewer.internal}. The page itself is in
 * the resources: {@code page.html}, {@code page.css}, and scripts: {@code maps.js} (arithmetic and colours),
 * {@code source.js} (requests), {@code cells.js} (one map), {@code pointer.js} (brush and rectangle),
 * {@code methods.js} (the form of settings), {@code panels.js} (rectangle, layers, export) and {@code page.js} (what
 * was chosen, and the grid).
 */
package dev.sectional.viewer;
