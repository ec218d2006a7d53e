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
import dev.sectional.weights.internal.onnx.proto.AttributeProto;
import dev.sectional.weights.internal.onnx.proto.GraphProto;
import dev.sectional.weights.internal.onnx.proto.NodeProto;
import dev.sectional.weights.internal.onnx.proto.TensorProto;
import dev.sectional.weights.internal.onnx.proto.ValueInfoProto;
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
import java.util.stream.IntStream;

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
    private final Map<String, Shape> shapes = new HashMap<>();
    private final Map<TensorSource, TensorSource> transposed = new IdentityHashMap<>();
    private final Map<TensorSource, DType> halves = new IdentityHashMap<>();
    private final Map<String, DynamicValue> probabilities = new HashMap<>();
    private final GraphLimits limits = new GraphLimits();
    private final Layouts layouts = new Layouts(this);
    private final DynamicValue image;
    /** What the file leaves to us, in sentences for the model card. */
    private final Set<String> assumed = new LinkedHashSet<>();
    private List<NodeProto> needed = List.of();
    private String end;
    private NodeNames names;

    /**
     * Creates an importer of one graph.
     *
     * @param opset version of ONNX's own operators
     * @param image name of the graph's input
     * @param dims of the input, batch first; of four, axis {@code channels} holds the channels
     * @param channels 1, or 3 if the graph takes channels last
     */
    GraphImporter(String file, GraphProto graph, int opset, TensorReader reader, String image, int[] dims,
                  int channels) {
        this.file = file;
        this.graph = graph;
        this.opset = opset;
        this.reader = reader;
        this.batch = dims[0];
        graph.getInitializerList().forEach(tensor -> initializers.put(tensor.getName(), tensor));
        int[] axes = dims.length != 4 ? IntStream.range(1, dims.length).toArray()
                : channels == 1 ? new int[] {2, 3, 1} : new int[] {1, 2, 3};
        int[] one = dims.clone();
        one[0] = 1;
        Shape stored = Shape.of(Arrays.stream(axes).map(axis -> dims[axis]).toArray());
        this.image = DynamicValue.of(Network.IMAGE, stored, one, axes);
        values.put(image, this.image);
    }

    /**
     * The imported graph.
     *
     * @param nodes of the network, in order
     * @param output the softmax or sigmoid that was cut off at the end; null if there is none
     * @param end name of the node that gives the logits, or {@code Network.IMAGE}
     * @param shape of that node's output
     * @param assumed what the file leaves to us, in sentences for the model card
     */
    record Result(List<NodeSpec> nodes, ModelCard.Output output, String end, Shape shape, Set<String> assumed) {
    }

    /** Imports the nodes that lead to the value of that name. */
    Result run(String output) {
        DynamicValue end = imported(output);
        int first = end.dims()[0] == 1 && end.rank() > 1 ? 1 : 0;
        DynamicValue arranged = end.rank() == 4 && first == 1 ? layouts.featureMap(end)
                : layouts.arranged(end, IntStream.range(first, end.rank()).toArray());
        return result(arranged.withEnding(end.ending()));
    }

    private DynamicValue imported(String output) {
        end = output;
        needed = ancestors(graph, List.of(output));
        uses.merge(output, 1, Integer::sum);
        needed.forEach(node -> inputs(node).forEach(input -> uses.merge(input, 1, Integer::sum)));
        names = new NodeNames(dependentOnImage(needed));
        needed.forEach(this::run);
        if (!(value(output) instanceof DynamicValue made)) {
            throw failure("its output '" + output + "' does not depend on the image");
        }
        return made;
    }

    private void run(NodeProto node) {
        OperatorTable.run(new OperatorCall(this, node, names.of(node)));
    }

    /** Imports a branch that is taken. Its outputs become those of its holder; the names inside end with the branch. */
    void runBranch(GraphProto branch, NodeProto holder) {
        for (TensorProto tensor : branch.getInitializerList()) {
            if (values.containsKey(tensor.getName()) || initializers.put(tensor.getName(), tensor) != null) {
                throw failure("a branch and the graph around it name '" + tensor.getName() + "'; export it again");
            }
        }
        List<String> outputs = branch.getOutputList().stream().map(ValueInfoProto::getName).toList();
        if (outputs.size() < holder.getOutputCount()) {
            throw new IllegalArgumentException("its branch makes " + outputs.size() + " outputs");
        }
        List<NodeProto> needed = ancestors(branch, outputs);
        needed.forEach(node -> inputs(node).forEach(input -> uses.merge(input, 1, Integer::sum)));
        needed.forEach(this::run);
        List<GraphValue> made = outputs.stream().map(this::value).toList();
        branch.getNodeList().forEach(node -> node.getOutputList().forEach(values::remove));
        branch.getInitializerList().forEach(tensor -> values.remove(tensor.getName()));
        branch.getInitializerList().forEach(tensor -> initializers.remove(tensor.getName()));
        for (int i = 0; i < holder.getOutputCount(); i++) {
            put(holder.getOutput(i), made.get(i));
        }
    }

    private Result result(DynamicValue end) {
        ModelCard.Output output = end.ending() == null ? null : end.ending().output();
        return new Result(NodeSpec.leadingTo(specs, end.node()), output, end.node(), end.shape(), assumed);
    }

    /**
     * Imports a graph that ends in one value per class, whatever axes of size 1 are around it.
     *
     * @throws InputException if it ends in another shape
     */
    Result runClassifier(String output) {
        DynamicValue end = QuantizationOperators.unrounded(this, imported(output));
        int[] classes = IntStream.range(0, end.rank()).filter(i -> end.dims()[i] != 1).toArray();
        if (classes.length > 1 || end.rank() == 0 || end.node().equals(Network.IMAGE)) {
            throw failure("its output '" + output + "' has shape " + withBatch(end.dims())
                    + ", wanted one value per class; export a classifier, or choose another value by --output");
        }
        DynamicValue logits = layouts.arranged(end, classes.length == 1 ? classes : new int[] {end.rank() - 1});
        return result(logits.withEnding(end.ending()));
    }

    /** Returns the nodes that a value depends on, in the graph's order. */
    private List<NodeProto> ancestors(GraphProto of, List<String> outputs) {
        Map<String, NodeProto> makers = new HashMap<>();
        for (NodeProto node : of.getNodeList()) {
            for (String made : node.getOutputList()) {
                if (!made.isEmpty() && makers.put(made, node) != null) {
                    throw failure("two nodes make '" + made + "'; export it again");
                }
                if (initializers.containsKey(made) || values.containsKey(made)) {
                    throw failure("a node makes '" + made + "', which is also the name of a tensor or an input;"
                            + " export it again");
                }
            }
        }
        Set<NodeProto> found = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<String> open = new ArrayDeque<>(outputs);
        while (!open.isEmpty()) {
            NodeProto maker = makers.get(open.pop());
            if (maker != null && found.add(maker)) {
                inputs(maker).forEach(open::push);
            }
        }
        return of.getNodeList().stream().filter(found::contains).toList();
    }

    /** Returns the values that a node takes, those that its branches take from around it included. */
    private static List<String> inputs(NodeProto node) {
        if (node.getAttributeList().stream().noneMatch(AttributeProto::hasG)) {
            return node.getInputList();
        }
        List<String> taken = new ArrayList<>(node.getInputList());
        for (AttributeProto attribute : node.getAttributeList()) {
            taken.addAll(attribute.getG().getOutputList().stream().map(ValueInfoProto::getName).toList());
            attribute.getG().getNodeList().forEach(inner -> taken.addAll(inputs(inner)));
        }
        return taken;
    }

    /** Returns the nodes among these that depend on the image. Only they need names. */
    private List<NodeProto> dependentOnImage(List<NodeProto> nodes) {
        Set<String> dynamic = new HashSet<>(values.keySet());
        List<NodeProto> dependent = new ArrayList<>();
        for (NodeProto node : nodes) {
            if (!node.getOpType().equals("Shape") && inputs(node).stream().anyMatch(dynamic::contains)) {
                dynamic.addAll(node.getOutputList());
                dependent.add(node);
            }
        }
        return dependent;
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

    /** Notes in the model card what the file leaves to us. */
    void assume(String sentence) {
        assumed.add(sentence);
    }

    /** Notes that values are computed in float32 where the file says another of ONNX's float types. */
    void assumeFloat32(int type) {
        String name = type == 10 ? "float16" : type == 16 ? "bfloat16" : type == 11 ? "float64" : null;
        if (name != null) {
            assume("float32 for what the graph computes in " + name);
        }
    }

    /** Returns whether a value is the one that the graph is imported for. */
    boolean isEnd(String value) {
        return value.equals(end);
    }

    /** Returns the imported nodes that take a value. */
    List<NodeProto> readers(String value) {
        return needed.stream().filter(node -> inputs(node).contains(value)).toList();
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

    /**
     * Adds a node to the network and returns its output, with the stored axes as dims: the caller knows those of ONNX.
     */
    DynamicValue addNode(String name, String kind, Map<String, Object> settings, Map<String, TensorSource> tensors,
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
        this.shapes.put(name, shape);
        return DynamicValue.of(name, shape, shape.dims(), IntStream.range(0, shape.rank()).toArray());
    }

    /** Returns the node of that name; null for the image. */
    NodeSpec spec(String node) {
        return specs.get(node);
    }

    /** Returns the shape of the output of a node, or of the image. */
    Shape shape(String node) {
        return node.equals(Network.IMAGE) ? image.shape() : shapes.get(node);
    }

    /** Removes a node that nothing reads yet. */
    void remove(String node) {
        specs.remove(node);
        shapes.remove(node);
    }

    /** Returns the node of the network that computes a value; null if the value is the image. */
    NodeSpec spec(DynamicValue value) {
        return specs.get(value.node());
    }

    /** Replaces a node of the network by one of the same name with other weights. */
    void replace(NodeSpec spec) {
        specs.put(spec.name(), spec);
    }

    /** Returns this name for a node of the network, with a number if another node has it. */
    String freshName(String wanted) {
        return specs.containsKey(wanted) || !names.isKnown(wanted) ? names.unique(wanted) : wanted;
    }

    /** Returns this name for a node of the network, or with a number if the operator needs several nodes. */
    String nextName(String wanted) {
        return specs.containsKey(wanted) ? names.unique(wanted) : wanted;
    }

    /** Returns a value whose Softmax or Sigmoid is computed, if it has one. */
    DynamicValue computed(DynamicValue value) {
        DynamicValue.Ending ending = value.ending();
        if (ending == null) {
            return value;
        }
        DynamicValue known = probabilities.get(ending.name());
        if (known == null) {
            DynamicValue logits = layouts.aligned(value.withEnding(null).reshaped(ending.dims(), value.reshapedBy()));
            Map<String, Object> settings = ending.kind().equals("Sigmoid") ? Map.of()
                    : NodeSpec.settings("axis", logits.storedAxes()[ending.axis()]);
            known = logits.at(addNode(nextName(ending.name()), ending.kind(), settings, Map.of(), List.of(logits))
                    .node());
            probabilities.put(ending.name(), known);
        }
        return known.reshaped(value.dims(), value.reshapedBy()).sharedIf(value.shared());
    }

    Layouts layouts() {
        return layouts;
    }

    DynamicValue image() {
        return image;
    }

    /** Returns the number of images that the graph takes at once. */
    int batch() {
        return batch;
    }

    /** Returns dims as the file states them. */
    Shape withBatch(int[] dims) {
        int[] full = dims.clone();
        if (full.length > 0) {
            full[0] *= batch;
        }
        return Shape.of(full);
    }

    /** Returns the exception for this graph. */
    InputException failure(String reason) {
        return CannotRead.file(file, reason);
    }
}
