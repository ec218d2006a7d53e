package dev.sectional.weights;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.TensorSource;
import dev.sectional.weights.internal.common.StoredTensor;
import dev.sectional.weights.internal.format.FormatDetector;
import dev.sectional.weights.internal.format.OpenedFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The tensors and metadata of a file of weights, under the names that the file gives them. The first bytes decide the
 * format, not the name; {@link ModelFiles} lists the formats.
 *
 * <p>Elements stay in the mapped file and become float32 when they are read, so a file may be larger than the heap.
 * Only compressed parts are unpacked to memory. Safe for use by several threads.
 */
public final class WeightsFile implements AutoCloseable {
    private final Path path;
    private final OpenedFile file;
    private final Map<String, StoredTensor> tensors;

    private WeightsFile(Path path, OpenedFile file) {
        this.path = path;
        this.file = file;
        this.tensors = file.tensors();
    }

    /**
     * Opens a file and checks that every tensor it describes lies inside it. Of a training checkpoint it takes the
     * model's tensors and leaves the optimizer's state.
     *
     * @param path of a file of any format
     * @return the file, to be closed by the caller
     * @throws InputException if there is no such file, its format is unknown, it is truncated or damaged, or its pickle
     *     asks for something other than tensors and plain containers
     */
    public static WeightsFile open(Path path) {
        return new WeightsFile(path, FormatDetector.open(path));
    }

    /** {@return the name of the format in words, such as {@code PyTorch zip archive}} */
    public String format() {
        return file.format();
    }

    /** {@return the names of all tensors, in the order of the file} */
    public List<String> names() {
        return List.copyOf(tensors.keySet());
    }

    /**
     * {@return the type of a tensor's elements in the file}
     *
     * @param name of a tensor
     * @throws InputException if there is no such tensor
     */
    public DType type(String name) {
        return stored(name).type();
    }

    /**
     * Returns a tensor whose elements are read from the file as float32; whole numbers beyond 2^24 are rounded. It must
     * not be read after {@link #close}.
     *
     * @param name of a tensor
     * @return the tensor, as it is stored
     * @throws InputException if there is no such tensor
     */
    public TensorSource source(String name) {
        return stored(name).values();
    }

    /** {@return the metadata of the file; empty unless it is safetensors, HDF5 or ONNX} */
    public Map<String, String> metadata() {
        return file.metadata();
    }

    /** Closes the file. Its tensors must not be read afterwards. */
    @Override
    public void close() {
        file.close();
    }

    private StoredTensor stored(String name) {
        StoredTensor stored = tensors.get(name);
        if (stored == null) {
            throw new InputException("cannot read tensor " + name + " of " + path
                    + ": there is no such tensor; names() lists them");
        }
        return stored;
    }
}
