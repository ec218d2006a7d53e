package dev.sectional.nn.layer;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import java.util.Arrays;
import java.util.function.IntFunction;

/**
 * Splits tensors into equal parts of their last dimension, the channels, and joins such parts: the input, filters and
 * output of a grouped convolution.
 *
 * @param count number of groups, at least 1
 */
record ChannelGroups(int count) {
    /** Returns a copy of one group's channels; the tensor itself if there is one group. */
    Tensor part(Tensor whole, int group) {
        if (count == 1) {
            return whole;
        }
        int[] dims = whole.shape().dims();
        int width = dims[dims.length - 1];
        int own = width / count;
        dims[dims.length - 1] = own;
        Tensor part = Tensor.zeros(Shape.of(dims));
        for (int from = group * own, to = 0; to < part.data().length; from += width, to += own) {
            System.arraycopy(whole.data(), from, part.data(), to, own);
        }
        return part;
    }

    /** Returns a copy of one group's values; the array itself, which may be null, if there is one group or no array. */
    float[] part(float[] perChannel, int group) {
        if (count == 1 || perChannel == null) {
            return perChannel;
        }
        int own = perChannel.length / count;
        return Arrays.copyOfRange(perChannel, group * own, (group + 1) * own);
    }

    /**
     * Computes the part of each group and joins them along the last dimension.
     *
     * @param shape of the whole
     * @param parts computes the part of the group of that number
     */
    Tensor joined(Shape shape, IntFunction<Tensor> parts) {
        if (count == 1) {
            return parts.apply(0);
        }
        Tensor whole = Tensor.zeros(shape);
        int width = shape.dim(shape.rank() - 1);
        int own = width / count;
        for (int group = 0; group < count; group++) {
            float[] part = parts.apply(group).data();
            for (int to = group * own, from = 0; from < part.length; from += own, to += width) {
                System.arraycopy(part, from, whole.data(), to, own);
            }
        }
        return whole;
    }
}
