package dev.sectional.nn.layer;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.conv.Epilogue;
import dev.sectional.core.internal.conv.RowBands;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.Layer;
import dev.sectional.nn.plan.AlgorithmPlanner;
import dev.sectional.nn.plan.ConvolutionAlgorithm;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Convolutions that passes without a tape compute together: zeros around a map with the convolution that reads them,
 * depthwise convolutions with the 1x1 convolutions before and after them, as in inverted residual blocks, the first
 * convolution of a network with the max pooling or the depthwise convolution after it, and 1x1 convolutions with the
 * normalised concatenation before them, as in a DenseNet. All but the first run in bands of rows, {@link RowBands},
 * where a map between them is too large for the second-level cache.
 */
final class ConvolutionRows {
    /** Values of a map between two convolutions from which on bands are faster. Measured. */
    static final int LEAST_VALUES = 1 << 17;
    private static final int MOST_STEPS = 3;

    private ConvolutionRows() {
    }

    /**
     * A convolution with the zeros before it and the activation after it, or a max pooling.
     *
     * @param input shape of its input, without those zeros
     * @param activation null for none
     * @param layers number of layers
     */
    private record Step(Layer layer, Shape input, Layer activation, int layers) {
        Conv2d convolution() {
            return (Conv2d) layer;
        }

        int height() {
            return layer.outputShape(input).dim(0);
        }

        boolean isDepthwise() {
            return ConvolutionRows.isDepthwise(convolution(), input);
        }

        boolean isPointwise() {
            return ConvolutionRows.isPointwise(convolution(), input);
        }

        boolean hasFewChannels(Engine engine) {
            return AlgorithmPlanner.of(engine).forward(convolution().shapeAt(input))
                    == ConvolutionAlgorithm.SMALL_CHANNEL;
        }

        void addTo(RowBands bands, Execution execution) {
            if (layer instanceof MaxPool2d pooling) {
                bands.maxPooling(pooling.at(input));
            } else {
                convolution().addTo(bands, execution, input, activation);
            }
        }
    }

    /** Returns whether a convolution has one channel and one filter in each group. */
    static boolean isDepthwise(Conv2d convolution, Shape input) {
        return convolution.groups() > 1 && convolution.groups() == input.dim(2)
                && convolution.weightShape().dim(0) == input.dim(2);
    }

    /** Returns whether each output position of a convolution reads the input position of the same number alone. */
    static boolean isPointwise(Conv2d convolution, Shape input) {
        ConvolutionGeometry geometry = convolution.at(input).geometry();
        return convolution.groups() == 1 && geometry.kernelArea() == 1 && geometry.hasUnitSteps()
                && geometry.rows().before() + geometry.rows().after() == 0
                && geometry.columns().before() + geometry.columns().after() == 0;
    }

    /** Returns the number of layers after the first one that are computed with it; 0 for none. */
    static int fused(Engine engine, Layer first, Shape input, List<Layer> following) {
        return Math.max(0, steps(engine, first, input, following).stream().mapToInt(Step::layers).sum() - 1);
    }

    /** Computes a layer and the layers that {@link #fused} counted. */
    static Tensor forward(Engine engine, Layer first, Tensor x, List<Layer> following) {
        List<Step> steps = steps(engine, first, x.shape(), following);
        Step only = steps.get(0);
        if (steps.size() == 1) {
            return only.convolution().forwardAll(engine, List.of(x), only.activation).get(0);
        }
        Execution execution = Execution.of(engine);
        RowBands bands = new RowBands(execution, x.shape());
        steps.forEach(step -> step.addTo(bands, execution));
        return bands.run(x);
    }

    /**
     * Returns how many layers are computed together that a batch norm begins: its activation, if there is one, and a
     * 1x1 convolution with the activation after it; 0 for none.
     *
     * @param input shape of the map that is normalised
     */
    static int fusedAfterNorm(Engine engine, Shape input, List<Layer> following) {
        int norm = normLayers(following);
        List<Step> steps = convolutions(following.subList(norm, following.size()), input);
        boolean fits = !steps.isEmpty() && steps.get(0).isPointwise()
                && RowBands.occupies(Execution.of(engine), input.dim(0));
        return fits && input.size() >= LEAST_VALUES ? norm + steps.get(0).layers : 0;
    }

