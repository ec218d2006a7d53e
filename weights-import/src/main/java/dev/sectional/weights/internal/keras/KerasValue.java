package dev.sectional.weights.internal.keras;

import dev.sectional.core.Shape;

/**
 * A value that a node of the network computes from the image. Keras mostly has channels last, as the network does, so
 * that axes have the same order in both; only the batch is missing here.
 *
 * @param node name of the network's node, or {@code Network.IMAGE}
 * @param shape of its output
 * @param channelsFirst whether Keras has this feature map as (channels, rows, columns); {@link ChannelsFirst}
 */
record KerasValue(String node, Shape shape, boolean channelsFirst) {
    KerasValue(String node, Shape shape) {
        this(node, shape, false);
    }

    /** Returns the feature map as the network stores it. */
    KerasValue channelsLast() {
        return new KerasValue(node, shape);
    }

    int rank() {
        return shape.rank();
    }

    /** Returns the size of the last axis: the channels of a feature map. */
    int channels() {
        return shape.dim(shape.rank() - 1);
    }

    /** Returns rows and columns of a feature map. */
    int[] size() {
        return new int[] {shape.dim(0), shape.dim(1)};
    }

    /**
     * Returns the axis of {@link #shape} that Keras numbers with the batch as axis 0, or from the end.
     *
     * @throws IllegalArgumentException if there is no such axis, or it is the batch
     */
    int axis(int kerasAxis) {
        int axis = kerasAxis < 0 ? kerasAxis + shape.rank() : kerasAxis - 1;
        if (axis < 0 || axis >= shape.rank()) {
            throw new IllegalArgumentException("axis " + kerasAxis + " is none of shape " + shape
                    + " without the batch");
        }
        return axis;
    }
}
