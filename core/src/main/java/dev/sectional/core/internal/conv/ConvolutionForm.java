package dev.sectional.core.internal.conv;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.internal.kernel.WinogradTransform;

/**
 * The ways to compute a convolution, and the one place that chooses among them: by counted multiply-adds, those of the
 * transforms included. The choice looks at shapes, and for a relevance rule at how much of the relevance is not 0, so that neither the
 * provider nor the number of threads changes it.
 */
public enum ConvolutionForm {
    /** {@link ConvolutionGeometry}: products with every tap. Any kernel. */
    DIRECT,
    /** {@link Winograd}: for 3x3 kernels that move by one place. */
    WINOGRAD,
    /** Products between the places of a map: for a relevance rule without filters of its own. */
    GRAM,
    /** {@link SparseFilterGradient}: products with the values alone that are not 0. For a relevance rule, 3x3 kernels that move by one place. */
    SPARSE;

    /** What a kernel's tile costs beside its products, in steps of its depth. */
    private static final long TILE_COST = 16;
    /** What a transform costs per tile and channel or per filter, in multiply-adds: measured, as they wait for memory too. */
    private static final long INPUT_COST = 290;
    private static final long OUTPUT_COST = 230;
    private static final long UPSTREAM_COST = 200;
    private static final long FILTER_COST = 130;
    /** What a value costs that is not 0, per channel: 27 multiply-adds, each of which waits for a load, and nine of them for a store. */
    private static final long LISTED_COST = 55;
    /** And beside it, for the sum over channels and the division. */
    private static final long SUM_COST = 250;
    /** What any value costs that is looked at for a list. */
    private static final long LISTING_COST = 70;

    /**
     * What two products of the Gram form cost for each value that is listed and each place: their rows come from the second-level cache. Half of the inputs count as
     * listed, as behind a ReLU.
     */
    private static final long GRAM_COST = 6;

    /** Beyond so many pairs of places their matrices take more memory than the maps do. */
    private static final long MOST_PAIRS = 1 << 22;

    /**
     * Multiply-adds of the direct form below which a layer stays with it: there Winograd saves a millisecond at most, and the
     * JVM must compile its transforms first, which a short run pays for with more than a second.
     */
    private static final long LEAST_FOR_WINOGRAD = 100_000_000;

    /** The form of one product: forward or input gradient. */
    public static ConvolutionForm of(ConvolutionGeometry convolution, Shape input, int outputs) {
        return winogradFits(convolution, input, outputs) && winograd(convolution, input, outputs) < direct(convolution, input, outputs) ? WINOGRAD : DIRECT;
    }

    /**
     * The form of the rule of Relative Sectional Propagation: filter gradient, forward and input gradient for each sign.
     *
     * @param listed how many values of the relevance are not 0
     */
    public static ConvolutionForm ofRule(ConvolutionGeometry convolution, Shape input, int outputs, long listed) {
        boolean tiled = winogradFits(convolution, input, outputs);
        long direct = 6 * direct(convolution, input, outputs);
        long winograd = tiled ? winogradRule(convolution, input, outputs) : Long.MAX_VALUE;
        long sparse = tiled ? sparse(convolution, input, outputs, listed) : Long.MAX_VALUE;
        long gram = convolution.hasUnitSteps() ? gram(convolution, input, outputs, listed) : Long.MAX_VALUE;
        long least = Math.min(Math.min(direct, winograd), Math.min(sparse, gram));
        return gram == least ? GRAM : direct == least ? DIRECT : winograd == least ? WINOGRAD : SPARSE;
    }

    /** The same where half of the relevance is not 0, as behind a convolution with a ReLU. */
    public static ConvolutionForm ofRule(ConvolutionGeometry convolution, Shape input, int outputs) {
        return ofRule(convolution, input, outputs, convolution.outputShape(input, outputs).size() / 2);
    }

    private static long sparse(ConvolutionGeometry convolution, Shape input, int outputs, long listed) {
        return listed * (LISTED_COST * input.dim(2) + SUM_COST) + LISTING_COST * convolution.outputShape(input, outputs).size();
    }

    private static boolean winogradFits(ConvolutionGeometry convolution, Shape input, int outputs) {
        return convolution.hasUnitSteps() && convolution.rows().size() == 3 && convolution.columns().size() == 3
                && direct(convolution, input, outputs) >= LEAST_FOR_WINOGRAD;
    }

    private static long direct(ConvolutionGeometry convolution, Shape input, int outputs) {
        Shape output = convolution.outputShape(input, outputs);
        return output.size() * (convolution.kernelArea() * (long) input.dim(2) + TILE_COST);
    }

    private static long winograd(ConvolutionGeometry convolution, Shape input, int outputs) {
        long channels = input.dim(2);
        return tiles(convolution, input) * (WinogradTransform.POINTS * (channels + TILE_COST) * outputs + INPUT_COST * channels + OUTPUT_COST * outputs)
                + FILTER_COST * channels * outputs;
    }

    private static long winogradRule(ConvolutionGeometry convolution, Shape input, int outputs) {
        long channels = input.dim(2);
        long products = 6 * WinogradTransform.POINTS * (channels + TILE_COST) * outputs;
        long transforms = (2 * INPUT_COST + OUTPUT_COST) * channels + 2 * (UPSTREAM_COST + OUTPUT_COST + INPUT_COST) * outputs;
        return tiles(convolution, input) * (products + transforms) + 6 * FILTER_COST * channels * outputs;
    }

    private static long gram(ConvolutionGeometry convolution, Shape input, int outputs, long listed) {
        Shape output = convolution.outputShape(input, outputs);
        long in = (long) input.dim(0) * input.dim(1);
        long out = (long) output.dim(0) * output.dim(1);
        long products = GRAM_COST * in * in * (input.dim(2) / 2 + TILE_COST) + GRAM_COST * out * (listed + out * TILE_COST);
        return in * out > MOST_PAIRS ? Long.MAX_VALUE : products;
    }

    private static long tiles(ConvolutionGeometry convolution, Shape input) {
        return (long) Winograd.tiles(convolution.rows().count(input.dim(0))) * Winograd.tiles(convolution.columns().count(input.dim(1)));
    }
}
