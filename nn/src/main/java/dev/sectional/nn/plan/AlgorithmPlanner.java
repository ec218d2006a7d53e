package dev.sectional.nn.plan;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Engine;
import dev.sectional.core.Window;
import dev.sectional.core.internal.conv.PointwiseInput;
import dev.sectional.core.internal.conv.SmallChannelConvolution;
import dev.sectional.core.internal.conv.SplitKernel;
import dev.sectional.core.internal.exec.Execution;
import java.util.List;
import java.util.Optional;

/**
 * Chooses the algorithm of every convolution and of every relevance rule, by counted multiply-adds, those of the
 * transforms included.
 *
 * <p>The choice depends on shapes, strides and groups, for relevance rules also on the share of nonzeros. The provider
 * decides only whether inputs of few channels are repacked; the number of threads changes nothing. All costs are in
 * multiply-adds of a GEMM micro-kernel; measured ones include the wait for memory, see {@code tests/benchmarks}.
 * Immutable and safe to share.
 */
public final class AlgorithmPlanner {
    /** Side of a Winograd tile of outputs, F(4x4, 3x3). */
    private static final int TILE = 4;
    /** Products of one Winograd tile for each pair of channels. */
    private static final long POINTS = 36;
    /** Up to this number of channels, an input counts as small-channel. */
    private static final int SMALL_CHANNELS = 8;
    /** Up to this number of channels per group, which are repeated for each filter, no matrix product is used. */
    private static final int DEPTHWISE_CHANNELS = 8;

    /** Fixed cost of one micro-kernel tile, in steps of its K dimension. */
    private static final long TILE_COST = 16;
    /** Cost of the transform of one input tile, per channel. Measured. */
    private static final long INPUT_COST = 290;
    /** Cost of the transform of one output tile, per channel. Measured. */
    private static final long OUTPUT_COST = 230;
    /** Cost of the transform of one tile of output gradients, per channel. Measured. */
    private static final long OUTPUT_GRADIENT_COST = 200;
    /** Cost of the transform of one filter, per channel. Measured while the transformed filters stay in the cache. */
    private static final long FILTER_COST = 130;
    /** The same where the filters themselves come from memory, as at 7x7x512. Measured. */
    private static final long FILTER_MEMORY_COST = 250;
    /** The same for a rule, whose outputs far weaker than their tile are computed again. Measured. */
    private static final long RULE_FILTER_MEMORY_COST = 400;
    /** Transformed filters that stay in the cache, in pairs of channels. */
    private static final long CACHED_FILTERS = 1 << 17;
    /** Below this number of direct multiply-adds, Winograd is not considered: it would save little. */
    private static final long LEAST_FOR_WINOGRAD = 5_000_000;

    /** Greatest number of weights of a larger kernel's parts, which are kept beside the layer's own. */
    private static final long MOST_SPLIT_WEIGHTS = 1 << 24;

    /**
     * Cost of one nonzero per channel: 27 multiply-adds, each of which waits for a load, and nine of them for a store.
     */
    private static final long NONZERO_COST = 55;
    /** Further cost of one nonzero, for the sum over channels and the division. */
    private static final long NONZERO_SUM_COST = 250;
    /** The same for a 1x1 kernel, whose three products share loads and stores. Measured, as the following costs. */
    private static final long POINTWISE_NONZERO_COST = 8;
    /** Further cost of one nonzero of a 1x1 convolution, for two lists, the sum over channels and the division. */
    private static final long POINTWISE_NONZERO_SUM_COST = 500;
    /** Cost of the search for nonzeros at the output of a 1x1 convolution, per value. */
    private static final long POINTWISE_SCAN_COST = 100;
    /** Cost of the copy of the input of a 1x1 convolution, per value. */
    private static final long POINTWISE_COPY_COST = 20;
    /** Cost of the search for nonzeros, per value. */
    private static final long SCAN_COST = 70;
    /**
     * Kernel offsets times products of a nonzero: filter gradient, forward product and input gradient over a 3x3
     * kernel.
     */
    private static final long SPARSE_PRODUCTS = 27;
    /** The same over a 1x1 kernel. */
    private static final long POINTWISE_PRODUCTS = 3;

    /** Cost of one pair of positions of a Gram matrix, beside the products: the sums over kernel offsets. */
    private static final long GRAM_PAIR_COST = 100;
    /** Cost of one value that is packed for the Gram products, or divided. */
    private static final long GRAM_VALUE_COST = 60;
    /** Beyond this number of pairs of positions, the Gram matrices take more memory than the feature maps. */
    private static final long MOST_PAIRS = 1 << 22;

