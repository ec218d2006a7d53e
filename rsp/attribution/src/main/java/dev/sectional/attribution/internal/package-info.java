/**
 * Machinery that several methods share. Not exported.
 *
 * <table>
 * <caption>Classes</caption>
 * <tr><td>{@link dev.sectional.attribution.internal.Targets}</td><td>target classes, their start at the logits, and one
 * pass for all of them</td></tr>
 * <tr><td>{@link dev.sectional.attribution.internal.StartRelevance}</td><td>RSP's start at a feature map; Grad-CAM's
 * weights</td></tr>
 * <tr><td>{@link dev.sectional.attribution.internal.RelevancePropagation}</td><td>relevance from the start to the
 * image, with the account of each layer</td></tr>
 * <tr><td>{@link dev.sectional.attribution.internal.Attributions}</td><td>results out of a tape</td></tr>
 * <tr><td>{@link dev.sectional.attribution.internal.PooledTape}</td><td>a forward pass that returns its
 * memory</td></tr>
 * </table>
 */
package dev.sectional.attribution.internal;
