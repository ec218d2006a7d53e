package dev.sectional.weights.internal.onnx;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.TensorSource;
import dev.sectional.weights.internal.onnx.proto.NodeProto;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A node of the ONNX graph as its operator sees it: inputs, attributes and the place for its output. Inputs count from
 * 0.
 * A node that does not fit is an {@link IllegalArgumentException}; {@link OperatorTable} adds the node's name.
 */
final class OperatorCall {
    private static final int MOST_DIMS = 16;

    private final GraphImporter importer;
    private final NodeProto node;
    private final String name;
    private final NodeAttributes attributes;

    /** @param name of the node in the network, if the operator adds one */
    OperatorCall(GraphImporter importer, NodeProto node, String name) {
        this.importer = importer;
        this.node = node;
        this.name = name;
        this.attributes = new NodeAttributes(node);
    }

    NodeProto node() {
        return node;
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
                    + tensor.shape()
                    + ", wanted a few integers");
        }
        return tensor.integers();
    }

    /** Returns an input that must depend on the image. */
    DynamicValue dynamic(int i) {
        if (!(input(i) instanceof DynamicValue value)) {
            throw new IllegalArgumentException("input " + (i + 1) + " '" + node.getInput(i)
                    + "' is a constant; it must depend on the image");
        }
        if (value.output() != null) {
            throw new IllegalArgumentException(
                    "takes probabilities; Softmax and Sigmoid are supported only at the end of a graph");
        }
        return value;
    }

    /** Returns an input that must be a feature map. */
    DynamicValue featureMap(int i) {
        return importer.asFeatureMap(dynamic(i));
    }

    /** Returns an input that must be a vector. */
    DynamicValue vector(int i) {
        return importer.asVector(dynamic(i));
    }

    /** Returns an input that must be a feature map or a vector. */
    DynamicValue featureMapOrVector(int i) {
        return dynamic(i).dims().length == 4 ? featureMap(i) : vector(i);
    }

    /** Adds a node to the network and makes it the output. */
    DynamicValue emit(String kind, Map<String, Object> settings, Map<String, TensorSource> tensors,
            DynamicValue... inputs) {
        DynamicValue made = importer.add(name, kind, settings, tensors, List.of(inputs));
        setOutput(made);
        return made;
    }

    /** Adds a node that works on each element alone, whatever its shape is in ONNX, and makes it the output. */
    void emitElementwise(String kind, Map<String, Object> settings) {
        DynamicValue x = dynamic(0);
        DynamicValue made = emit(kind, settings, Map.of(), x);
        setOutput(new DynamicValue(made.node(), made.shape(), x.dims(), x.reshapedBy(), null, false));
    }

    /** Makes a value the output. */
    void setOutput(GraphValue value) {
        importer.put(node.getOutput(0), value);
    }

    /** Makes the first input the output, under other dims, of which one may be -1 and follows from the others. */
    void setReshaped(long[] dims) {
        GraphValue value = input(0);
        if (dims.length > MOST_DIMS) {
            throw new IllegalArgumentException("asks for " + dims.length + " dimensions");
        }
        int[] to = inferred(dims, Shape.of(inputDims()));
        setOutput(value instanceof DynamicValue dynamic ? dynamic.reshaped(to, name)
                : ((ConstantValue) value).reshaped(Shape.of(to)));
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

    /** Returns the dims of the first input in ONNX. */
    int[] inputDims() {
        return input(0) instanceof DynamicValue dynamic ? dynamic.dims() : constant(0).shape().dims();
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
        for (String other : node.getOutputList().subList(1, node.getOutputCount())) {
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
        return importer.failure(what + " (" + node.getOpType() + "): " + e.getMessage());
    }
}
