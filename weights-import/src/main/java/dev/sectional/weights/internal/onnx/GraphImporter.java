package dev.sectional.weights.internal.onnx;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.TensorSource;
import dev.sectional.nn.Layer;
import dev.sectional.nn.Merge;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.NodeSpec;
import dev.sectional.weights.internal.common.CannotRead;
import dev.sectional.weights.internal.common.TensorViews;
import dev.sectional.weights.internal.onnx.proto.GraphProto;
import dev.sectional.weights.internal.onnx.proto.NodeProto;
import dev.sectional.weights.internal.onnx.proto.TensorProto;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Turns the nodes of an ONNX graph into the nodes of a network, in the graph's order. It visits only nodes that lead to
 * the output, so unsupported operators in unused branches do no harm. Used once; not safe for use by several threads.
 */
final class GraphImporter {
    private final String file;
    private final GraphProto graph;
    private final int opset;
    private final TensorReader reader;
    private final int batch;
    private final Map<String, TensorProto> initializers = new HashMap<>();
    private final Map<String, GraphValue> values = new HashMap<>();
    private final Map<String, Integer> uses = new HashMap<>();
    private final Map<String, NodeSpec> specs = new LinkedHashMap<>();
    /** Results of flattening and unflattening, by the node and the dims, so that each is added once. */
    private final Map<List<Object>, DynamicValue> rearranged = new HashMap<>();
    private final Map<TensorSource, TensorSource> transposed = new IdentityHashMap<>();
    private final Map<TensorSource, DType> halves = new IdentityHashMap<>();
    private final GraphLimits limits = new GraphLimits();
    private NodeNames names;

    /**
     * Creates an importer of one graph.
     *
     * @param opset version of ONNX's own operators
     * @param image name of the graph's input
     * @param shape {@code (C, H, W)} of the image; one dimension for a vector
     * @param batch number of images that the graph takes at once; the network takes one
     */
    GraphImporter(String file, GraphProto graph, int opset, TensorReader reader, String image, Shape shape, int batch) {
        this.file = file;
        this.graph = graph;
        this.opset = opset;
        this.reader = reader;
        this.batch = batch;
        graph.getInitializerList().forEach(tensor -> initializers.put(tensor.getName(), tensor));
        Shape inside = shape.rank() == 3 ? Shape.of(shape.dim(1), shape.dim(2), shape.dim(0)) : shape;
        values.put(image, DynamicValue.of(Network.IMAGE, inside, batch));
    }

    /**
     * The imported graph.
     *
     * @param nodes of the network, in order
     * @param output how its logits become probabilities; null if the graph does not tell
     * @param end name of the node that gives the logits, or {@code Network.IMAGE}
     * @param shape of that node's output
     */
    record Result(List<NodeSpec> nodes, ModelCard.Output output, String end, Shape shape) {
    }

    /** Imports the nodes that lead to the value of that name. */
    Result run(String output) {
        List<NodeProto> needed = ancestors(output);
        uses.merge(output, 1, Integer::sum);
        needed.forEach(node -> node.getInputList().forEach(input -> uses.merge(input, 1, Integer::sum)));
        names = new NodeNames(dependentOnImage(needed));
        for (NodeProto node : needed) {
            OperatorTable.run(new OperatorCall(this, node, names.of(node)));
        }
        if (!(value(output) instanceof DynamicValue end)) {
            throw failure("its output '" + output + "' does not depend on the image");
        }
        return new Result(ancestorSpecs(end.node()), end.output(), end.node(), end.shape());
    }

    /**
     * Imports a graph that ends in one value per class; a feature map of one position is flattened.
     *
     * @throws InputException if it ends in another shape
     */
    Result runClassifier(String output) {
        Result raw = run(output);
        DynamicValue end = (DynamicValue) value(output);
        if (raw.shape().rank() == 1 && !raw.nodes().isEmpty()) {
            return raw;
        }
        if (raw.nodes().isEmpty() || raw.shape().dim(0) * raw.shape().dim(1) != 1) {
            throw failure("its output '" + output + "' has shape " + Shape.of(end.dims())
                    + ", wanted one value per class;"
                    + " export a classifier");
        }
        DynamicValue flat = flattened(end);
        return new Result(ancestorSpecs(flat.node()), raw.output(), flat.node(), flat.shape());
    }

    /** Returns the nodes that a value depends on, in the graph's order. */
    private List<NodeProto> ancestors(String output) {
        Map<String, NodeProto> makers = new HashMap<>();
        for (NodeProto node : graph.getNodeList()) {
            for (String made : node.getOutputList()) {
                if (!made.isEmpty() && makers.put(made, node) != null) {
                    throw failure("two nodes make '" + made + "'; export it again");
                }
            }
        }
        Set<NodeProto> found = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<String> open = new ArrayDeque<>(List.of(output));
        while (!open.isEmpty()) {
            NodeProto maker = makers.get(open.pop());
            if (maker != null && found.add(maker)) {
                maker.getInputList().forEach(open::push);
            }
        }
        return graph.getNodeList().stream().filter(found::contains).toList();
    }

    /** Returns the nodes among these that depend on the image. Only they need names. */
    private List<NodeProto> dependentOnImage(List<NodeProto> nodes) {
        Set<String> dynamic = new HashSet<>(values.keySet());
        List<NodeProto> dependent = new ArrayList<>();
        for (NodeProto node : nodes) {
            if (!node.getOpType().equals("Shape") && node.getInputList().stream().anyMatch(dynamic::contains)) {
                dynamic.addAll(node.getOutputList());
                dependent.add(node);
            }
        }
        return dependent;
    }

