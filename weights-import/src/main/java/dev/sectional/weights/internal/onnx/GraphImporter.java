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
 * Walks an ONNX graph in its order and puts together the network's nodes. Only what leads to the output is looked at, so
 * operators that no network here has may stand in branches that nothing takes.
 */
final class GraphImporter {
    private final String file;
    private final GraphProto graph;
    private final int opset;
    private final TensorReader reader;
    private final int batch;
    private final Map<String, TensorProto> initialisers = new HashMap<>();
    private final Map<String, GraphValue> values = new HashMap<>();
    private final Map<String, Integer> takers = new HashMap<>();
    private final Map<String, NodeSpec> specs = new LinkedHashMap<>();
    private final Map<List<Object>, DynamicValue> rearranged = new HashMap<>();
    private final Map<TensorSource, TensorSource> transposed = new IdentityHashMap<>();
    private final Map<TensorSource, DType> halves = new IdentityHashMap<>();
    private final GraphLimits budget = new GraphLimits();
    private NodeNames names;

    /**
     * @param opset version of ONNX's own operators
     * @param image name of the graph's input
     * @param shape {@code (C, H, W)} of the image; one dimension for a vector
     * @param batch how many images the graph takes at once; the network takes one
     */
    GraphImporter(String file, GraphProto graph, int opset, TensorReader reader, String image, Shape shape, int batch) {
        this.file = file;
        this.graph = graph;
        this.opset = opset;
        this.reader = reader;
        this.batch = batch;
        graph.getInitializerList().forEach(tensor -> initialisers.put(tensor.getName(), tensor));
        Shape inside = shape.rank() == 3 ? Shape.of(shape.dim(1), shape.dim(2), shape.dim(0)) : shape;
        values.put(image, DynamicValue.of(Network.IMAGE, inside, batch));
    }

    /**
     * What the graph comes to.
     *
     * @param nodes the network's, in order
     * @param output how its logits become probabilities; null if the graph does not say
     * @param end name of the node that gives the logits, or {@code Network.IMAGE}
     * @param shape of that node's output
     */
    record Result(List<NodeSpec> nodes, ModelCard.Output output, String end, Shape shape) {
    }

    /** Imports what leads to the value of that name. */
    Result run(String output) {
        List<NodeProto> needed = needed(output);
        takers.merge(output, 1, Integer::sum);
        needed.forEach(node -> node.getInputList().forEach(input -> takers.merge(input, 1, Integer::sum)));
        names = new NodeNames(computing(needed));
        for (NodeProto node : needed) {
            OperatorTable.run(new OperatorCall(this, node, names.of(node)));
        }
        if (!(value(output) instanceof DynamicValue end)) {
            throw wrong("its output '" + output + "' does not depend on the image");
        }
        return new Result(leadingTo(end.node()), end.ending(), end.node(), end.shape());
    }

    /**
     * The same, ending in one vector.
     *
     * @throws InputException if the graph does not end in one value per class
     */
    Result runClassifier(String output) {
        Result raw = run(output);
        DynamicValue end = (DynamicValue) value(output);
        if (raw.shape().rank() == 1 && !raw.nodes().isEmpty()) {
            return raw;
        }
        if (raw.nodes().isEmpty() || raw.shape().dim(0) * raw.shape().dim(1) != 1) {
            throw wrong("its output '" + output + "' has shape " + Shape.of(end.dims()) + ", wanted one value per class");
        }
        DynamicValue flat = flattened(end);
        return new Result(leadingTo(flat.node()), raw.output(), flat.node(), flat.shape());
    }