    /** Products of a rule of the family {@link RuleFamily#FILTER_GRADIENT}: three for each sign. */
    private static final long FILTER_GRADIENT_PRODUCTS = 6;
    /** Products of a rule of the family {@link RuleFamily#LAYER_WEIGHTS}. */
    private static final long LAYER_WEIGHT_PRODUCTS = 2;
    /** With more than one in this many weak outputs, {@link #keepsWinograd} prefers the direct algorithm. */
    private static final int FEW_WEAK = 50;

    private final boolean repacks;

    AlgorithmPlanner(boolean repacks) {
        this.repacks = repacks;
    }

    /**
     * {@return the planner for the provider of an engine}
     *
     * @param engine whose vectors and threads the choice fits
     */
    public static AlgorithmPlanner of(Engine engine) {
        return new AlgorithmPlanner(SmallChannelConvolution.isFaster(Execution.of(engine)));
    }

    /**
     * {@return the algorithm of a convolution with the layer's own weights}
     *
     * @param shape of the convolution
     */
    public ConvolutionAlgorithm forward(ConvolutionShape shape) {
        return winogradIsCheaper(shape, FILTER_MEMORY_COST) || splitIsCheaper(shape)
                ? ConvolutionAlgorithm.WINOGRAD : exactForward(shape);
    }

    /**
     * {@return the algorithm of the input gradient with the layer's own weights}
     *
     * @param shape of the convolution
     */
    public ConvolutionAlgorithm inputGradient(ConvolutionShape shape) {
        return winogradIsCheaper(shape, FILTER_MEMORY_COST) ? ConvolutionAlgorithm.WINOGRAD
                : exactInputGradient(shape);
    }

    /**
     * Returns the algorithm of a convolution whose rounding error is relative to each output. Relevance rules divide by
     * outputs; Winograd's rounding error is relative to the greatest value of a tile.
     *
     * @param shape of the convolution
     * @return the algorithm
     */
    public ConvolutionAlgorithm exactForward(ConvolutionShape shape) {
        if (shape.groups() > 1) {
            return grouped(shape.filterChannels());
        }
        ConvolutionGeometry geometry = shape.geometry();
        boolean fits = repacks && geometry.rows().size() > 1 && geometry.columns().dilation() == 1;
        return fits && shape.filterChannels() <= SMALL_CHANNELS ? ConvolutionAlgorithm.SMALL_CHANNEL
                : ConvolutionAlgorithm.DIRECT;
    }

    /**
     * {@return the algorithm of the input gradient whose rounding error is relative to each value, as
     * {@link #exactForward}}
     *
     * @param shape of the convolution
     */
    public ConvolutionAlgorithm exactInputGradient(ConvolutionShape shape) {
        if (shape.groups() > 1) {
            return grouped(shape.outputs() / shape.groups());
        }
        return shape.filterChannels() <= SMALL_CHANNELS ? ConvolutionAlgorithm.SMALL_CHANNEL
                : ConvolutionAlgorithm.DIRECT;
    }

    /**
     * {@return the algorithm of the filter gradient}
     *
     * @param shape of the convolution
     */
    public ConvolutionAlgorithm filterGradient(ConvolutionShape shape) {
        return shape.groups() > 1 ? grouped(shape.filterChannels()) : ConvolutionAlgorithm.DIRECT;
    }

    private static ConvolutionAlgorithm grouped(int channelsOfGroup) {
        return channelsOfGroup <= DEPTHWISE_CHANNELS ? ConvolutionAlgorithm.DEPTHWISE
                : ConvolutionAlgorithm.GROUPED_DIRECT;
    }

    /**
     * {@return the algorithm of a rule of the family {@link RuleFamily#LAYER_WEIGHTS}}
     *
     * @param shape of the convolution
     * @param oneSigned whether no input is negative and the weights have one sign: only then no output of Winograd's
     *     cancels
     */
    public RelevanceAlgorithm layerWeights(ConvolutionShape shape, boolean oneSigned) {
        return oneSigned && winogradIsCheaper(shape, RULE_FILTER_MEMORY_COST)
                ? RelevanceAlgorithm.WINOGRAD : RelevanceAlgorithm.DIRECT;
    }

    /**
     * {@return whether a rule that {@link #layerWeights} gave Winograd keeps it, once its forward product is known}
     * Outputs far weaker than their tile are computed again one by one; with many of them the direct algorithm is
     * faster.
     *
     * @param weak number of weak outputs
     * @param outputs number of all outputs
     */
    public boolean keepsWinograd(long weak, long outputs) {
        return weak <= outputs / FEW_WEAK;
    }

