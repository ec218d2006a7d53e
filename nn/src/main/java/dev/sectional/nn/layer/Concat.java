package dev.sectional.nn.layer;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.conv.DepthwiseConvolution;
import dev.sectional.core.internal.conv.Epilogue;
import dev.sectional.core.internal.conv.RowBands;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.runtime.Workers;
import dev.sectional.nn.Layer;
import dev.sectional.nn.Merge;
import dev.sectional.nn.PureLayer;
import dev.sectional.nn.Rearrangement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Its inputs one after the other along one axis, by default the last: the channels of feature maps {@code (H, W, C)},
 * or vectors. The other axes have equal sizes.
 */
public final class Concat implements Merge, Rearrangement, PureLayer {
    private static final int LAST = -1;
    private static final int CHANNELS = 2;
    /** Values that one task joins: they stay in the second-level cache. */
    private static final int TASK_VALUES = 1 << 15;

    private final int axis;

    /** Creates a concatenation along the last axis. */
    public Concat() {
        this.axis = LAST;
    }

    /**
     * Creates a concatenation along an axis.
     *
     * @param axis from 0
     */
    public Concat(int axis) {
        if (axis < 0) {
            throw new IllegalArgumentException("a concatenation has an axis of at least 0, got " + axis);
        }
        this.axis = axis;
    }

    /** {@return false: the last feature map of some networks is a concatenation of branches} */
    @Override
    public boolean isPoolingOrDropout() {
        return false;
    }

    private int axis(Shape shape) {
        return axis == LAST ? shape.rank() - 1 : axis;
    }

    @Override
    public Shape outputShape(List<Shape> inputs) {
        Shape first = inputs.get(0);
        int along = axis(first);
        int[] dims = first.dims();
        if (along < 0 || along >= dims.length) {
            throw new IllegalArgumentException("a concatenation along axis " + axis + " does not fit shape " + first);
        }
        for (Shape input : inputs.subList(1, inputs.size())) {
            int[] own = input.dims();
            if (own.length == dims.length) {
                dims[along] = Math.addExact(dims[along], own[along]);
                own[along] = dims[along];
            }
            if (!Arrays.equals(own, dims)) {
                throw new IllegalArgumentException("a concatenation along axis " + along + " takes inputs of equal"
                        + " sizes along the others, got " + inputs);
            }
        }
        return Shape.of(dims);
    }

    @Override
    public Tensor forward(Engine engine, List<Tensor> inputs) {
        return joined(engine, inputs, (input, own, joined, width, first, from, to) -> {
            for (int block = from; block < to; block++) {
                System.arraycopy(input, block * own, joined, block * width + first, own);
            }
        });
    }

    /** Returns whether the next layer normalises the channels of a feature map, which this one joins. */
    @Override
    public boolean canFuse(Layer next) {
        return next instanceof BatchNorm2d && (axis == LAST || axis == CHANNELS);
    }

    @Override
    public Tensor forwardFused(Engine engine, List<Tensor> inputs, List<Layer> next) {
        BatchNorm2d norm = (BatchNorm2d) next.get(0);
        float[] scales = norm.weights().data();
        Epilogue epilogue = norm.epilogue(next.subList(1, next.size()));
        return joined(engine, inputs, (input, own, joined, width, first, from, to) -> {
            Epilogue part = epilogue.withBias(Arrays.copyOfRange(epilogue.bias(), first, first + own));
            DepthwiseConvolution.scale(Execution.of(engine), input, own, scales, first, part, joined, from * width,
                    width, from, to);
        });
    }

    /** Counts a batch norm, its activation, and a 1x1 convolution that reads them alone, as in a DenseNet. */
    @Override
    public int fusedRows(Engine engine, List<Shape> inputs, List<Layer> following) {
        boolean normalises = inputs.get(0).rank() == 3 && !following.isEmpty() && canFuse(following.get(0));
        return normalises ? ConvolutionRows.fusedAfterNorm(engine, outputShape(inputs), following) : 0;
    }

