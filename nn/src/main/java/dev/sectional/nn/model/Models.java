package dev.sectional.nn.model;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.TensorSource;
import dev.sectional.core.io.MappedFile;
import dev.sectional.core.io.Safetensors;
import dev.sectional.nn.Network;
import dev.sectional.nn.Weights;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Opens networks: from a safetensors file, from its bytes, or from named tensors of any source. Knows VGG, ResNet and
 * SqueezeNet by torchvision's tensor names, and every network that a file describes as a graph. More architectures, and
 * other formats, are known to {@code ModelFiles} of the module weights-import.
 */
public final class Models {
    /** Name of a model without a file in messages. */
    private static final String MEMORY = "model in memory";

    private Models() {
    }

    /**
     * Opens a network from a safetensors file. File and engine are closed with the network.
     *
     * @param safetensors of a network
     * @return the network, to be closed by the caller
     * @throws InputException if the file cannot be read or is not such a network; the message starts with the file
     */
    public static Network load(Path safetensors) {
        return load(safetensors, "", null);
    }

    /**
     * Opens a network from a safetensors file. The file is closed with the network.
     *
     * @param safetensors of a network
     * @param engine stays the caller's
     * @return the network, to be closed by the caller
     * @throws InputException if the file cannot be read or is not such a network; the message starts with the file
     */
    public static Network load(Path safetensors, Engine engine) {
        return load(safetensors, "", Objects.requireNonNull(engine, "engine"));
    }

    /**
     * Opens a network from a safetensors file and keeps its weights in a form of half precision, for hosts that are
     * short of memory. {@link #of(Safetensors)} does the same for models in memory: {@code .weights(form).load()}.
     *
     * @param safetensors of a network
     * @param form in which weights are kept
     * @return the network, to be closed by the caller
     * @throws InputException if the file cannot be read, is not such a network, or a weight is beyond the range of the
     *     form; the message starts with the file
     */
    public static Network load(Path safetensors, Weights form) {
        Safetensors opened = Safetensors.open(safetensors);
        Network network = load(opened, loader -> loader.weights(form));
        if (form != Weights.AS_GIVEN) {
            opened.close();   // so that the mapping, of which nothing is read any more, ends too
        }
        return network;
    }

    /**
     * Opens a network from the bytes of a safetensors file. The engine is closed with the network.
     *
     * @param safetensors shared; must not be changed while the network is in use
     * @return the network, to be closed by the caller
     * @throws InputException if these are not the bytes of such a network
     */
    public static Network load(byte[] safetensors) {
        return load(ByteBuffer.wrap(Objects.requireNonNull(safetensors, "safetensors")));
    }

    /**
     * Opens a network from the bytes of a safetensors file. The weights stay in the buffer: outside the heap if it is a
     * direct one. The engine is closed with the network.
     *
     * @param safetensors from its position to its limit; shared; must not be changed while the network is in use
     * @return the network, to be closed by the caller
     * @throws InputException if these are not the bytes of such a network
     */
    public static Network load(ByteBuffer safetensors) {
        return load(MappedFile.of(MEMORY, safetensors));
    }

    /**
     * Opens a network from a stream of a safetensors file, such as a resource of a jar. Its bytes are kept outside the
     * heap. The engine is closed with the network.
     *
     * @param safetensors read to the end, not closed
     * @return the network, to be closed by the caller
     * @throws InputException if it cannot be read to the end, does not fit into memory, or is not such a network
     */
    public static Network load(InputStream safetensors) {
        Objects.requireNonNull(safetensors, "the stream is null: is there a resource of that name?");
        return load(MappedFile.of(MEMORY, safetensors));
    }

    /**
     * Opens a network from a channel as {@link #load(InputStream)} does from a stream.
     *
     * @param safetensors of a network
     * @return the network, to be closed by the caller
     */
    public static Network load(ReadableByteChannel safetensors) {
        return load(MappedFile.of(MEMORY, safetensors));
    }

    private static Network load(MappedFile content) {
        return load(Safetensors.of(content), loader -> { });
    }

    /** Opens a network of a family, any for {@code ""}, on an engine, its own for null. */
    static Network load(Path path, String family, Engine engine) {
        return load(Safetensors.open(path), loader -> loader.family(family).engine(engine));
    }

    private static Network load(Safetensors opened, Consumer<ModelLoader> settings) {
        try {
            ModelLoader loader = of(opened);
            settings.accept(loader);
            return loader.load();
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /**
     * {@return a loader of a network from a safetensors file, or from one in memory: {@link Safetensors#of}}
     *
     * @param opened closed with the network, which notices until then that a file is shortened; the caller closes it if
     *     loading fails
     */
    public static ModelLoader of(Safetensors opened) {
        Objects.requireNonNull(opened, "opened");
        Map<String, TensorSource> tensors = new LinkedHashMap<>();
        opened.names().forEach(name -> tensors.put(name, opened.source(name)));
        return of(opened.name(), tensors).metadata(opened.metadata()).closeWithNetwork(opened);
    }

    /**
     * {@return a loader of a network from named tensors}
     *
     * @param file name of the source, for messages
     * @param tensors by torchvision's names, in torchvision's layouts: {@code (O, C, kernel height, kernel width)} and
     *     {@code (outputs, inputs)}
     */
    public static ModelLoader of(String file, Map<String, ? extends TensorSource> tensors) {
        return new ModelLoader(file, tensors);
    }

    /** {@return the names of the known models, in lower case, such as {@code vgg16}} */
    public static List<String> names() {
        return Stream.of(Vgg.names(), ResNet.names(), SqueezeNet.names()).flatMap(List::stream).toList();
    }

    /**
     * {@return whether the names and shapes of tensors suggest a model that this class knows, or a variant of one}
     *
     * @param tensors by torchvision's names
     */
    public static boolean knows(Map<String, ? extends TensorSource> tensors) {
        return !familyOf(tensors).isEmpty();
    }

    /** Returns the family that names and shapes suggest; empty if none does. */
    static String familyOf(Map<String, ? extends TensorSource> tensors) {
        if (SqueezeNet.isOne(tensors.keySet())) {
            return SqueezeNet.FAMILY;
        }
        return ResNet.isOne(tensors.keySet()) ? ResNet.FAMILY : Vgg.isOne(tensors) ? Vgg.FAMILY : "";
    }
}
