package dev.sectional.nn.model;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.TensorSource;
import dev.sectional.core.io.Safetensors;
import dev.sectional.nn.Network;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Opens networks: from a safetensors file, or from named tensors of any source. Knows the convolutional
 * families of torchvision by their tensor names, and every network that a file describes as a graph.
 */
public final class Models {
    private Models() {
    }

    /**
     * Opens a network from a safetensors file. File and engine are closed with the network.
     *
     * @throws InputException if the file cannot be read or is not such a network; the message starts with the file
     */
    public static Network load(Path safetensors) {
        return load(safetensors, "", null);
    }

    /**
     * Opens a network from a safetensors file. The file is closed with the network.
     *
     * @param engine stays the caller's
     * @throws InputException if the file cannot be read or is not such a network; the message starts with the file
     */
    public static Network load(Path safetensors, Engine engine) {
        return load(safetensors, "", engine);
    }

    /** Opens a network of a family, any for {@code ""}, on an engine, its own for null. */
    static Network load(Path path, String family, Engine engine) {
        Safetensors opened = Safetensors.open(path);
        try {
            Map<String, TensorSource> tensors = new LinkedHashMap<>();
            opened.names().forEach(name -> tensors.put(name, opened.source(name)));
            ModelLoader loader = of(path.toString(), tensors).metadata(opened.metadata()).family(family)
                    .closeWithNetwork(opened);   // open as long as the network, to notice that it is shortened
            return (engine == null ? loader : loader.engine(engine)).load();
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /**
     * Returns a loader of a network from named tensors.
     *
     * @param file name of the source, for messages
     * @param tensors by torchvision's names, in torchvision's layouts: {@code (O, C, kernel height, kernel width)} and
     *     {@code (outputs, inputs)}
     */
    public static ModelLoader of(String file, Map<String, ? extends TensorSource> tensors) {
        return new ModelLoader(file, tensors);
    }

    /** Returns the names of the known models, in lower case, such as {@code vgg16}. */
    public static List<String> names() {
        return Stream.of(Vgg.names(), ResNet.names(), SqueezeNet.names(), Families.names()).flatMap(List::stream)
                .toList();
    }
}
