package dev.sectional.weights.internal.format;

import dev.sectional.core.InputException;
import dev.sectional.weights.internal.common.CannotRead;
import dev.sectional.weights.internal.common.ModelWeights;
import dev.sectional.weights.internal.common.Printable;
import dev.sectional.weights.internal.common.StoredTensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An open file of weights: its tensors, its metadata, and the way from them to a network's weights. Elements stay in
 * the mapped file until they are read. Safe for use by several threads.
 */
public final class OpenedFile implements AutoCloseable {
    /** The beginning of the reason in messages about faults that no reader should have. */
    public static final String UNEXPECTED = "its reader failed unexpectedly";

    private final String format;
    private final Map<String, StoredTensor> tensors;
    private final Map<String, String> metadata;
    private final NetworkReader network;
    private final List<AutoCloseable> resources;

    /**
     * @param format name of the format in words
     * @param network see {@link #modelWeights(Map, String)}
     * @param resources closed with this, in that order
     */
    OpenedFile(String format, Map<String, StoredTensor> tensors, Map<String, String> metadata,
               NetworkReader network, AutoCloseable... resources) {
        this.format = format;
        this.tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
        this.metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
        this.network = network;
        this.resources = List.of(resources);
    }

    /** Makes the weights of a network from the tensors of a file. */
    @FunctionalInterface
    interface NetworkReader {
        /** Does what {@link OpenedFile#modelWeights(Map, String)} says. */
        ModelWeights read(Map<String, String> overrides, String output);
    }

    /** Returns the name of the format in words, such as {@code PyTorch zip archive}. */
    public String format() {
        return format;
    }

    /** Returns all tensors by the names in the file, in the file's order. The map cannot be changed. */
    public Map<String, StoredTensor> tensors() {
        return tensors;
    }

    /** Returns the metadata of the file; empty unless it is safetensors, HDF5 or ONNX. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /**
     * Returns the weights as a network takes them: under torchvision's names and in its layout, or, of an ONNX file,
     * under the names of the graph's nodes with the graph in the metadata. The file's own metadata wins over what its
     * layout implies.
     *
     * @param overrides {@code sectional.*} keys that win over all others
     * @param output name of the output or value of an ONNX graph that has the logits; empty for its only output
     * @throws dev.sectional.core.InputException if two tensors get the same name, an ONNX graph is not a classifier, or
     *     a file without a graph is asked for an output
     */
    public ModelWeights modelWeights(Map<String, String> overrides, String output) {
        try {
            return network.read(overrides, output);
        } catch (InputException refused) {
            throw refused;
        } catch (RuntimeException fault) {   // the last line of defence; the fuzzer reports it
            throw unexpected(format, fault);
        }
    }

    /** Returns the exception for a fault of a reader, which a file of its format should not be able to cause. */
    static InputException unexpected(String file, RuntimeException fault) {
        return CannotRead.file(file, UNEXPECTED + " (" + fault.getClass().getSimpleName() + ": "
                + Printable.plain(fault.getMessage()) + "); the file is damaged or unusual: fetch it again, and"
                + " report it if that does not help", fault);
    }

    /** Closes the file. Its tensors must not be read afterwards. */
    @Override
    public void close() {
        resources.forEach(OpenedFile::closeReadOnly);
    }

    static void closeReadOnly(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception impossible) {
            throw new IllegalStateException(impossible);   // the files are open for reading only
        }
    }
}