    /**
     * {@return the algorithm of a rule of the family {@link RuleFamily#FILTER_GRADIENT}}
     *
     * @param shape of the convolution
     * @param nonzeros number of nonzeros of the relevance at the layer's output
     */
    public RelevanceAlgorithm filterGradient(ConvolutionShape shape, long nonzeros) {
        if (shape.groups() > 1) {
            return RelevanceAlgorithm.DIRECT;
        }
        boolean winogradFits = winogradFits(shape, LEAST_FOR_WINOGRAD);
        long direct = FILTER_GRADIENT_PRODUCTS * directCost(shape);
        long winograd = winogradFits ? winogradRuleCost(shape) : Long.MAX_VALUE;
        boolean sparseFits = winogradFits(shape, 0) || PointwiseInput.fits(shape.geometry());
        long sparse = sparseFits ? sparseCost(shape, nonzeros) : Long.MAX_VALUE;
        long gram = gramFits(shape) ? gramCost(shape) : Long.MAX_VALUE;
        long least = Math.min(Math.min(direct, winograd), Math.min(sparse, gram));
        if (gram == least) {
            return RelevanceAlgorithm.GRAM;
        }
        if (direct == least) {
            return RelevanceAlgorithm.DIRECT;
        }
        return winograd == least ? RelevanceAlgorithm.WINOGRAD : RelevanceAlgorithm.SPARSE;
    }

    /**
     * Predicts the work of a convolution: half of the relevance counts as nonzero, as behind a ReLU, and no input as
     * negative.
     *
     * @param shape of the convolution
     * @return algorithm, multiply-adds and weights
     */
    public LayerWork predict(ConvolutionShape shape) {
        ConvolutionAlgorithm algorithm = forward(shape);
        long nonzeros = shape.outputValues() / 2;
        List<RelevanceWork> relevance = List.of(
                work(shape, RuleFamily.LAYER_WEIGHTS, layerWeights(shape, true), nonzeros),
                work(shape, RuleFamily.FILTER_GRADIENT, filterGradient(shape, nonzeros), nonzeros));
        long products = products(shape, algorithm == ConvolutionAlgorithm.WINOGRAD);
        return new LayerWork(Optional.of(algorithm), products, shape.weights(), relevance);
    }

    private RelevanceWork work(ConvolutionShape shape, RuleFamily family, RelevanceAlgorithm algorithm, long nonzeros) {
        return new RelevanceWork(family, algorithm, multiplyAdds(shape, family, algorithm, nonzeros));
    }

    /**
     * {@return the multiply-adds of a rule's products, without transforms and element-wise operations}
     *
     * @param shape of the convolution
     * @param family of the rule
     * @param algorithm that propagates the relevance
     * @param nonzeros number of nonzeros of the relevance; counts for {@link RelevanceAlgorithm#SPARSE}
     */
    public long multiplyAdds(ConvolutionShape shape, RuleFamily family, RelevanceAlgorithm algorithm, long nonzeros) {
        long count = family == RuleFamily.LAYER_WEIGHTS ? LAYER_WEIGHT_PRODUCTS : FILTER_GRADIENT_PRODUCTS;
        return switch (algorithm) {
            case DIRECT -> count * products(shape, false);
            case WINOGRAD -> count * products(shape, true);
            case SPARSE -> (shape.geometry().kernelArea() == 1 ? POINTWISE_PRODUCTS : SPARSE_PRODUCTS) * nonzeros
                    * shape.input().dim(2);
            case GRAM -> gramProducts(shape);
        };
    }

    private static long products(ConvolutionShape shape, boolean winograd) {
        return winograd ? POINTS * tiles(shape) * SplitKernel.parts(shape.geometry()) * shape.input().dim(2)
                * shape.outputs()
                : shape.geometry().kernelArea() * shape.outputValues() * shape.filterChannels();
    }

    /** Two products with x for each pair of input positions of a phase, and four with relevance for each of outputs. */
    private static long gramProducts(ConvolutionShape shape) {
        long out = shape.outputPositions();
        return 2 * phasePairs(shape) * shape.input().dim(2) + 4 * out * out * shape.outputs();
    }

    /** Returns the pairs of input positions that have the same offset in the stride's grid and that windows read. */
    private static long phasePairs(ConvolutionShape shape) {
        return phasePairs(shape.geometry().rows(), shape.input().dim(0))
                * phasePairs(shape.geometry().columns(), shape.input().dim(1));
    }

    private static long phasePairs(Window window, int length) {
        long pairs = 0;
        for (int phase = 0; phase < window.stride(); phase++) {
            long positions = Math.max(0, (length - phase + window.stride() - 1) / window.stride());
            boolean read = Math.floorMod(phase + window.before(), window.stride()) < window.size();
            pairs += read ? positions * positions : 0;
        }
        return pairs;
    }

