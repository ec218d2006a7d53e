/**
 * Tensor files: safetensors, the header of NumPy's .npy, memory-mapped files, and models in memory.
 *
 * <ul>
 *   <li>{@link dev.sectional.core.io.Safetensors} opens a file and checks its header;
 *       {@link dev.sectional.core.io.SafetensorsWriter} writes one.</li>
 *   <li>{@link dev.sectional.core.io.MappedFile} maps a file and notices when it is shortened, or holds bytes that
 *       {@code Contents} reads from a stream or channel; {@link dev.sectional.core.io.MappedTensor} is a tensor whose
 *       elements stay there.</li>
 *   <li>{@link dev.sectional.core.io.NpyHeader} parses the header of a .npy file.</li>
 * </ul>
 *
 * <p>Ownership: who opens a {@code Safetensors} or {@code MappedFile} closes it. Closing releases the file handle; it
 * does not invalidate mappings. Tensor sources stay readable after close, and their mapping is unmapped when the last
 * of them is garbage collected. After close a shortened file is no longer noticed before a read.
 *
 * <p>Formats of frameworks (PyTorch, Keras, ONNX) belong to the module {@code dev.sectional.weights}.
 */
package dev.sectional.core.io;
