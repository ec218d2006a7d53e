package dev.sectional.nn.model;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.NetworkBuilder;
import dev.sectional.nn.layer.BatchNorm2d;
import dev.sectional.nn.layer.Conv2d;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * The named tensors of a model, for a loader that reads them one by one. Checks names, shapes and finiteness, and finds
 * tensors that the loader did not read. Every message starts with the file.
 */
final class ModelTensors {
    private final String file;
    private final Map<String, ? extends TensorSource> tensors;
    private final Set<String> used = new LinkedHashSet<>();

    /** Creates a reader of the tensors of a file, whose name is for messages. */
    ModelTensors(String file, Map<String, ? extends TensorSource> tensors) {
        this.file = file;
        this.tensors = tensors;
    }

    /** Returns the names of all tensors. */
    Set<String> names() {
        return tensors.keySet();
    }

    /** Returns the shape of every tensor, in the order of the file. */
    Map<String, Shape> shapes() {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        tensors.forEach((name, source) -> shapes.put(name, source.shape()));
        return shapes;
    }

    boolean has(String name) {
        return tensors.containsKey(name);
    }

    /**
     * Returns the shape of a tensor.
     *
     * @throws InputException if it is missing or has another number of dimensions
     */
    Shape shape(String name, int rank) {
        TensorSource source = tensors.get(name);
        if (source == null) {
            throw wrong("tensor '" + name + "' is missing");
        }
        if (source.shape().rank() != rank || source.shape().size() == 0) {
            throw wrong("tensor '" + name + "' has shape " + source.shape() + ", wanted " + rank + " dimensions");
        }
        return source.shape();
    }

    /**
     * Returns a tensor and counts it as read.
     *
     * @throws InputException if it is missing or has another shape; for a small tensor also if a value is not finite
     */
    TensorSource use(String name, Shape shape) {
        requireShape(name, shape);
        used.add(name);
        return FiniteTensorSource.of(file, name, tensors.get(name));
    }

    void requireShape(String name, Shape shape) {
        TensorSource source = tensors.get(name);
        if (source == null) {
            throw wrong("tensor '" + name + "' is missing");
        }
        if (!source.shape().equals(shape)) {
            throw wrong("tensor '" + name + "' has shape " + source.shape() + ", wanted " + shape);
        }
    }

    /**
     * Returns the convolution of the tensors {@code name.weight} and, if {@code biased}, {@code name.bias}.
     *
     * @param inputs channels of its input; the number of groups follows from the weight's second dimension
     * @throws InputException if a tensor is missing or has another shape
     */
    Conv2d conv(String name, int inputs, int stride, int padding, boolean biased) {
        Shape shape = shape(name + ".weight", 4);
        if (inputs % shape.dim(1) != 0 || shape.dim(0) % (inputs / shape.dim(1)) != 0) {
            throw wrong("tensor '" + name + ".weight' has shape " + shape + ", which does not fit "
                    + inputs + " input channels");
        }
        Conv2d conv = Conv2d.of(use(name + ".weight", shape)).stride(stride).padding(padding)
                .groups(inputs / shape.dim(1));
        return biased ? conv.bias(use(name + ".bias", Shape.of(shape.dim(0)))) : conv;
    }

    /** Returns a convolution and the batch norm after it as one convolution. */
    Conv2d normed(Conv2d conv, String convName, String normName) {
        Shape vector = Shape.of(conv.weightShape().dim(0));
        TensorSource gamma = use(normName + ".weight", vector);
        TensorSource beta = use(normName + ".bias", vector);
        TensorSource mean = use(normName + ".running_mean", vector);
        TensorSource variance = use(normName + ".running_var", vector);
        BatchNorm2d norm = BatchNorm2d.of(mean, variance).weight(gamma).bias(beta);
        used.add(normName + ".num_batches_tracked");
        return norm.after(conv, FiniteTensorSource.of(file, convName + ".weight", tensors.get(convName + ".weight")));
    }

    /** Throws an InputException if a tensor was not read. */
    void requireNoOthers() {
        for (String name : tensors.keySet()) {
            if (!used.contains(name)) {
                throw wrong("unknown tensor '" + name + "'");
            }
        }
    }

    /** Returns the card that metadata describes; errors name the file. */
    ModelCard card(Map<String, String> metadata) {
        try {
            return ModelCard.fromMetadata(metadata);
        } catch (InputException e) {
            throw wrong(e.getMessage());
        }
    }

    /** Builds the network, after checking that all tensors were read. */
    Network network(ModelCard card, NetworkBuilder graph) {
        requireNoOthers();
        try {
            return graph.card(card).build();
        } catch (IllegalArgumentException e) {
            throw wrong(e.getMessage());
        }
    }

    InputException wrong(String what) {
        return new InputException(file + ": " + what);
    }
}
