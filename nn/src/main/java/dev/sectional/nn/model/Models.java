package dev.sectional.nn.model;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.TensorSource;
import dev.sectional.core.io.Safetensors;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** Networks of every family that is known, from tensors by torchvision's names, and of graphs that travel in a file. */
public final class Models {
    private Models() {
    }

    /** Opens a safetensors file and runs it on an engine of its own; both are closed with the network. */
    public static Network load(Path safetensors) {
        Engine engine = Engine.open();
        try {
            return load(safetensors, engine, engine);
        } catch (RuntimeException e) {
            engine.close();
            throw e;
        }
    }

    /** Opens a safetensors file and runs it on the given engine, which stays open when the network is closed. */
    public static Network load(Path safetensors, Engine engine) {
        return load(safetensors, engine, new AutoCloseable[0]);
    }

    private static Network load(Path path, Engine engine, AutoCloseable... owned) {
        Safetensors opened = Safetensors.open(path);
        try {
            Map<String, TensorSource> tensors = new LinkedHashMap<>();
            opened.names().forEach(name -> tensors.put(name, opened.source(name)));
            AutoCloseable[] all = Arrays.copyOf(owned, owned.length + 1);
            all[owned.length] = opened;   // open as long as the network: it watches the file
            return of(path.toString(), tensors, opened.metadata(), null, engine, all);
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /**
     * A network from tensors.
     *
     * @param file names the source in messages
     * @param tensors by torchvision's names
     * @param metadata {@link ModelCard}'s keys; what it says wins over what the names suggest
     * @param model what the tensors must be, one of {@link #names}; null for whatever they are
     * @param closedWithIt is closed with the network
     * @throws InputException if a tensor is missing, unknown, of a wrong shape or not finite, or the model is another
     */
    public static Network of(String file, Map<String, ? extends TensorSource> tensors, Map<String, String> metadata, String model,
                             Engine engine, AutoCloseable... closedWithIt) {
        String wanted = model == null ? null : model.toLowerCase(Locale.ROOT);
        if (wanted != null && !names().contains(wanted)) {
            throw new InputException("model '" + model + "' is unknown: use " + String.join(", ", names()));
        }
        if (GraphFormat.ARCHITECTURE.equals(metadata.get("sectional.architecture"))) {
            return GraphFormat.open(file, tensors, metadata, engine, closedWithIt);
        }
        if (SqueezeNet.isOne(tensors.keySet())) {
            return SqueezeNet.of(file, tensors, metadata, wanted, engine, closedWithIt);
        }
        if (ResNet.isOne(tensors.keySet())) {
            return ResNet.of(file, tensors, metadata, wanted, engine, closedWithIt);
        }
        return Vgg.of(file, tensors, metadata, wanted, engine, closedWithIt);
    }

    /** The models by name, in lower case. */
    public static List<String> names() {
        return Stream.of(Vgg.names(), ResNet.names(), SqueezeNet.names()).flatMap(List::stream).toList();
    }
}
