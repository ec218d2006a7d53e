package dev.sectional.weights.internal.onnx;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.TensorSource;
import dev.sectional.weights.internal.onnx.proto.NodeProto;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A node of the ONNX graph as its operator sees it: inputs, attributes and the place for its output. Inputs count from
 * 0. A node that does not fit is an {@link IllegalArgumentException}; {@link OperatorTable} adds the node's name.
 */
final class OperatorCall {
    private static final int MOST_DIMS = 16;

    private final GraphImporter importer;
    private final NodeProto node;
    private final NodeAttributes attributes;
    private String name;
    private int computed;

    /** @param name of the node in the network, if the operator adds one; null to take that of the ONNX node */
    OperatorCall(GraphImporter importer, NodeProto node, String name) {
        this.importer = importer;
        this.node = node;
        this.name = name;
        this.attributes = new NodeAttributes(node);
    }

    NodeProto node() {
        return node;
    }

    /** Returns the name of the node that the operator adds to the network. */
    String name() {
        if (name == null) {
            name = importer.freshName(NodeNames.plain(node));
        }
        return name;
    }

    Layouts layouts() {
        return importer.layouts();
    }

    NodeAttributes attributes() {
        return attributes;
    }

    /** Returns the version of the operator set that the graph is written in. */
    int opset() {
        return importer.opset();
    }

    GraphImporter importer() {
        return importer;
    }

    int inputCount() {
        return node.getInputCount();
    }

    /** Returns whether an input is given; optional inputs may be missing. */
    boolean has(int i) {
        return i < node.getInputCount() && !node.getInput(i).isEmpty();
    }

    /** Returns an input of any kind, also one that follows Softmax. */
    GraphValue input(int i) {
        if (!has(i)) {
            throw new IllegalArgumentException("input " + (i + 1) + " is missing");
        }
        return importer.value(node.getInput(i));
    }

    boolean isConstant(int i) {
        return input(i) instanceof ConstantValue;
    }

    /** Returns an input that must be constant. */
    ConstantValue constant(int i) {
        if (input(i) instanceof ConstantValue tensor) {
            return tensor;
        }
        throw new IllegalArgumentException("input " + (i + 1) + " '" + node.getInput(i)
                + "' depends on the image; only constants are supported there");
    }

    /** Returns an optional input that must be constant; null if it is missing. */
    ConstantValue constantOrNull(int i) {
        return has(i) ? constant(i) : null;
    }

    /** Returns the exact integers of a constant input of rank 0 or 1. They must not be changed. */
    long[] integers(int i) {
        ConstantValue tensor = constant(i);
        if (tensor.integers() == null || tensor.shape().rank() > 1) {
            throw new IllegalArgumentException("input " + (i + 1) + " is " + tensor.type() + " of shape "
                    + tensor.shape() + ", wanted a few integers");
        }
        return tensor.integers();
    }

    /** Returns an optional constant input of one element; the other number if it is missing. */
    double number(int i, double otherwise) {
        ConstantValue tensor = constantOrNull(i);
        if (tensor == null || tensor.shape().size() == 0) {
            return otherwise;
        }
        if (tensor.shape().size() != 1) {
            throw new IllegalArgumentException("input " + (i + 1) + " has shape " + tensor.shape()
                    + ", wanted one number");
        }
        return tensor.values().tensor().data()[0];
    }

    /**
     * Returns an input as a value of the network. Probabilities are computed if they were not yet; a constant becomes a
     * layer that holds it.
     */
    DynamicValue dynamic(int i) {
        if (input(i) instanceof DynamicValue value) {
            return importer.computed(value);
        }
        ConstantValue constant = constant(i);
        int rank = constant.shape().rank();
        if (constant.integers() != null || rank == 0 || constant.shape().size() == 0) {
            throw new IllegalArgumentException("input " + (i + 1) + " '" + node.getInput(i)
                    + "' is a constant; it must depend on the image");
        }
        int first = rank > 1 && constant.shape().dim(0) == 1 ? 1 : 0;
        DynamicValue made = Constants.node(this, constant, IntStream.range(first, rank).toArray());
        importer.put(node.getInput(i), made);
        return made;
    }

    /** Returns an input that must be a feature map. */
    DynamicValue featureMap(int i) {
        return layouts().featureMap(dynamic(i));
    }

    /** Adds a node to the network. Returns its output, whose stored axes are these axes of {@code dims}. */
    DynamicValue add(String kind, Map<String, Object> settings, Map<String, TensorSource> tensors, int[] dims,
                     int[] axes, DynamicValue... inputs) {
        DynamicValue made = importer.addNode(importer.nextName(name()), kind, settings, tensors, List.of(inputs));
        int[] shape = Arrays.stream(axes).map(axis -> dims[axis]).toArray();
        if (!made.shape().equals(Shape.of(shape))) {
            throw new IllegalStateException("its result has shape " + made.shape() + ", expected " + Shape.of(shape));
        }
        return DynamicValue.of(made.node(), made.shape(), dims, axes);
    }

    /** Adds a node to the network that takes a feature map and makes one, and makes it the output. */
    DynamicValue emitMap(String kind, Map<String, Object> settings, Map<String, TensorSource> tensors,
                         DynamicValue x) {
        DynamicValue made = importer.addNode(importer.nextName(name()), kind, settings, tensors, List.of(x));
        Shape shape = made.shape();
        int[] dims = {1, shape.dim(2), shape.dim(0), shape.dim(1)};
        DynamicValue map = DynamicValue.of(made.node(), shape, dims, new int[] {2, 3, 1});
        setOutput(map);
        return map;
    }

