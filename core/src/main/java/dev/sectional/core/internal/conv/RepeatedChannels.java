package dev.sectional.core.internal.conv;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;

/**
 * A feature map whose channels are repeated for each filter of their group: {@code (H, W, C)} to
 * {@code (H, W, C / groups, O)}, element {@code (., ., k, o)} being channel k of the group of filter o. A grouped
 * convolution of it is depthwise.
 */
final class RepeatedChannels {
    private RepeatedChannels() {
    }

    /** Returns pooled memory, or x itself where each group has one channel and one filter. */
    static Tensor of(Execution execution, Tensor x, int groups, int outputs) {
        int channels = x.shape().dim(2);
        if (channels == groups && outputs == groups) {
            return x;
        }
        int perGroup = channels / groups;
        int filters = outputs / groups;
        int width = x.shape().dim(1);
        Tensor repeated = execution.tensor(Shape.of(x.shape().dim(0), width, perGroup * outputs));
        execution.workers().run(x.shape().dim(0), row -> {
            for (int position = row * width; position < (row + 1) * width; position++) {
                int to = position * perGroup * outputs;
                for (int k = 0; k < perGroup; k++) {
                    for (int group = 0; group < groups; group++) {
                        float value = x.data()[position * channels + group * perGroup + k];
                        for (int end = to + filters; to < end; to++) {
                            repeated.data()[to] = value;
                        }
                    }
                }
            }
        });
        return repeated;
    }

    /** Releases a result of {@link #of}, unless it is x. */
    static void release(Execution execution, Tensor repeated, Tensor x) {
        if (repeated != x) {
            execution.release(repeated);
        }
    }

    /**
     * Returns the filters of the input gradient, whose channels and filters are exchanged within each group:
     * {@code (kh, kw, C / groups, O)} to {@code (kh, kw, O / groups, C)}, pooled memory; the filters themselves where
     * each group has one channel and one filter.
     */
    static Tensor exchanged(Execution execution, Tensor filters, int groups) {
        int perGroup = filters.shape().dim(2);
        int outputs = filters.shape().dim(3);
        int perGroupOutputs = outputs / groups;
        if (perGroup == 1 && perGroupOutputs == 1) {
            return filters;
        }
        int channels = perGroup * groups;
        int area = filters.shape().dim(0) * filters.shape().dim(1);
        Tensor exchanged = execution.tensor(Shape.of(filters.shape().dim(0), filters.shape().dim(1), perGroupOutputs,
                channels));
        for (int offset = 0; offset < area; offset++) {
            for (int m = 0; m < perGroupOutputs; m++) {
                for (int c = 0; c < channels; c++) {
                    int from = (offset * perGroup + c % perGroup) * outputs + c / perGroup * perGroupOutputs + m;
                    exchanged.data()[(offset * perGroupOutputs + m) * channels + c] = filters.data()[from];
                }
            }
        }
        return exchanged;
    }
}
