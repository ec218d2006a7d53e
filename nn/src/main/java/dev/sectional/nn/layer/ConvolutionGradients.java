package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.conv.DirectConvolution;
import dev.sectional.core.internal.conv.GradientEpilogue;
import dev.sectional.core.internal.conv.PackedMatrix;
import dev.sectional.core.internal.conv.RowBands;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Input gradients of convolutions together with those of the layers before them: of a ReLU or a clip and a batch norm,
 * while each block is in the cache; and in bands of rows, {@link RowBands}, those of a 1x1 convolution, the depthwise
 * convolution before it and the 1x1 convolution before that, where a map between them is too large for the second-level
 * cache.
 */
final class ConvolutionGradients {
    /** Below this share of channels that are not 0, the others are left out. */
    private static final int SPARSE_CHANNELS = 8;

    private ConvolutionGradients() {
    }

    /**
     * A convolution, with zeros before it, and the activation whose output it reads.
     *
     * @param input of the convolution, without those zeros
     * @param activation a ReLU or a clip; null for none
     * @param end number of layers before the first convolution up to here
     */
    private record Step(Conv2d convolution, Tensor input, Layer activation, int end) {
        boolean isPointwise() {
            return ConvolutionRows.isPointwise(convolution, input.shape());
        }

        boolean isLarge() {
            return input.shape().size() >= ConvolutionRows.LEAST_VALUES;
        }
    }

    /** Implements {@link Conv2d#fusedGradients}. */
    static int fused(Engine engine, Conv2d first, List<Layer> before, List<Tensor> inputs, boolean adds) {
        List<Step> bands = adds ? List.of() : bands(engine, steps(first, before, inputs));
        if (!bands.isEmpty()) {
            return bands.get(bands.size() - 1).end;
        }
        int limits = !before.isEmpty() && Clip.limits(before.get(0)) ? 1 : 0;
        return before.size() > limits && before.get(limits) instanceof BatchNorm2d ? limits + 1 : limits;
    }

    /** Implements {@link Conv2d#gradientFused}. */
    static Tensor compute(Engine engine, Conv2d first, Tensor outputGradient, Tensor addend, List<Layer> before,
                          List<Tensor> inputs) {
        Shape input = inputs.get(0).shape();
        if (before.stream().anyMatch(Conv2d.class::isInstance)) {
            Execution execution = Execution.of(engine);
            RowBands bands = new RowBands(execution, outputGradient.shape());
            for (Step step : steps(first, before, inputs)) {
                step.convolution.addGradientTo(bands, execution, step.input.shape());
                if (step.activation != null) {
                    GradientEpilogue limits = Clip.epilogue(null, step.activation, step.input, null);
                    bands.limit(limits.limited(), limits.least(), limits.greatest());
                }
            }
            return bands.run(outputGradient);
        }
        Layer last = before.isEmpty() ? null : before.get(before.size() - 1);
        float[] scales = last instanceof BatchNorm2d norm ? norm.weights().data() : null;
        Layer activation = before.isEmpty() || before.get(0) == last && scales != null ? null : before.get(0);
        boolean changes = addend != null || last != null;
        return first.gradient(engine, input, outputGradient, !changes ? GradientEpilogue.NONE
                : Clip.epilogue(addend == null ? null : addend.data(), activation, inputs.get(0), scales));
    }

    /**
     * Returns the channels of an output gradient that are not 0 everywhere, if they are few: for a convolution that
     * computes the class scores these are the targets alone. Null if they are many.
     */
    static int[] usedChannels(Tensor outputGradient) {
        float[] values = outputGradient.data();
        int channels = outputGradient.shape().dim(2);
        int most = channels / SPARSE_CHANNELS;
        boolean[] used = new boolean[channels];
        int count = 0;
        for (int i = 0, c = 0; i < values.length && count <= most; i++, c = c + 1 == channels ? 0 : c + 1) {
            if (values[i] != 0 && !used[c]) {
                used[c] = true;
                count++;
            }
        }
        return count > most || count == 0 ? null : IntStream.range(0, channels).filter(c -> used[c]).toArray();
    }

    /**
     * Computes the input gradient from some channels of the output gradient alone.
     *
     * @param filters {@code (kh, kw, C, O)}
     * @param channels of the output gradient that are not 0
     */
    static Tensor ofChannels(Execution execution, DirectConvolution convolution, Tensor outputGradient, Tensor filters,
                             int[] channels, Shape input, GradientEpilogue epilogue) {
        Tensor used = channels(execution, outputGradient, channels);
        Tensor weights = channels(execution, filters, channels);
        PackedMatrix rotated = DirectConvolution.packRotated(execution, weights);
        Tensor gradient = convolution.inputGradient(execution, used, rotated, input, epilogue);
        rotated.release(execution);
        execution.release(weights);
        execution.release(used);
        return gradient;
    }

    /** Returns some elements of each vector along the last axis, in pooled memory. */
    private static Tensor channels(Execution execution, Tensor of, int[] channels) {
        int[] dims = of.shape().dims();
        int step = dims[dims.length - 1];
        dims[dims.length - 1] = channels.length;
        Tensor some = execution.tensor(Shape.of(dims));
        for (int i = 0; i < some.data().length; i++) {
            some.data()[i] = of.data()[i / channels.length * step + channels[i % channels.length]];
        }
        return some;
    }

    /** Returns the convolutions that layers consist of, each with the zeros and the activation before it. */
    private static List<Step> steps(Conv2d first, List<Layer> before, List<Tensor> inputs) {
        List<Step> steps = new ArrayList<>();
        Conv2d convolution = first;
        for (int at = 0; convolution != null; at++) {
            if (at < before.size() && before.get(at) instanceof Pad2d zeros && convolution.takesZeros()) {
                convolution = convolution.padded(zeros);
                at++;
            }
            Layer activation = at < before.size() && Clip.limits(before.get(at)) ? before.get(at) : null;
            Tensor input = inputs.get(at);
            at = activation == null ? at : at + 1;
            steps.add(new Step(convolution, input, activation, at));
            convolution = at < before.size() && before.get(at) instanceof Conv2d next ? next : null;
        }
        return steps;
    }

    /** Returns the steps that are computed in bands of rows; none if the maps between them are small. */
    private static List<Step> bands(Engine engine, List<Step> steps) {
        if (steps.size() < 2 || !steps.get(0).isPointwise()
                || !ConvolutionRows.isDepthwise(steps.get(1).convolution, steps.get(1).input.shape())) {
            return List.of();
        }
        int count = steps.size() > 2 && steps.get(2).isPointwise() ? 3 : 2;
        boolean large = steps.subList(0, count - 1).stream().anyMatch(Step::isLarge);
        int rows = steps.get(count - 1).input.shape().dim(0);
        return large && RowBands.occupies(Execution.of(engine), rows) ? steps.subList(0, count) : List.of();
    }
}
