package dev.sectional.core.internal.conv;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.kernel.Kernels;
import java.util.Arrays;

/**
 * The filter gradients of the two signs of a feature map r separately, as {@link SignSplitFilterGradient}, and the
 * products with them, for a feature map of few nonzeros. Multiply-adds are spent on the nonzeros alone, 9 for each
 * pair of a nonzero and a channel. Below max pooling that is far less work than Winograd's, and both signs together
 * cost what one of them would.
 *
 * <p>The work is divided into blocks of positions and groups of {@link Kernels#lanes()} channels: a tile of the
 * inputs below a block stays in the first-level cache while the nonzeros of all outputs use it. Every element is
 * summed in one order, whatever the number of threads.
 *
 * <p>Holds pooled memory from {@link #of} to {@link #release}.
 */
public final class SparseFilterGradient {
    private static final int KERNEL_AREA = 9;
    /** Outputs whose partial sums are computed together: the sums stay in the second-level cache. */
    private static final int OUTPUT_BLOCK = 64;
    /** With fewer tasks than this, the outputs are divided as well. */
    private static final int MIN_TASKS = 8;
    /**
     * First index used of tiles, filters and sums, in arrays of at least {@link #LARGE} elements. G1 allocates such
     * arrays in regions of their own, where this index starts a cache line: vectors that do not cross lines load
     * twice as fast. With other collectors it costs nothing.
     */
    private static final int ALIGNED = 12;
    private static final int LARGE = 1 << 18;

    private final Execution execution;
    private final Kernels kernels;
    private final ConvolutionGeometry convolution;
    private final Tensor x;
    private final BlockedNonzeros r;
    private final int lanes;
    private final int channels;
    private final int outputs;
    private final int groups;
    /**
     * {@code (group of channels, output, sign, kernel offset, channel)}; the gradients of negative values are
     * negative.
     */
    private final float[] filters;

    private SparseFilterGradient(Execution execution, ConvolutionGeometry convolution, Tensor x, BlockedNonzeros r) {
        this.execution = execution;
        kernels = execution.kernels();
        this.convolution = convolution;
        this.x = x;
        this.r = r;
        lanes = kernels.lanes();
        channels = x.shape().dim(2);
        outputs = r.channels();
        groups = (channels + lanes - 1) / lanes;
        filters = acquireLarge(Shape.of(groups, outputs, 2 * KERNEL_AREA * lanes).size());
    }

    /**
     * Computes the filter gradients.
     *
     * @param convolution 3x3 with stride and dilation 1
     * @param x {@code (H, W, C)}
     * @param r nonzeros of {@code (H', W', O)}. {@link #divide} changes their values, and their owner releases them
     *     after the last use of the result
     */
    public static SparseFilterGradient of(Execution execution, ConvolutionGeometry convolution, Tensor x,
                                          BlockedNonzeros r) {
        if (!convolution.hasUnitSteps() || convolution.rows().size() != 3 || convolution.columns().size() != 3
                || !r.shape().equals(convolution.outputShape(x.shape(), r.channels()))) {
            throw new IllegalArgumentException("wanted a 3x3 kernel of stride 1 and values of its output's shape for"
                    + " an input of " + x.shape() + ", got " + convolution + " and " + r.shape());
        }
        SparseFilterGradient gradient = new SparseFilterGradient(execution, convolution, x, r);
        gradient.compute();
        return gradient;
    }

    private void compute() {
        int split = split(groups);
        execution.workers().run(groups * split, task -> {
            int group = task / split;
            float[] tile = acquireLarge(r.tileSize());
            for (int block = 0; block < r.blocks(); block++) {
                load(tile, ALIGNED, block, group);
                for (int output = first(task % split, split); output < first(task % split + 1, split); output++) {
                    for (int sign = 0; sign < 2; sign++) {
                        kernels.sparseFilterGradient(r.pairs(), r.from(block, output, sign), r.to(block, output, sign),
                                tile, ALIGNED, filters, filter(group, output, sign), block > 0);
                    }
                }
            }
            execution.release(tile);
        });
    }

