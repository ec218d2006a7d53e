package dev.sectional.weights;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.ModelLoader;
import dev.sectional.nn.model.Models;
import dev.sectional.weights.internal.common.ModelWeights;
import dev.sectional.weights.internal.common.Printable;
import dev.sectional.weights.internal.format.FormatDetector;
import dev.sectional.weights.internal.format.OpenedFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

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
     * @throws InputException if the file cannot be read, or is not a supported network
     */
    public static Network load(Path file) {
        return load(file, LoadOptions.none());
    }

    /**
     * Loads a network on an engine of its own. File and engine are closed with the network.
     *
     * @throws InputException if the file cannot be read, or is not the network that the options ask for
     */
    public static Network load(Path file, LoadOptions options) {
        return load(file.toString(), FormatDetector.open(file, options.stateDict()), loader -> { }, options);
    }

    /**
     * Loads a network. The file is closed with it.
     *
     * @param engine stays open when the network is closed
     * @throws InputException if the file cannot be read, or is not a supported network
     */
    public static Network load(Path file, Engine engine) {
        return load(file, engine, LoadOptions.none());
    }

    /**
     * Loads a network. The file is closed with it.
     *
     * @param engine stays open when the network is closed
     * @throws InputException if the file cannot be read, or is not the network that the options ask for
     */
    public static Network load(Path file, Engine engine, LoadOptions options) {
        return load(file.toString(), FormatDetector.open(file, options.stateDict()), loader -> loader.engine(engine),
                options);
    }

    /**
     * Loads a network that is not in a file, such as a resource of a jar. Its bytes are copied to the folder of
     * temporary files, because weights are mapped; the copy is deleted at once where the system allows it, else when
     * the JVM ends.
     *
     * @param name of the model in messages
     * @param content the bytes of a model file; read to the end, not closed
     * @param engine stays open when the network is closed
     * @throws InputException if the copy cannot be written, or is not the network that the options ask for
     */
    public static Network load(String name, InputStream content, Engine engine, LoadOptions options) {
        Path copy = null;
        try {
            copy = temporaryFile();
            Files.copy(content, copy, StandardCopyOption.REPLACE_EXISTING);
            return load(copy, engine, options);
        } catch (IOException e) {
            throw new InputException("cannot copy " + name + " to " + System.getProperty("java.io.tmpdir") + ": "
                    + Printable.reason(e) + "; make room there, or name another folder with -Djava.io.tmpdir=FOLDER",
                            e);
        } catch (InputException e) {
            throw new InputException(e.getMessage().replace(copy.toString(), name), e);
        } finally {
            delete(copy);
        }
    }

    /** Loads the network of an open file, which is closed with it, or at once on failure. */
    static Network load(String name, OpenedFile file, Consumer<ModelLoader> engine, LoadOptions options) {
        try {
            Map<String, TensorSource> tensors = new LinkedHashMap<>();
            ModelWeights weights = file.modelWeights(options.metadata(), options.output());
            weights.tensors().forEach((tensor, stored) -> tensors.put(tensor, stored.values()));
            ModelLoader loader = Models.of(name, tensors).metadata(weights.metadata()).model(options.architecture())
                    .closeWithNetwork(file);
            engine.accept(loader);
            return loader.load();
        } catch (RuntimeException failure) {
            file.close();
            throw failure;
        }
    }

    /**
     * Creates an empty file. {@code createTempFile} would add tens of milliseconds to a start, for secure random
     * numbers.
     */
    private static Path temporaryFile() throws IOException {
        String name = "sectional-" + ProcessHandle.current().pid() + "-" + Long.toHexString(System.nanoTime()) + ".tmp";
        return Files.createFile(Path.of(System.getProperty("java.io.tmpdir"), name));
    }

    /** Deletes a file that is mapped; Windows refuses that, and the file goes when the JVM ends. */
    private static void delete(Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            file.toFile().deleteOnExit();
        }
    }
}