    /** Adds a node that works on each element alone, or on the last stored axis. */
    DynamicValue addSame(String kind, Map<String, Object> settings, Map<String, TensorSource> tensors,
                         DynamicValue x) {
        DynamicValue made = importer.addNode(importer.nextName(name()), kind, settings, tensors, List.of(x));
        if (!made.shape().equals(x.shape())) {
            throw new IllegalStateException("its result has shape " + made.shape() + ", expected " + x.shape());
        }
        return x.at(made.node());
    }

    /** Adds a node that works on each element of the first input alone, and makes it the output. */
    void emitElementwise(String kind, Map<String, Object> settings) {
        setOutput(addSame(kind, settings, Map.of(), dynamic(0)));
    }

    /** Notes that all outputs are set. */
    void setAllComputed() {
        computed = node.getOutputCount();
    }

    /** Makes a value that output. */
    void setOutput(int i, GraphValue value) {
        importer.put(node.getOutput(i), value);
        computed = Math.max(computed, i);
    }

    /** Makes a value the output. */
    void setOutput(GraphValue value) {
        importer.put(node.getOutput(0), value);
    }

    /** Makes the first input the output, under other dims, of which one may be -1 and follows from the others. */
    void setReshaped(long[] dims) {
        if (dims.length > MOST_DIMS) {
            throw new IllegalArgumentException("asks for " + dims.length + " dimensions");
        }
        int[] to = inferred(dims, Shape.of(inputDims()));
        if (input(0) instanceof DynamicValue value) {
            int[] one = withoutBatch(to);
            setOutput(value.reshaped(one, name()));
        } else {
            setOutput(constant(0).reshaped(Shape.of(to)));
        }
    }

    /** Returns dims that the file states for a value that depends on the image, with a batch of 1. */
    int[] withoutBatch(int[] dims) {
        int batch = importer.batch();
        if (batch == 1) {
            return dims;
        }
        if (dims.length == 0 || dims[0] != batch) {
            throw new IllegalArgumentException("makes shape " + Shape.of(dims) + " of a batch of " + batch
                    + " images, which mixes the images; export the model with a batch of 1");
        }
        int[] one = dims.clone();
        one[0] = 1;
        return one;
    }

    /** Refuses an operation along axis 0 if the graph takes several images. */
    void requireNotBatch(int axis) {
        if (axis == 0 && importer.batch() != 1) {
            throw new IllegalArgumentException("works along the batch of " + importer.batch()
                    + " images; export the model with a batch of 1");
        }
    }

    private static int[] inferred(long[] dims, Shape from) {
        long known = 1;
        int open = -1;
        for (int i = 0; i < dims.length; i++) {
            if (dims[i] < -1 || dims[i] > Integer.MAX_VALUE || dims[i] == -1 && open >= 0) {
                throw new IllegalArgumentException("asks for shape " + Arrays.toString(dims));
            }
            open = dims[i] == -1 ? i : open;
            known = dims[i] == -1 ? known : Math.min(Integer.MAX_VALUE, known * dims[i]);
        }
        long[] full = dims.clone();
        if (open >= 0 && known > 0) {
            full[open] = from.size() / known;
            known *= full[open];
        }
        if (known != from.size()) {
            throw new IllegalArgumentException("asks for shape " + Arrays.toString(dims) + " from shape " + from);
        }
        return Arrays.stream(full).mapToInt(d -> (int) d).toArray();
    }

    /** Returns the dims of the first input in the file. */
    int[] inputDims() {
        return input(0) instanceof DynamicValue dynamic ? importer.withBatch(dynamic.dims()).dims()
                : constant(0).shape().dims();
    }

    /** Returns an axis of a value of that rank, counted from its end if it is negative. */
    static int axis(long axis, int rank) {
        long positive = axis < 0 ? axis + rank : axis;
        if (positive < 0 || positive >= rank) {
            throw new IllegalArgumentException("axis " + axis + " does not exist among " + rank);
        }
        return (int) positive;
    }

    /** Returns the weights of a node by name, without a bias if it is null. */
    static Map<String, TensorSource> tensors(TensorSource weight, TensorSource bias) {
        Map<String, TensorSource> tensors = new LinkedHashMap<>();
        tensors.put("weight", weight);
        if (bias != null) {
            tensors.put("bias", bias);
        }
        return tensors;
    }

    /** Refuses attributes that the operator did not read, and outputs that it does not compute but others use. */
    void requireAllUsed() {
        attributes.requireNoOthers();
        for (String other : node.getOutputList().subList(Math.min(computed + 1, node.getOutputCount()),
                node.getOutputCount())) {
            if (!other.isEmpty() && importer.isUsed(other)) {
                throw new IllegalArgumentException("its output '" + other
                        + "' is not computed; only the first output is supported");
            }
        }
    }

    /** Returns the exception for a node, with its name and operator. */
    InputException failure(RuntimeException e) {
        String what = node.getName().isEmpty() ? "the node that makes '" + node.getOutput(0) + "'" : "node '"
                + node.getName() + "'";
        String reason = what + " (" + node.getOpType() + "): " + e.getMessage();
        return new InputException(importer.failure(reason).getMessage(), e);
    }
}