    private static boolean winogradIsCheaper(ConvolutionShape shape, long memoryCost) {
        return shape.groups() == 1 && winogradFits(shape, LEAST_FOR_WINOGRAD)
                && winogradCost(shape, 1, memoryCost) < directCost(shape);
    }

    /** Returns whether a kernel of 4 to 6 rows or columns is cheaper as several of 3x3. */
    private static boolean splitIsCheaper(ConvolutionShape shape) {
        ConvolutionGeometry geometry = shape.geometry();
        int parts = SplitKernel.parts(geometry);
        long weights = 9L * parts * shape.input().dim(2) * shape.outputs();
        return shape.groups() == 1 && geometry.hasUnitSteps() && parts > 1 && weights <= MOST_SPLIT_WEIGHTS
                && directCost(shape) >= LEAST_FOR_WINOGRAD
                && winogradCost(shape, parts, FILTER_MEMORY_COST) < directCost(shape);
    }

    /** @param least multiply-adds of the direct algorithm from which on Winograd is considered */
    private static boolean winogradFits(ConvolutionShape shape, long least) {
        ConvolutionGeometry geometry = shape.geometry();
        return geometry.hasUnitSteps() && geometry.rows().size() == 3 && geometry.columns().size() == 3
                && directCost(shape) >= least;
    }

    private static long directCost(ConvolutionShape shape) {
        return shape.outputValues() * (shape.geometry().kernelArea() * (long) shape.input().dim(2) + TILE_COST);
    }

    private static long winogradCost(ConvolutionShape shape, int parts, long memoryCost) {
        long channels = parts * (long) shape.input().dim(2);
        long outputs = shape.outputs();
        return tiles(shape) * (POINTS * (channels + TILE_COST) * outputs + INPUT_COST * channels
                + OUTPUT_COST * outputs)
                + (channels * outputs > CACHED_FILTERS ? memoryCost : FILTER_COST) * channels * outputs;
    }

    private static long winogradRuleCost(ConvolutionShape shape) {
        long channels = shape.input().dim(2);
        long outputs = shape.outputs();
        long products = FILTER_GRADIENT_PRODUCTS * POINTS * (channels + TILE_COST) * outputs;
        long transforms = (2 * INPUT_COST + OUTPUT_COST) * channels
                + 2 * (OUTPUT_GRADIENT_COST + OUTPUT_COST + INPUT_COST) * outputs;
        return tiles(shape) * (products + transforms) + FILTER_GRADIENT_PRODUCTS * FILTER_COST * channels * outputs;
    }

    private static long sparseCost(ConvolutionShape shape, long nonzeros) {
        if (shape.geometry().kernelArea() == 1) {
            return nonzeros * (POINTWISE_NONZERO_COST * shape.input().dim(2) + POINTWISE_NONZERO_SUM_COST)
                    + POINTWISE_SCAN_COST * shape.outputValues()
                    + POINTWISE_COPY_COST * shape.outputPositions() * shape.input().dim(2);
        }
        return nonzeros * (NONZERO_COST * shape.input().dim(2) + NONZERO_SUM_COST) + SCAN_COST * shape.outputValues();
    }

    private static boolean gramFits(ConvolutionShape shape) {
        ConvolutionGeometry geometry = shape.geometry();
        return geometry.rows().dilation() == 1 && geometry.columns().dilation() == 1
                && shape.inputPositions() * shape.outputPositions() <= MOST_PAIRS;
    }

    /**
     * Products of whole matrices count three quarters of those between transforms: with equal weights, 28x28 positions
     * and 256 to 512 channels would go to Winograd, which takes 1.6 x the time there (measured).
     */
    private static long gramCost(ConvolutionShape shape) {
        long out = shape.outputPositions();
        long pairs = phasePairs(shape) + out * out;
        long values = 2 * shape.input().size() + 6 * shape.outputValues();
        long sums = shape.geometry().kernelArea() > 1 ? GRAM_PAIR_COST * pairs : 0;
        return gramProducts(shape) * 3 / 4 + sums + GRAM_VALUE_COST * values;
    }

    private static long tiles(ConvolutionShape shape) {
        int rows = shape.geometry().rows().count(shape.input().dim(0));
        int columns = shape.geometry().columns().count(shape.input().dim(1));
        return (long) tiles(rows) * tiles(columns);
    }

    /** Returns the number of Winograd tiles along a side of the output. */
    private static int tiles(int positions) {
        return (positions + TILE - 1) / TILE;
    }
}
