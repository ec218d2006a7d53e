package dev.sectional.weights.internal.keras;

import dev.sectional.core.DType;
import dev.sectional.core.Shape;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.Layer;
import dev.sectional.nn.Merge;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.GraphFormat;
import dev.sectional.nn.model.NodeSpec;
import dev.sectional.weights.internal.common.StoredTensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The nodes of the network under construction. Not safe for use by several threads. */
final class GraphNodes {
    private static final int MOST_NODES = 20_000;
    private static final int LONGEST_NAME = 200;
    private static final long MOST_ELEMENTS = 1L << 28;

    private final Map<String, NodeSpec> specs = new LinkedHashMap<>();
    private final Map<String, Shape> shapes = new HashMap<>();
    private final Set<String> taken = new HashSet<>(Set.of(Network.IMAGE));
    private final Map<String, Integer> numbers = new HashMap<>();
    private final Map<TensorSource, DType> halves = new IdentityHashMap<>();
    private final Set<String> assumed = new LinkedHashSet<>();

    /** Sets the shape (H, W, C) of the image and returns its value. */
    KerasValue image(Shape shape) {
        shapes.put(Network.IMAGE, shape);
        return new KerasValue(Network.IMAGE, shape);
    }

    /**
     * Adds a node and returns its output.
     *
     * @param name of the layer, made unique
     * @throws IllegalArgumentException if the network has no such kind of layer, or it does not accept its input
     */
    KerasValue add(String name, String kind, Map<String, Object> settings, Map<String, TensorSource> tensors,
                   KerasValue... inputs) {
        if (specs.size() == MOST_NODES) {
            throw new IllegalArgumentException("the network has more than " + MOST_NODES + " nodes");
        }
        List<String> names = new ArrayList<>();
        List<Shape> given = new ArrayList<>();
        for (KerasValue input : inputs) {
            names.add(input.node());
            given.add(input.shape());
        }
        NodeSpec spec = new NodeSpec(unique(name), kind, settings, tensors, names);
        Layer layer = spec.node().layer();
        Shape shape = layer instanceof Merge merge ? merge.outputShape(given) : layer.outputShape(given.get(0));
        if (shape.size() == 0 || shape.size() > MOST_ELEMENTS) {
            throw new IllegalArgumentException("its output has shape " + shape + (shape.size() == 0 ? ", which is empty"
                    : ", more than " + MOST_ELEMENTS + " elements"));
        }
        specs.put(spec.name(), spec);
        shapes.put(spec.name(), shape);
        return new KerasValue(spec.name(), shape);
    }

    /** Notes what the file leaves open and how it is read, for the model card. */
    void assume(String setting) {
        assumed.add(setting);
    }

    /** Returns the notes of {@link #assume}. */
    Set<String> assumed() {
        return assumed;
    }

    /** Returns the node that computes a value; null if the value is the image. */
    NodeSpec spec(KerasValue value) {
        return specs.get(value.node());
    }

    /** Returns the first value that a node reads. */
    KerasValue input(NodeSpec spec) {
        return new KerasValue(spec.inputs().get(0), shapes.get(spec.inputs().get(0)));
    }

    /** Returns the elements of a stored tensor, and remembers that they have half precision if they have. */
    TensorSource source(StoredTensor stored, TensorSource view) {
        if (stored.type() == DType.F16 || stored.type() == DType.BF16) {
            halves.put(view, stored.type());
        }
        return view;
    }

    /** Returns the type in which to store weights. */
    DType type(TensorSource weights) {
        return halves.getOrDefault(weights, DType.F32);
    }

    /** Returns the nodes that {@code end} depends on, in order, with batch norms folded. */
    List<NodeSpec> leadingTo(String end) {
        return BatchNormFolding.fold(NodeSpec.leadingTo(specs, end), end);
    }

    /** Returns the description of the nodes that {@code end} depends on, for comparisons. */
    String describe(String end) {
        return GraphFormat.describe(NodeSpec.leadingTo(specs, end));
    }

    private String unique(String wanted) {
        String cut = wanted.length() > LONGEST_NAME ? wanted.substring(0, LONGEST_NAME) : wanted;
        String name = cut;
        while (!taken.add(name)) {
            name = cut + "_" + numbers.merge(cut, 1, Integer::sum);
        }
        return name;
    }
}
