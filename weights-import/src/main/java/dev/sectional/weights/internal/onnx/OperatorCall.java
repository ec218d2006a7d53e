package dev.sectional.weights.internal.onnx;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.TensorSource;
import dev.sectional.weights.internal.onnx.proto.NodeProto;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One node of the ONNX graph as its operator sees it: inputs, attributes, and where the result goes. What does not fit is an
 * {@link IllegalArgumentException}; {@link OperatorTable} names the node.
 */
final class OperatorCall {
    private static final int MOST_DIMS = 16;

    private final GraphImporter importer;
    private final NodeProto node;
    private final String name;
    private final NodeAttributes attributes;

    /** @param name of the network's node, if it comes to one */
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

    int opset() {
        return importer.opset();
    }

    GraphImporter importer() {
        return importer;
    }

    int inputs() {
        return node.getInputCount();
    }

    boolean has(int i) {
        return i < node.getInputCount() && !node.getInput(i).isEmpty();
    }

    /** An input, whatever it is; after Softmax too. */
    GraphValue any(int i) {
        if (!has(i)) {
            throw new IllegalArgumentException("input " + (i + 1) + " is missing");
        }
        return importer.value(node.getInput(i));
    }

    boolean isKnown(int i) {
        return any(i) instanceof ConstantValue;
    }

    ConstantValue known(int i) {
        if (any(i) instanceof ConstantValue tensor) {
            return tensor;
        }
        throw new IllegalArgumentException("input " + (i + 1) + " '" + node.getInput(i) + "' depends on the image; only constants are taken there");
    }

    ConstantValue knownOrNull(int i) {
        return has(i) ? known(i) : null;
    }

    /** Exact whole numbers of an input of one or no dimension. */
    long[] whole(int i) {
        ConstantValue tensor = known(i);
        if (tensor.whole() == null || tensor.shape().rank() > 1) {
            throw new IllegalArgumentException("input " + (i + 1) + " is " + tensor.type() + " of shape " + tensor.shape() + ", wanted a few whole numbers");
        }
        return tensor.whole();
    }

    /** An input that depends on the image. */
    DynamicValue computed(int i) {
        if (!(any(i) instanceof DynamicValue value)) {
            throw new IllegalArgumentException("input " + (i + 1) + " '" + node.getInput(i) + "' is a constant; there the image's values are taken");
        }
        if (value.ending() != null) {
            throw new IllegalArgumentException("takes probabilities: Softmax and Sigmoid are taken only at the end of a graph");
        }
        return value;
    }

    /** An input that is a map. */
    DynamicValue map(int i) {
        return importer.asMap(computed(i));
    }

    /** An input that is a vector. */
    DynamicValue vector(int i) {
        return importer.asVector(computed(i));
    }

    /** An input that is a map or a vector. */
    DynamicValue mapOrVector(int i) {
        return computed(i).dims().length == 4 ? map(i) : vector(i);
    }

    /** The result is a new node of the network. */
    DynamicValue emit(String kind, Map<String, Object> settings, Map<String, TensorSource> tensors, DynamicValue... inputs) {
        DynamicValue made = importer.add(name, kind, settings, tensors, List.of(inputs));
        put(made);
        return made;
    }

    /** The result is a new node that works on each value alone, whatever ONNX takes its shape for. */
    void emitElementwise(String kind, Map<String, Object> settings) {
        DynamicValue x = computed(0);
        DynamicValue made = emit(kind, settings, Map.of(), x);
        put(new DynamicValue(made.node(), made.shape(), x.dims(), x.reshapedBy(), null, false));
    }

    /** The result is that value. */
    void put(GraphValue value) {
        importer.put(node.getOutput(0), value);
    }

    /** The result is the first input under other dims: those given, of which one may be -1. */
    void putReshaped(long[] dims) {
        GraphValue value = any(0);
        int[] from = value instanceof DynamicValue computed ? computed.dims() : ((ConstantValue) value).shape().dims();
        if (dims.length > MOST_DIMS) {
            throw new IllegalArgumentException("asks for " + dims.length + " dimensions");
        }
        int[] to = inferred(dims, Shape.of(from));
        if (value instanceof DynamicValue computed) {
            put(computed.reshaped(to, name));
        } else {
            put(((ConstantValue) value).reshaped(Shape.of(to)));
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
            throw new IllegalArgumentException("asks for shape " + Arrays.toString(dims) + " of values of shape " + from);
        }
        return Arrays.stream(full).mapToInt(d -> (int) d).toArray();
    }

    /** The dims of the first input as ONNX sees it. */
    int[] dims() {
        return any(0) instanceof DynamicValue computed ? computed.dims() : known(0).shape().dims();
    }

    /** An axis of a value of that rank, counted from the end where it is negative. */
    static int axis(long axis, int rank) {
        long positive = axis < 0 ? axis + rank : axis;
        if (positive < 0 || positive >= rank) {
            throw new IllegalArgumentException("axis " + axis + " does not exist among " + rank);
        }
        return (int) positive;
    }

    /** The node's weights by their names, without those that are null. */
    static Map<String, TensorSource> tensors(TensorSource weight, TensorSource bias) {
        Map<String, TensorSource> tensors = new LinkedHashMap<>();
        tensors.put("weight", weight);
        if (bias != null) {
            tensors.put("bias", bias);
        }
        return tensors;
    }

    /** Refuses attributes that the operator did not look at and outputs that it did not make. */
    void finish() {
        attributes.requireNoOthers();
        List<String> others = new ArrayList<>(node.getOutputList().subList(1, node.getOutputCount()));
        for (String other : others) {
            if (!other.isEmpty() && importer.isTaken(other)) {
                throw new IllegalArgumentException("its output '" + other + "' is not computed; only the first is");
            }
        }
    }

    /** What went wrong, with the node's name and operator. */
    InputException wrong(RuntimeException e) {
        String what = node.getName().isEmpty() ? "the node that makes '" + node.getOutput(0) + "'" : "node '" + node.getName() + "'";
        return importer.wrong(what + " (" + node.getOpType() + "): " + e.getMessage());
    }
}
