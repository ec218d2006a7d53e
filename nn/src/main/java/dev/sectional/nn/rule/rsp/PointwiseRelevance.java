package dev.sectional.nn.rule.rsp;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.conv.SignSplitPointwise;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.layer.Conv2d;
import java.util.Arrays;

/**
 * RSP's rule by direct products for 1x1 convolutions without padding: the products of both signs together, block by
 * block of positions. With a stride, the positions that windows read are gathered first.
 */
final class PointwiseRelevance implements RspAlgorithm {
    private final Execution execution;
    private final ConvolutionGeometry geometry;
    private final Shape input;
    /** The inputs that windows read, {@code (H', W', C)}. */
    private final float[] values;
    private final boolean gathered;

    /** @param x {@code (H, W, C)}, at least 0 */
    PointwiseRelevance(Execution execution, ConvolutionGeometry geometry, Tensor x) {
        this.execution = execution;
        this.geometry = geometry;
        input = x.shape();
        gathered = !geometry.hasUnitSteps();
        values = gathered ? execution.acquire(geometry.outputShape(input, input.dim(2)).size()) : x.data();
        if (gathered) {
            copy((inner, outer) -> System.arraycopy(x.data(), outer, values, inner, input.dim(2)));
        }
    }

    /** Returns whether the algorithm serves a convolution. */
    static boolean fits(Execution execution, Conv2d conv) {
        ConvolutionGeometry geometry = conv.geometry();
        int padding = geometry.rows().before() + geometry.rows().after() + geometry.columns().before()
                + geometry.columns().after();
        return geometry.kernelArea() == 1 && padding == 0 && conv.groups() == 1
                && SignSplitPointwise.fits(execution, conv.weightShape().dim(1));
    }

    @Override
    public RelevanceShares shares(Tensor r) {
        int channels = input.dim(2);
        int outputs = r.shape().dim(2);
        Tensor all = execution.tensor(input);
        if (!gathered) {
            double dead = SignSplitPointwise.shares(execution, values, channels, r.data(), outputs,
                    values.length / channels, all.data());
            return new RelevanceShares(all, dead);
        }
        float[] own = execution.acquire(values.length);
        double dead = SignSplitPointwise.shares(execution, values, channels, r.data(), outputs,
                values.length / channels, own);
        Arrays.fill(all.data(), 0f);   // positions that no window reads
        copy((inner, outer) -> System.arraycopy(own, inner, all.data(), outer, channels));
        execution.release(own);
        return new RelevanceShares(all, dead);
    }

    private interface Copy {
        void at(int inner, int outer);
    }

    /** Calls the action with the index of each gathered position and its index in the input. */
    private void copy(Copy action) {
        int channels = input.dim(2);
        int width = geometry.columns().count(input.dim(1));
        execution.workers().run(geometry.rows().count(input.dim(0)), row -> {
            int line = row * geometry.rows().stride() * input.dim(1);
            for (int i = 0; i < width; i++) {
                action.at((row * width + i) * channels, (line + i * geometry.columns().stride()) * channels);
            }
        });
    }

    @Override
    public void close() {
        if (gathered) {
            execution.release(values);
        }
    }
}
