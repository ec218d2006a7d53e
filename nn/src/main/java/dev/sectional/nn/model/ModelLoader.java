package dev.sectional.nn.model;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.NetworkBuilder;
import dev.sectional.nn.Weights;
import dev.sectional.nn.model.named.ModelTensors;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * Loads a network from named tensors; {@link Models#of} starts one. Without further calls it recognises the
 * architecture by the names and shapes of the tensors, and the network opens an engine of its own.
 *
 * <pre>{@code
 * Network network = Models.of("weights.pth", tensors).metadata(metadata).model("vgg16").engine(engine).load();
 * }</pre>
 *
 * <p>Not safe for use by several threads.
 */
public final class ModelLoader {
    private final String file;
    private final Map<String, ? extends TensorSource> tensors;
    private final NetworkBuilder network = Network.builder();
    private Map<String, String> metadata = Map.of();
    private String model = "";
    private String family = "";

    ModelLoader(String file, Map<String, ? extends TensorSource> tensors) {
        this.file = file;
        this.tensors = Objects.requireNonNull(tensors, "tensors");
        network.name(file);
    }

    /**
     * Sets the metadata of the file.
     *
     * @param values the {@code sectional.*} keys of {@link ModelCard#fromMetadata} and {@link GraphFormat#KEY}; they
     *     win over what names and shapes suggest
     * @return this loader
     */
    public ModelLoader metadata(Map<String, String> values) {
        metadata = new LinkedHashMap<>(values);
        return this;
    }

    /**
     * Requires that the tensors are those of a model, one of {@link Models#names}; case does not matter.
     *
     * @param name empty for any
     * @return this loader
     */
    public ModelLoader model(String name) {
        model = name;
        return this;
    }

    /** Requires a family, one of the constants {@code FAMILY}. */
    ModelLoader family(String name) {
        family = name;
        return this;
    }

    /**
     * Sets the engine, which stays the caller's. Without this call the network opens one and closes it.
     *
     * @param value null for one that the network opens and closes
     * @return this loader
     */
    public ModelLoader engine(Engine value) {
        network.engine(value);
        return this;
    }

    /**
     * Sets the form in which the network keeps weights: {@link NetworkBuilder#weights}.
     *
     * @param form in which weights are kept
     * @return this loader
     */
    public ModelLoader weights(Weights form) {
        network.weights(form);
        return this;
    }

    /**
     * Adds resources that {@link Network#close} closes, such as the file. They stay open if {@link #load} fails.
     *
     * @param resources closed with the network
     * @return this loader
     */
    public ModelLoader closeWithNetwork(AutoCloseable... resources) {
        network.closeWithNetwork(resources);
        return this;
    }

    /**
     * Loads the network.
     *
     * @return the network, to be closed by the caller
     * @throws InputException if a tensor is missing, unknown, of a wrong shape or not finite, the metadata cannot be
     *     read, or the tensors are not those of the required model; the message starts with the file
     */
    public Network load() {
        String wanted = (model.isEmpty() ? statedModel() : model).toLowerCase(Locale.ROOT);
        if (!wanted.isEmpty() && !Models.names().contains(wanted)) {
            throw new InputException("model '" + model + "' is unknown: use " + String.join(", ", Models.names()));
        }
        ModelTensors named = new ModelTensors(file, tensors, !wanted.isEmpty()
                || metadata.containsKey("sectional.layers") || metadata.containsKey("sectional.architecture"));
        String found = foundFamily();
        if (found.isEmpty() && wanted.isEmpty() && family.isEmpty() && !tensors.isEmpty()) {
            throw named.wrong("its tensors are not those of a VGG, ResNet or SqueezeNet by their names: load it with"
                    + " ModelFiles of sectional-weights-import, which knows more architectures");
        }
        if (wanted.isEmpty() && family.isEmpty() && !found.isEmpty() && !found.equals(GraphFormat.FAMILY)) {
            named.looksLike("a " + found);
        }
        if (found.equals(GraphFormat.FAMILY) && !wanted.isEmpty()) {
            throw named.wrong("is a " + found + ", so that no model can be required");
        }
        if (!family.isEmpty() && !family.equals(found)) {
            throw named.wrong("is a " + found + ", not a " + family + ": open it with Models.load");
        }
        return switch (found) {
            case GraphFormat.FAMILY -> GraphFormat.load(file, tensors, metadata, network);
            case SqueezeNet.FAMILY -> SqueezeNet.load(named, metadata, wanted, network);
            case ResNet.FAMILY -> ResNet.load(named, metadata, wanted, network);
            default -> Vgg.load(named, metadata, wanted, network);
        };
    }

    /** Returns the model that the metadata names, as converted files do; empty if it names a family or nothing. */
    private String statedModel() {
        String stated = metadata.getOrDefault("sectional.architecture", "");
        return Models.names().contains(stated) ? stated : "";
    }

    /** Returns the family that metadata and names suggest; empty if none does. */
    private String foundFamily() {
        return GraphFormat.ARCHITECTURE.equals(metadata.get("sectional.architecture")) ? GraphFormat.FAMILY
                : Models.familyOf(tensors);
    }
}
