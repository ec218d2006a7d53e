/**
 * Reads what {@code torch.save} writes, without running anything that a pickle names.
 *
 * <table>
 * <caption>Classes, from the file down to the pickle</caption>
 * <tr><th>class</th><th>purpose</th></tr>
 * <tr><td>{@code TorchFile}</td><td>the zip archive and the legacy stream; places tensors over storages</td></tr>
 * <tr><td>{@code StateDictReader}</td><td>finds the model's tensors in a checkpoint</td></tr>
 * <tr><td>{@code TensorUnpickler}</td><td>the pickle machine, with limits</td></tr>
 * <tr><td>{@code PickleAllowList}</td><td>every class that a pickle may name, and its replacement</td></tr>
 * <tr><td>{@code PickleInput}</td><td>the pickle's bytes</td></tr>
 * <tr><td>{@code StorageRef}, {@code TensorRef}</td><td>storages and tensors as the pickle describes them</td></tr>
 * </table>
 *
 * <p>Names of networks belong in {@code internal.naming}.
 */
package dev.sectional.weights.internal.torch;
