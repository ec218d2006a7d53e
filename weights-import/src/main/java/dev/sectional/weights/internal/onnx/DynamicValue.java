package dev.sectional.weights.internal.onnx;

import dev.sectional.core.Shape;
import dev.sectional.nn.ModelCard;
import java.util.Arrays;

/**
 * A value that a node of the network computes from the image. ONNX has a batch in front and channels before rows and
 * columns; the network has one image and channels last. Reshaping in ONNX keeps the order batch, channel, row, column, so
 * it is only noted in {@code dims}; a layer that flattens is put in when an operator needs the other rank.
 *
 * @param node of the network, or {@code Network.IMAGE}
 * @param shape of that node's output, {@code (H, W, C)} or {@code (N)}
 * @param dims as ONNX sees the value, the batch first
 * @param reshapedBy name of the ONNX node that gave it these dims; null where they follow from the shape
 * @param ending what turns the value, which is the logits, into probabilities; null for any other value
 * @param shared whether several operators take it
 */
record DynamicValue(String node, Shape shape, int[] dims, String reshapedBy, ModelCard.Output ending, boolean shared) implements GraphValue {
    /** A node's output as it is. */
    static DynamicValue of(String node, Shape shape, int batch) {
        int[] dims = shape.rank() == 3 ? new int[] {batch, shape.dim(2), shape.dim(0), shape.dim(1)} : new int[] {batch, shape.dim(0)};
        return new DynamicValue(node, shape, dims, null, null, false);
    }

    /** The same values under other dims of the same size. */
    DynamicValue reshaped(int[] others, String by) {
        return new DynamicValue(node, shape, others, Arrays.equals(others, dims) ? reshapedBy : by, ending, shared);
    }

    DynamicValue ending(ModelCard.Output as) {
        return new DynamicValue(node, shape, dims, reshapedBy, as, shared);
    }

    DynamicValue sharedIf(boolean taken) {
        return new DynamicValue(node, shape, dims, reshapedBy, ending, shared || taken);
    }

    /** Channels of a map, or values of a vector. */
    int channels() {
        return shape.dim(shape.rank() - 1);
    }
}
