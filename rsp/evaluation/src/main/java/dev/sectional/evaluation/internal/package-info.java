/**
 * Helpers that several packages of this module share; not exported.
 *
 * <table>
 * <caption>Classes</caption>
 * <tr><td>{@link dev.sectional.evaluation.internal.CounterRandom}</td><td>random numbers by seed and index</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.internal.Bilinear}</td><td>bilinear resizing as PyTorch's</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.internal.TextFile}</td><td>lists in text files</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.internal.FileNames}</td><td>file names from method names</td></tr>
 * <tr><td>{@link dev.sectional.evaluation.internal.Digest}</td><td>SHA-256 of inputs</td></tr>
 * </table>
 *
 * <p>A helper of one package belongs into that package.
 */
package dev.sectional.evaluation.internal;
