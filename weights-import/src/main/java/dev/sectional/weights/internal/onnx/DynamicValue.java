package dev.sectional.weights.internal.onnx;

import dev.sectional.core.Shape;
import dev.sectional.nn.ModelCard;
import java.util.Arrays;

/**
 * A value that a node of the network computes from the image.
 *
 * <p>ONNX has a batch dimension and channels before rows and columns; the network has one image and channels last. A
 * reshape in ONNX keeps the order batch, channel, row, column, so it is only noted in {@code dims}. The importer adds a
 * layer
 * that flattens or unflattens when an operator needs the other rank.
 *
 * @param node name of the network's node, or {@code Network.IMAGE}
 * @param shape of that node's output, {@code (H, W, C)} or {@code (N)}
 * @param dims of the value in ONNX, batch first
 * @param reshapedBy name of the ONNX node that gave it these dims; null if they follow from the shape
 * @param output how the value, which is the logits, becomes probabilities; null for any other value
 * @param shared whether several operators use it
 */
record DynamicValue(String node, Shape shape, int[] dims, String reshapedBy, ModelCard.Output output, boolean shared)
        implements GraphValue {
    /** Returns the output of a node. */
    static DynamicValue of(String node, Shape shape, int batch) {
        int[] dims = shape.rank() == 3 ? new int[] {batch, shape.dim(2), shape.dim(0), shape.dim(1)}
                : new int[] {batch, shape.dim(0)};
        return new DynamicValue(node, shape, dims, null, null, false);
    }

    /** Returns this value under other dims of the same size. */
    DynamicValue reshaped(int[] others, String by) {
        return new DynamicValue(node, shape, others, Arrays.equals(others, dims) ? reshapedBy : by, output, shared);
    }

    /** Returns this value as logits that become probabilities in that way. */
    DynamicValue withOutput(ModelCard.Output as) {
        return new DynamicValue(node, shape, dims, reshapedBy, as, shared);
    }

    /** Returns this value, shared if it was or {@code several} operators use it. */
    DynamicValue sharedIf(boolean several) {
        return new DynamicValue(node, shape, dims, reshapedBy, output, shared || several);
    }

    /** Returns the number of channels of a feature map, or of elements of a vector. */
    int channels() {
        return shape.dim(shape.rank() - 1);
    }
}