    private static int normLayers(List<Layer> following) {
        return following.size() > 1 && Clip.limits(following.get(1)) ? 2 : 1;
    }

    /** Returns the shift of the batch norm that layers begin with, and the interval of its activation. */
    static Epilogue normEpilogue(List<Layer> following) {
        return ((BatchNorm2d) following.get(0)).epilogue(following.subList(1, normLayers(following)));
    }

    /** Computes the layers that {@link #fusedAfterNorm} counted, from bands of the normalised map. */
    static Tensor runAfterNorm(Execution execution, RowBands normalised, Shape input, List<Layer> following) {
        Step step = convolutions(following.subList(normLayers(following), following.size()), input).get(0);
        step.addTo(normalised, execution);
        return normalised.run();
    }

    /** Returns the convolutions that are computed together: those in bands, one with zeros before it, or none. */
    private static List<Step> steps(Engine engine, Layer first, Shape input, List<Layer> following) {
        List<Layer> layers = Stream.concat(Stream.of(first), following.stream()).toList();
        List<Step> all = convolutions(layers, input);
        if (all.isEmpty()) {
            return all;
        }
        boolean stem = all.get(0).hasFewChannels(engine);
        List<Step> pooled = stem ? pooledStem(layers, all.get(0)) : List.of();
        if (!pooled.isEmpty() && fit(engine, pooled)) {
            return pooled;
        }
        int depthwise = stem || all.get(0).isPointwise() ? 1 : 0;
        int count = 0;
        if (all.size() > depthwise && all.get(depthwise).isDepthwise()) {
            int after = depthwise + 1;
            count = all.size() > after && all.get(after).isPointwise() ? after + 1 : after;
        }
        boolean inBands = count > 0 && fit(engine, all.subList(0, count));
        return all.subList(0, inBands ? count : first instanceof Pad2d ? 1 : 0);
    }

    /** Returns whether a map between steps leaves the cache, and the rows of the output keep all threads busy. */
    private static boolean fit(Engine engine, List<Step> steps) {
        return steps.stream().skip(1).anyMatch(step -> step.input.size() >= LEAST_VALUES)
                && RowBands.occupies(Execution.of(engine), steps.get(steps.size() - 1).height());
    }

    /** Returns the first convolution and the max pooling that follows it, or nothing. */
    private static List<Step> pooledStem(List<Layer> layers, Step stem) {
        if (stem.layers == layers.size() || !(layers.get(stem.layers) instanceof MaxPool2d pooling)
                || pooling.geometry().rows().dilation() > 1) {
            return List.of();
        }
        return List.of(stem, new Step(pooling, stem.layer.outputShape(stem.input), null, 1));
    }

    /** Returns the convolutions that layers begin with, at most {@link #MOST_STEPS}. */
    private static List<Step> convolutions(List<Layer> layers, Shape input) {
        List<Step> steps = new ArrayList<>();
        Shape shape = input;
        for (int i = 0; i < layers.size() && steps.size() < MOST_STEPS; ) {
            int start = i;
            Pad2d zeros = layers.get(i) instanceof Pad2d pad ? pad : null;
            i += zeros == null ? 0 : 1;
            if (i == layers.size() || !(layers.get(i) instanceof Conv2d conv) || zeros != null && !conv.takesZeros()) {
                break;
            }
            i++;
            Layer activation = i < layers.size() && Clip.limits(layers.get(i)) ? layers.get(i++) : null;
            Conv2d padded = zeros == null ? conv : conv.padded(zeros);
            steps.add(new Step(padded, shape, activation, i - start));
            shape = padded.outputShape(shape);
        }
        return steps;
    }
}