    /** Returns the nodes of the network that {@code end} depends on, in order. */
    private List<NodeSpec> ancestorSpecs(String end) {
        Set<String> found = new LinkedHashSet<>();
        Deque<String> open = new ArrayDeque<>(List.of(end));
        while (!open.isEmpty()) {
            String name = open.pop();
            if (!name.equals(Network.IMAGE) && found.add(name)) {
                specs.get(name).inputs().forEach(open::push);
            }
        }
        return specs.values().stream().filter(spec -> found.contains(spec.name())).toList();
    }

    /**
     * Returns the type in which to store weights: half precision if the file has them so and no operator changed them.
     */
    DType type(TensorSource weights) {
        return halves.getOrDefault(weights, DType.F32);
    }

    int opset() {
        return opset;
    }

    GraphLimits limits() {
        return limits;
    }

    TensorReader reader() {
        return reader;
    }

    /** Returns a constant matrix with rows and columns exchanged. */
    TensorSource transposed(ConstantValue matrix) {
        return transposed.computeIfAbsent(matrix.values(),
                values -> TensorViews.transposed(values, limits.tryCopy(values.shape().size())));
    }

    /** Returns whether an operator, or the graph's output, uses the value of that name. */
    boolean isUsed(String value) {
        return uses.containsKey(value);
    }

    /**
     * Returns the value of that name.
     *
     * @throws IllegalArgumentException if no node before makes it and no initializer holds it
     */
    GraphValue value(String name) {
        GraphValue value = values.get(name);
        if (value == null && initializers.containsKey(name)) {
            value = reader.read("tensor '" + name + "'", initializers.get(name));
            put(name, value);
        }
        if (value == null) {
            throw new IllegalArgumentException("takes '" + name + "', which no node before it makes");
        }
        return value;
    }

    /** Sets the value of that name. */
    void put(String name, GraphValue value) {
        if (value instanceof ConstantValue tensor && tensor.integers() != null) {
            limits.countIntegers(tensor.integers().length);
        }
        if (value instanceof ConstantValue tensor && (tensor.type() == DType.F16 || tensor.type() == DType.BF16)) {
            halves.put(tensor.values(), tensor.type());
        }
        boolean several = uses.getOrDefault(name, 0) > 1;
        values.put(name, value instanceof DynamicValue dynamic ? dynamic.sharedIf(several) : value);
    }

    /** Adds a node to the network and returns its output. */
    DynamicValue add(String name, String kind, Map<String, Object> settings, Map<String, TensorSource> tensors,
                     List<DynamicValue> inputs) {
        NodeSpec spec = new NodeSpec(name, kind, settings, tensors, inputs.stream().map(DynamicValue::node).toList());
        limits.countNode(tensors.containsKey("weight") ? tensors.get("weight").shape().size() : 0);
        Layer layer = spec.node().layer();
        List<Shape> shapes = inputs.stream().map(DynamicValue::shape).toList();
        Shape shape = layer instanceof Merge merge ? merge.outputShape(shapes) : layer.outputShape(shapes.get(0));
        if (shape.size() == 0) {
            throw new IllegalArgumentException("its output is empty, shape " + shape);
        }
        specs.put(name, spec);
        return DynamicValue.of(name, shape, batch);
    }

    /** Returns the node of the network that computes a value; null if the value is the image. */
    NodeSpec spec(DynamicValue value) {
        return specs.get(value.node());
    }

    /** Replaces a node of the network by one of the same name with other weights. */
    void replace(NodeSpec spec) {
        specs.put(spec.name(), spec);
    }

    /** Returns a value as a feature map. A vector that ONNX sees as one is unflattened. */
    DynamicValue asFeatureMap(DynamicValue value) {
        int[] dims = value.dims();
        if (dims.length != 4 || dims[0] != batch) {
            throw new IllegalArgumentException("takes a feature map (batch, channels, rows, columns), got shape "
                    + Shape.of(dims));
        }
        if (value.shape().equals(Shape.of(dims[2], dims[3], dims[1]))) {
            return value;
        }
        DynamicValue vector = flattened(value);
        List<Object> key = List.of(vector.node(), Shape.of(dims));
        DynamicValue known = rearranged.get(key);
        if (known == null) {
            Map<String, Object> settings = NodeSpec.settings("shape", Arrays.copyOfRange(dims, 1, 4));
            known = add(fresh(value.reshapedBy()), "Unflatten", settings, Map.of(), List.of(vector));
            rearranged.put(key, known);
        }
        return known.sharedIf(value.shared());
    }

    /** Returns a value as a vector. A feature map that ONNX sees as one is flattened. */
    DynamicValue asVector(DynamicValue value) {
        if (value.dims().length != 2 || value.dims()[0] != batch) {
            throw new IllegalArgumentException("takes a vector (batch, elements), got shape " + Shape.of(value.dims()));
        }
        return flattened(value);
    }

    private DynamicValue flattened(DynamicValue value) {
        if (value.shape().rank() == 1) {
            return value;
        }
        List<Object> key = List.of(value.node());
        DynamicValue known = rearranged.get(key);
        if (known == null) {
            String name = value.reshapedBy() == null ? names.unique("flatten") : fresh(value.reshapedBy());
            known = add(name, "Flatten", Map.of(), Map.of(), List.of(value));
            rearranged.put(key, known);
        }
        return known.sharedIf(value.shared());
    }

    /** Returns the name of an ONNX node for a layer, with a number if another layer has it. */
    private String fresh(String node) {
        return specs.containsKey(node) ? names.unique(node) : node;
    }

    /** Returns the exception for this graph. */
    InputException failure(String reason) {
        return CannotRead.file(file, reason);
    }
}
