/**
 * Entry points for model files of any framework.
 *
 * <table>
 * <caption>Classes</caption>
 * <tr><th>class</th><th>use</th></tr>
 * <tr><td>{@link dev.sectional.weights.ModelFiles}</td><td>opens a file as a network</td></tr>
 * <tr><td>{@link dev.sectional.weights.Converter}</td><td>writes a file as safetensors</td></tr>
 * <tr><td>{@link dev.sectional.weights.WeightsFile}</td><td>lists a file's tensors and metadata as they are</td></tr>
 * </table>
 *
 * <p>Downloads are in {@link dev.sectional.weights.fetch}. Readers of formats are not here but in internal packages:
 * {@code internal.format} finds the format of a file, {@code internal.torch}, {@code .hdf5}, {@code .numpy} and
 * {@code .onnx} read it, {@code internal.naming} and {@code .keras} turn its names into torchvision's,
 * {@code internal.architecture} tells and builds the architecture by them, and {@code internal.common} has what they
 * share.
 */
package dev.sectional.weights;
