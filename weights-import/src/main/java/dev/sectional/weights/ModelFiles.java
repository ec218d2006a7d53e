package dev.sectional.weights;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.TensorSource;
import dev.sectional.core.io.MappedFile;
import dev.sectional.nn.Network;
import dev.sectional.weights.internal.architecture.ArchitectureLoader;
import dev.sectional.weights.internal.common.ModelWeights;
import dev.sectional.weights.internal.format.FormatDetector;
import dev.sectional.weights.internal.format.OpenedFile;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Loads networks from model files of any framework. The first bytes of the file decide its format, not its name:
 *
 * <table>
 * <caption>Formats</caption>
 * <tr><th>format</th><th>usual names</th></tr>
 * <tr><td>safetensors, and its index of several files</td><td>.safetensors, .safetensors.index.json</td></tr>
 * <tr><td>PyTorch: zip archive, and stream before 1.6</td><td>.pth, .pt, .bin, .pth.tar</td></tr>
 * <tr><td>Keras 2 and 3</td><td>.h5, .weights.h5, .keras</td></tr>
 * <tr><td>NumPy</td><td>.npz</td></tr>
 * <tr><td>ONNX with its graph</td><td>.onnx</td></tr>
 * </table>
 *
 * <p>The names and shapes of the tensors tell the architecture, except in ONNX files, which bring their graph.
 *
 * <pre>{@code
 * LoadOptions options = LoadOptions.builder()
 *         .mean(123.675, 116.28, 103.53).std(58.395, 57.12, 57.375).range(255)   // red, green, blue
 *         .labels(Path.of("imagenet-classes.txt"))
 *         .build();
 * try (Engine engine = Engine.open();
 *      Network network = ModelFiles.load(Path.of("resnet50.onnx"), engine, options)) {
 *     Classification found = network.classify(image);   // (3, height, width), RGB, less the mean, divided by std
 *     found.top(5).forEach(c -> System.out.println(c.label() + " " + c.probability()));
 * }
 * }</pre>
 *
 * <p>Weights stay in the mapped file, which is closed with the network. Nothing in a file is run.
 */
public final class ModelFiles {
    private ModelFiles() {}

    /**
     * Loads a network on an engine of its own. File and engine are closed with the network.
     *
     * @param file of any supported format
     * @return the network, to be closed by the caller
     * @throws InputException if the file cannot be read, or is not a supported network
     */
    public static Network load(Path file) {
        return load(file, LoadOptions.none());
    }

    /**
     * Loads a network on an engine of its own. File and engine are closed with the network.
     *
     * @param file of any supported format
     * @param options what the file leaves open, or states otherwise
     * @return the network, to be closed by the caller
     * @throws InputException if the file cannot be read, or is not the network that the options ask for
     */
    public static Network load(Path file, LoadOptions options) {
        return load(file.toString(), FormatDetector.open(file, options.stateDict()), null, options);
    }

    /**
     * Loads a network. The file is closed with it.
     *
     * @param file of any supported format
     * @param engine stays open when the network is closed
     * @return the network, to be closed by the caller
     * @throws InputException if the file cannot be read, or is not a supported network
     */
    public static Network load(Path file, Engine engine) {
        return load(file, engine, LoadOptions.none());
    }

    /**
     * Loads a network. The file is closed with it.
     *
     * @param file of any supported format
     * @param engine stays open when the network is closed
     * @param options what the file leaves open, or states otherwise
     * @return the network, to be closed by the caller
     * @throws InputException if the file cannot be read, or is not the network that the options ask for
     */
    public static Network load(Path file, Engine engine, LoadOptions options) {
        return load(file.toString(), FormatDetector.open(file, options.stateDict()), engine, options);
    }

    /**
     * Loads a network from an array on an engine of its own, which is closed with the network. A model in memory cannot
     * refer to files beside it: an index of shards is refused, and so is ONNX with elements in other files.
     *
     * @param content shared; must not be changed while the network is in use
     * @param name of the model in messages
     * @return the network, to be closed by the caller
     * @throws InputException if the content is not a supported network
     */
    public static Network load(byte[] content, String name) {
        return load(ByteBuffer.wrap(content), name);
    }

    /**
     * Loads a network from a buffer as {@link #load(byte[], String)} does. The weights stay in the buffer: outside the
     * heap if it is a direct one.
     *
     * @param content from its position to its limit; shared; must not be changed while the network is in use
     * @param name of the model in messages
     * @return the network, to be closed by the caller
     */
    public static Network load(ByteBuffer content, String name) {
        return load(MappedFile.of(name, content), null, LoadOptions.none());
    }

    /**
     * Loads a network from a stream, such as a resource of a jar, as {@link #load(byte[], String)} does. Its bytes are
     * kept outside the heap.
     *
     * @param content read to the end, not closed
     * @param name of the model in messages
     * @return the network, to be closed by the caller
     * @throws InputException also if it cannot be read to the end, or does not fit into memory
     */
    public static Network load(InputStream content, String name) {
        return load(MappedFile.of(name, content), null, LoadOptions.none());
    }

    /**
     * Loads a network from a channel as {@link #load(InputStream, String)} does from a stream.
     *
     * @param content read to the end, not closed
     * @param name of the model in messages
     * @return the network, to be closed by the caller
     */
    public static Network load(ReadableByteChannel content, String name) {
        return load(MappedFile.of(name, content), null, LoadOptions.none());
    }

    /**
     * Loads a network from memory: from what one of the methods {@link MappedFile#of} returns.
     *
     * @param content read to the end, not closed
     * @param engine stays open when the network is closed; null for one that is closed with the network
     * @param options what the file leaves open, or states otherwise
     * @return the network, to be closed by the caller
     * @throws InputException if the content is not the network that the options ask for
     */
    public static Network load(MappedFile content, Engine engine, LoadOptions options) {
        return load(content.name(), FormatDetector.open(content, options.stateDict()),
                engine, options);
    }

    /** Loads the network of an open file, which is closed with it, or at once on failure. */
    static Network load(String name, OpenedFile file, Engine engine, LoadOptions options) {
        try {
            Map<String, TensorSource> tensors = new LinkedHashMap<>();
            ModelWeights weights = file.modelWeights(options.metadata(), options.output());
            weights.tensors().forEach((tensor, stored) -> tensors.put(tensor, stored.values()));
            return new ArchitectureLoader(name, tensors).metadata(weights.metadata()).model(options.architecture())
                    .weights(options.weights()).engine(engine).closeWithNetwork(file).load();
        } catch (InputException refused) {
            file.close();
            throw described(name, file.format(), refused);
        } catch (OutOfMemoryError full) {
            file.close();
            throw new InputException("cannot read " + name + ": its network needs more than the heap of this JVM, "
                    + (Runtime.getRuntime().maxMemory() >> 20) + " MB; start Java with a greater -Xmx", full);
        } catch (RuntimeException failure) {
            file.close();
            throw failure;
        }
    }

    /** Returns a refusal of tensors by their names that also says what kind of file they are in. */
    static InputException described(String name, String format, InputException refused) {
        String message = refused.getMessage();
        if (!message.startsWith(name + ": ") || !message.contains(" tensors, looks like ")) {
            return refused;
        }
        String kind = format.startsWith("PyTorch") ? "PyTorch state dict" : format;
        return new InputException(name + ": " + kind + ", " + message.substring(name.length() + 2), refused);
    }
}