    @Override
    public Tensor forwardRows(Engine engine, List<Tensor> inputs, List<Layer> following) {
        Execution execution = Execution.of(engine);
        Shape shape = outputShape(inputs.stream().map(Tensor::shape).toList());
        float[] scales = ((BatchNorm2d) following.get(0)).weights().data();
        List<Epilogue> parts = new ArrayList<>();
        Epilogue whole = ConvolutionRows.normEpilogue(following);
        int channel = 0;
        for (Tensor input : inputs) {
            int end = channel + input.shape().dim(CHANNELS);
            parts.add(whole.withBias(Arrays.copyOfRange(whole.bias(), channel, end)));
            channel = end;
        }
        int positions = shape.dim(1);
        RowBands bands = new RowBands(execution, shape).source((from, to, y, start) -> {
            int first = 0;
            for (int i = 0; i < parts.size(); i++) {
                int own = inputs.get(i).shape().dim(CHANNELS);
                DepthwiseConvolution.scale(execution, inputs.get(i).data(), own, scales, first, parts.get(i), y, start,
                        shape.dim(CHANNELS), from * positions, to * positions);
                first += own;
            }
        });
        return ConvolutionRows.runAfterNorm(execution, bands, shape, following);
    }

    /** Writes some blocks of one input, {@code own} values each, to the joined tensor. */
    private interface Part {
        void write(float[] input, int own, float[] joined, int width, int first, int from, int to);
    }

    private Tensor joined(Engine engine, List<Tensor> inputs, Part part) {
        Execution execution = Execution.of(engine);
        Tensor joined = execution.tensor(outputShape(inputs.stream().map(Tensor::shape).toList()));
        int width = run(joined.shape());
        inTasks(execution, joined.data().length, width, (from, to) -> {
            int first = 0;
            for (Tensor input : inputs) {
                int own = run(input.shape());
                part.write(input.data(), own, joined.data(), width, first, from, to);
                first += own;
            }
        });
        return joined;
    }

    /** Divides the blocks of {@code width} values into tasks. */
    private static void inTasks(Execution execution, int values, int width, Workers.Chunk task) {
        int blocks = values / Math.max(1, width);
        int together = Math.max(1, TASK_VALUES / Math.max(1, width));
        execution.workers().run((blocks + together - 1) / together, i ->
                task.run(i * together, Math.min(blocks, (i + 1) * together)));
    }

    /** {@return for each input the output gradient of its part} */
    @Override
    public List<Tensor> gradient(Engine engine, List<Tensor> inputs, Tensor output, Tensor outputGradient) {
        return gradientSums(engine, inputs, output, outputGradient, Collections.nCopies(inputs.size(), null));
    }

    @Override
    public List<Tensor> gradientSums(Engine engine, List<Tensor> inputs, Tensor output, Tensor outputGradient,
                                     List<Tensor> sums) {
        Execution execution = Execution.of(engine);
        int width = run(outputGradient.shape());
        List<Tensor> gradients = new ArrayList<>();
        for (int i = 0; i < sums.size(); i++) {
            gradients.add(sums.get(i) == null ? execution.tensor(inputs.get(i).shape()) : sums.get(i));
        }
        inTasks(execution, outputGradient.data().length, width, (from, to) -> {
            int first = 0;
            for (int i = 0; i < gradients.size(); i++) {
                float[] sum = gradients.get(i).data();
                int own = run(inputs.get(i).shape());
                for (int block = from; block < to; block++) {
                    if (sums.get(i) == null) {
                        System.arraycopy(outputGradient.data(), block * width + first, sum, block * own, own);
                    } else {
                        execution.add(outputGradient.data(), block * width + first, sum, block * own, own);
                    }
                }
                first += own;
            }
        });
        return gradients;
    }

    /** Returns the number of neighbouring values that a concatenation copies together. */
    private int run(Shape shape) {
        int run = 1;
        for (int i = axis(shape); i < shape.rank(); i++) {
            run *= shape.dim(i);
        }
        return run;
    }
}