    /** Returns the number of parts into which the outputs are divided, given the number of other tasks. */
    private int split(int tasks) {
        return Math.min(outputs, (MIN_TASKS + tasks - 1) / tasks);
    }

    /** Returns the first output of a part. */
    private int first(int part, int split) {
        return (int) ((long) outputs * part / split);
    }

    private float[] acquireLarge(int size) {
        return execution.acquire(Math.max(LARGE, ALIGNED + size));
    }

    private int filter(int group, int output, int sign) {
        return ALIGNED + ((group * outputs + output) * 2 + sign) * KERNEL_AREA * lanes;
    }

    /** Visits neighbouring positions of a tile's row that lie inside the feature map. */
    private interface RowVisitor {
        /**
         * @param tile index of the first position in the tile, where positions are {@code lanes} apart
         * @param map index of the first position in the feature map, where positions are {@code channels} apart
         * @param count number of positions
         */
        void visit(int tile, int map, int count);
    }

    /**
     * Visits the positions below a block that lie inside the feature map, row by row, for a tile that starts at
     * {@code start}.
     */
    private void forEachRow(int start, int block, int group, RowVisitor visitor) {
        int height = x.shape().dim(0);
        int width = x.shape().dim(1);
        int top = r.top(block) - convolution.rows().before();
        int left = r.left(block) - convolution.columns().before();
        int first = Math.max(0, -left);
        int last = Math.min(r.width(block) + 2, width - left);
        for (int row = Math.max(0, -top); row < Math.min(r.height(block) + 2, height - top); row++) {
            visitor.visit(start + row * kernels.blockRowStride() + first * lanes,
                    ((top + row) * width + left + first) * channels + group * lanes, last - first);
        }
    }

    /** Returns the number of channels of a group. */
    private int used(int group) {
        return Math.min(lanes, channels - group * lanes);
    }

    /**
     * Loads a group's channels of the inputs below a block. Positions outside and channels past the last one become
     * 0.
     */
    private void load(float[] tile, int start, int block, int group) {
        int top = r.top(block) - convolution.rows().before();
        int left = r.left(block) - convolution.columns().before();
        int used = used(group);
        boolean inside = top >= 0 && left >= 0 && top + r.height(block) + 2 <= x.shape().dim(0)
                && left + r.width(block) + 2 <= x.shape().dim(1);
        if (!inside || used < lanes) {
            Arrays.fill(tile, start, start + r.tileSize(), 0f);
        }
        forEachRow(start, block, group, (to, from, count) -> {
            if (used == lanes) {
                kernels.copyLanes(x.data(), from, channels, tile, to, lanes, count);
                return;
            }
            for (int i = 0; i < count; i++) {
                System.arraycopy(x.data(), from + i * channels, tile, to + i * lanes, used);
            }
        });
    }

    /**
     * Divides each nonzero of r by the absolute value of {@code conv(x, G)} at its position, G being the filter
     * gradient of its sign. Where the divisor is 0, the ratio is 0.
     *
     * @return the sum of the values of r where the divisor is 0
     */
    public double divide() {
        int split = split(r.blocks());
        double[] dead = new double[r.blocks() * split];
        execution.workers().run(dead.length, task ->
                dead[task] = divideBlock(task / split, first(task % split, split), first(task % split + 1, split)));
        return Arrays.stream(dead).sum();
    }

