package dev.sectional.weights.internal.onnx;

import dev.sectional.core.Shape;
import dev.sectional.nn.ModelCard;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A value that a node of the network computes from the image, and how ONNX sees it.
 *
 * <p>The network has no batch dimension and stores feature maps with channels last, so a value is stored under another
 * shape than ONNX gives it. Reading the stored axes in {@code order} gives the elements in ONNX's order; {@code dims}
 * cuts them into ONNX's shape. A reshape in ONNX therefore changes only {@code dims}, and a transpose only
 * {@code order}; {@link Layouts} adds nodes where an operator needs another arrangement in memory.
 *
 * @param node name of the network's node, or {@code Network.IMAGE}
 * @param shape of that node's output
 * @param dims of the value in ONNX; a batch counts as 1
 * @param order of the stored axes as ONNX reads them
 * @param reshapedBy name of the ONNX node that gave it these dims or this order; null if they follow from the node
 * @param ending how the value becomes probabilities; null for any other value
 * @param shared whether several operators use it
 */
record DynamicValue(String node, Shape shape, int[] dims, int[] order, String reshapedBy, Ending ending,
                    boolean shared) implements GraphValue {
    /**
     * A Softmax or Sigmoid that may be the end of the graph. The value is then that of the logits. An operator that
     * takes the probabilities has it computed.
     *
     * @param output of the model card
     * @param kind of the layer that computes the probabilities
     * @param name of that layer
     * @param axis of {@code dims}, over which a Softmax runs
     * @param dims of the logits
     */
    record Ending(ModelCard.Output output, String kind, String name, int axis, int[] dims) {
    }

    /**
     * Returns the output of a node.
     *
     * @param shape of the node's output
     * @param dims in ONNX
     * @param axes axis of {@code dims} that each stored axis is
     */
    static DynamicValue of(String node, Shape shape, int[] dims, int[] axes) {
        int[] order = IntStream.range(0, axes.length).boxed().sorted((a, b) -> axes[a] - axes[b])
                .mapToInt(i -> i).toArray();
        return new DynamicValue(node, shape, dims, order, null, null, false);
    }

    /**
     * Returns this value under other dims of the same size.
     *
     * @throws IllegalArgumentException if they have another size
     */
    DynamicValue reshaped(int[] others, String by) {
        if (Shape.of(others).size() != shape.size()) {
            throw new IllegalArgumentException("asks for shape " + Shape.of(others) + " from shape " + Shape.of(dims));
        }
        return new DynamicValue(node, shape, others, order, Arrays.equals(others, dims) ? reshapedBy : by, ending,
                shared);
    }

    /** Returns this value under other dims, with the stored axes read in another order. */
    DynamicValue reordered(int[] others, int[] inOrder, String by) {
        return new DynamicValue(node, shape, others, inOrder, by, ending, shared);
    }

    /** Returns the output of a node that computes each element of this value alone. */
    DynamicValue at(String other) {
        return new DynamicValue(other, shape, dims, order, reshapedBy, null, false);
    }

    /** Returns this value as logits that become probabilities in that way; as a plain value if it is null. */
    DynamicValue withEnding(Ending as) {
        return new DynamicValue(node, shape, dims, order, reshapedBy, as, shared);
    }

    /** Returns this value, shared if it was or {@code several} operators use it. */
    DynamicValue sharedIf(boolean several) {
        return new DynamicValue(node, shape, dims, order, reshapedBy, ending, shared || several);
    }

    int rank() {
        return dims.length;
    }

    /** Returns the size of the last stored axis: of a feature map its channels. */
    int channels() {
        return shape.dim(shape.rank() - 1);
    }

    /**
     * Returns the stored axis of each axis of {@code dims}, -1 for an axis of size 1 that is not stored; null if an
     * axis is stored in parts, or several axes as one.
     */
    int[] storedAxes() {
        int[] axes = new int[dims.length];
        Arrays.fill(axes, -1);
        int i = order.length - 1;
        int j = dims.length - 1;
        while (i >= 0 || j >= 0) {
            boolean storedOne = i >= 0 && shape.dim(order[i]) == 1;
            boolean one = j >= 0 && dims[j] == 1;
            if (storedOne && one && j > 0) {
                axes[j--] = order[i--];
            } else if (one) {
                j--;
            } else if (storedOne) {
                i--;
            } else if (i < 0 || j < 0 || shape.dim(order[i]) != dims[j]) {
                return null;
            } else {
                axes[j--] = order[i--];
            }
        }
        return axes;
    }
}
