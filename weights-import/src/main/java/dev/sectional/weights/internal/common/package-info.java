/**
 * What the readers of all formats share. This package uses no other package of the module.
 *
 * <table>
 * <caption>Classes</caption>
 * <tr><th>class</th><th>purpose</th></tr>
 * <tr><td>{@code FileBytes}</td><td>random access to a mapped file of any length</td></tr>
 * <tr><td>{@code ZipArchive}, {@code BoundedInflater}</td><td>members of zip archives, in place or unpacked within
 * limits</td></tr>
 * <tr><td>{@code StridedTensor}</td><td>elements of any type and stride, read in place as float32</td></tr>
 * <tr><td>{@code TensorViews}</td><td>transposed, scaled and constant tensors</td></tr>
 * <tr><td>{@code StoredTensor}, {@code ModelWeights}</td><td>a tensor with its type; the weights of a network</td></tr>
 * <tr><td>{@code PixelScale}, {@code Printable}</td><td>means on another scale; text that is safe in a
 * message</td></tr>
 * <tr><td>{@code SizeGuard}</td><td>refuses images of other sizes than the import's</td></tr>
 * <tr><td>{@code PixelPreset}, {@code PixelEvidence}</td><td>how pixels become inputs, and which pixels a network
 * takes that scales them itself</td></tr>
 * <tr><td>{@code Assumptions}</td><td>lists what a file leaves open</td></tr>
 * <tr><td>{@code Probabilities}</td><td>how the outputs of a graph become probabilities</td></tr>
 * <tr><td>{@code LabelFile}</td><td>names of classes out of a text file</td></tr>
 * </table>
 *
 * <p>What belongs to one format or one network stays out.
 */
package dev.sectional.weights.internal.common;