    /** The nodes that the output depends on, in the graph's order. */
    private List<NodeProto> needed(String output) {
        Map<String, NodeProto> makers = new HashMap<>();
        for (NodeProto node : graph.getNodeList()) {
            for (String made : node.getOutputList()) {
                if (!made.isEmpty() && makers.put(made, node) != null) {
                    throw wrong("two nodes make '" + made + "'");
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

    /** Of these, the ones that depend on the image; names are for them. */
    private List<NodeProto> computing(List<NodeProto> nodes) {
        Set<String> computed = new HashSet<>(values.keySet());
        List<NodeProto> computing = new ArrayList<>();
        for (NodeProto node : nodes) {
            if (!node.getOpType().equals("Shape") && node.getInputList().stream().anyMatch(computed::contains)) {
                computed.addAll(node.getOutputList());
                computing.add(node);
            }
        }
        return computing;
    }

    /** The nodes without those that the end does not depend on. */
    private List<NodeSpec> leadingTo(String end) {
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

    /** The type in which these values are best kept: what they are stored in, if they were not changed. */
    DType type(TensorSource values) {
        return halves.getOrDefault(values, DType.F32);
    }

    int opset() {
        return opset;
    }

    GraphLimits budget() {
        return budget;
    }

    /** A constant matrix with rows and columns exchanged. */
    TensorSource transposed(ConstantValue matrix) {
        return transposed.computeIfAbsent(matrix.values(), values -> TensorViews.transposed(values, budget.copies(values.shape().size())));
    }

    TensorReader reader() {
        return reader;
    }

    String file() {
        return file;
    }

    /** Whether some operator, or the graph's output, takes the value of that name. */
    boolean isTaken(String value) {
        return takers.containsKey(value);
    }

    /** The value of that name. */
    GraphValue value(String name) {
        GraphValue value = values.get(name);
        if (value == null && initialisers.containsKey(name)) {
            value = reader.read("tensor '" + name + "'", initialisers.get(name));
            put(name, value);
        }
        if (value == null) {
            throw new IllegalArgumentException("takes '" + name + "', which nothing before it makes");
        }
        return value;
    }

    void put(String name, GraphValue value) {
        if (value instanceof ConstantValue tensor && tensor.whole() != null) {
            budget.numbers(tensor.whole().length);
        }
        if (value instanceof ConstantValue tensor && (tensor.type() == DType.F16 || tensor.type() == DType.BF16)) {
            halves.put(tensor.values(), tensor.type());
        }
        boolean several = takers.getOrDefault(name, 0) > 1;
        values.put(name, value instanceof DynamicValue computed ? computed.sharedIf(several) : value);
    }

    /** Adds a node to the network. */
    DynamicValue add(String name, String kind, Map<String, Object> settings, Map<String, TensorSource> tensors,
                 List<DynamicValue> inputs) {
        NodeSpec spec = new NodeSpec(name, kind, settings, tensors, inputs.stream().map(DynamicValue::node).toList());
        budget.node(tensors.containsKey("weight") ? tensors.get("weight").shape().size() : 0);
        Layer layer = spec.node().layer();
        List<Shape> shapes = inputs.stream().map(DynamicValue::shape).toList();
        Shape shape = layer instanceof Merge merge ? merge.outputShape(shapes) : layer.outputShape(shapes.get(0));
        if (shape.size() == 0) {
            throw new IllegalArgumentException("nothing is left of the image");
        }
        specs.put(name, spec);
        return DynamicValue.of(name, shape, batch);
    }

    NodeSpec spec(DynamicValue value) {
        return specs.get(value.node());
    }

    /** Puts other weights into a node that is there. */
    void replace(NodeSpec spec) {
        specs.put(spec.name(), spec);
    }

    /** The value as a map: a vector that ONNX sees as one is turned. */
    DynamicValue asMap(DynamicValue value) {
        int[] dims = value.dims();
        if (dims.length != 4 || dims[0] != batch) {
            throw new IllegalArgumentException("takes a map (batch, channels, rows, columns), got shape " + Shape.of(dims));
        }
        if (value.shape().equals(Shape.of(dims[2], dims[3], dims[1]))) {
            return value;
        }
        DynamicValue vector = flattened(value);
        List<Object> key = List.of(vector.node(), Shape.of(dims));
        DynamicValue known = rearranged.get(key);
        if (known == null) {
            known = add(fresh(value.reshapedBy()), "Unflatten", NodeSpec.settings("shape", Arrays.copyOfRange(dims, 1, 4)), Map.of(),
                    List.of(vector));
            rearranged.put(key, known);
        }
        return known.sharedIf(value.shared());
    }

    /** The value as a vector: a map that ONNX sees as one is flattened. */
    DynamicValue asVector(DynamicValue value) {
        if (value.dims().length != 2 || value.dims()[0] != batch) {
            throw new IllegalArgumentException("takes a vector (batch, values), got shape " + Shape.of(value.dims()));
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
            known = add(value.reshapedBy() == null ? names.unique("flatten") : fresh(value.reshapedBy()), "Flatten", Map.of(), Map.of(),
                    List.of(value));
            rearranged.put(key, known);
        }
        return known.sharedIf(value.shared());
    }

    /** The name of an ONNX node for the layer that it comes to; with a number for a second one. */
    private String fresh(String node) {
        return specs.containsKey(node) ? names.unique(node) : node;
    }

    InputException wrong(String what) {
        return new InputException(file + ": " + what);
    }
}