    private double divideBlock(int block, int firstOutput, int endOutput) {
        float[] tiles = acquireLarge(groups * r.tileSize());
        for (int group = 0; group < groups; group++) {
            load(tiles, ALIGNED + group * r.tileSize(), block, group);
        }
        float[] sums = acquireLarge(OUTPUT_BLOCK * r.blockPositions() * lanes);
        float[] z = execution.acquire(r.blockPositions());
        double dead = 0;
        for (int first = firstOutput; first < endOutput; first += OUTPUT_BLOCK) {
            int end = Math.min(endOutput, first + OUTPUT_BLOCK);
            for (int group = 0; group < groups; group++) {
                sumProducts(block, first, end, group, tiles, sums);
            }
            int begin = r.from(block, first, 0);
            for (int output = first; output < end; output++) {
                for (int sign = 0; sign < 2; sign++) {
                    int from = r.from(block, output, sign);
                    int to = r.to(block, output, sign);
                    kernels.sumLanes(sums, ALIGNED + (from - begin) / 2 * lanes, z, (to - from) / 2);
                    dead += dividePairs(from, to, z);
                }
            }
        }
        execution.release(z);
        execution.release(sums);
        execution.release(tiles);
        return dead;
    }

    /**
     * Adds the products of one group of channels to the partial sums of some outputs' nonzeros, one vector for each
     * nonzero.
     */
    private void sumProducts(int block, int firstOutput, int endOutput, int group, float[] tiles, float[] sums) {
        int begin = r.from(block, firstOutput, 0);
        for (int output = firstOutput; output < endOutput; output++) {
            for (int sign = 0; sign < 2; sign++) {
                int from = r.from(block, output, sign);
                kernels.sparseForward(r.pairs(), from, r.to(block, output, sign), tiles, ALIGNED + group * r.tileSize(),
                        filters, filter(group, output, sign), sums, ALIGNED + (from - begin) / 2 * lanes, group > 0);
            }
        }
    }

    private double dividePairs(int from, int to, float[] z) {
        float[] pairs = r.pairs();
        double dead = 0;
        for (int i = 0, at = from + 1; at < to; i++, at += 2) {
            float value = pairs[at];
            dead += z[i] == 0 ? value : 0;
            pairs[at] = z[i] == 0 ? 0 : value / z[i];
        }
        return dead;
    }

    /**
     * Returns the input gradient of the values of r, each with the filters of its sign.
     *
     * @return {@code (H, W, C)}, owned by the caller
     */
    public Tensor inputGradient() {
        Tensor gradient = execution.tensor(x.shape());
        execution.workers().run(x.shape().dim(0), row -> {
            int length = x.shape().dim(1) * channels;
            Arrays.fill(gradient.data(), row * length, (row + 1) * length, 0f);
        });
        int rows = r.blocks() / r.blockColumns();
        // Tiles of neighbouring rows of blocks overlap, so even rows run before odd ones.
        for (int parity = 0; parity < 2; parity++) {
            int start = parity;
            execution.workers().run((rows - parity + 1) / 2 * groups, task -> {
                float[] tile = acquireLarge(r.tileSize());
                int row = start + task / groups * 2;
                for (int block = row * r.blockColumns(); block < (row + 1) * r.blockColumns(); block++) {
                    computeTile(tile, block, task % groups);
                    addTo(gradient.data(), tile, block, task % groups);
                }
                execution.release(tile);
            });
        }
        return gradient;
    }

    private void computeTile(float[] tile, int block, int group) {
        Arrays.fill(tile, ALIGNED, ALIGNED + r.tileSize(), 0f);
        for (int output = 0; output < outputs; output++) {
            for (int sign = 0; sign < 2; sign++) {
                kernels.sparseInputGradient(r.pairs(), r.from(block, output, sign), r.to(block, output, sign),
                        filters, filter(group, output, sign), tile, ALIGNED);
            }
        }
    }

    /** Adds the part of a tile that lies inside the feature map. */
    private void addTo(float[] featureMap, float[] tile, int block, int group) {
        int used = used(group);
        forEachRow(ALIGNED, block, group, (from, to, count) -> {
            if (used == lanes) {
                kernels.addLanes(tile, from, lanes, featureMap, to, channels, count);
                return;
            }
            for (int i = 0; i < count; i++) {
                kernels.add(tile, from + i * lanes, featureMap, to + i * channels, used);
            }
        });
    }

    /** Releases the memory to the engine's pool. Nobody may use the gradients afterwards. */
    public void release() {
        execution.release(filters);
    }
}
