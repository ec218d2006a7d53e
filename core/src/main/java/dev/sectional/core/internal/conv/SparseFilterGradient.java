package dev.sectional.core.internal.conv;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.kernel.Kernels;
import java.util.Arrays;

/**
 * The filter gradients of the two signs of a map r apart, as {@link SignSplitFilterGradient}, and the products with them, of a map of which
 * most values are 0: multiply-adds are spent on the others alone, 9 for each pair of one and a channel. Below a max pooling that is
 * far less than Winograd's filtering takes, and both signs cost together what one of them would.
 *
 * <p>All work goes by blocks of places and groups of {@link Kernels#lanes()} channels: a tile of the inputs below a block stays in the
 * first-level cache while the lists of all outputs pass. Each value is summed in one order whatever the threads.
 */
public final class SparseFilterGradient {
    private static final int TAPS = 9;
    /** Outputs whose sums are taken together: they stay in the second-level cache. */
    private static final int OUTPUTS = 64;
    /** With fewer tasks than this the outputs are shared out as well. */
    private static final int FEW_TASKS = 8;
    /**
     * Tiles, filters and sums begin at this index of arrays at least so long. The JVM's default collector gives such arrays memory of their own, and
     * there it is the first index of a cache line: vectors that do not cross lines load twice as fast. Elsewhere it costs nothing.
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
    /** Group of channels, output, sign, tap, channel; those of the values below 0 are negative. */
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
        filters = large(Shape.of(groups, outputs, 2 * TAPS * lanes).size());
    }

    /**
     * @param convolution of a 3x3 kernel that moves by one place
     * @param x {@code (H, W, C)}
     * @param r {@code (H', W', O)}; the filters change its values, and it must not be given back before them
     */
    public static SparseFilterGradient of(Execution execution, ConvolutionGeometry convolution, Tensor x, BlockedNonzeros r) {
        if (!convolution.hasUnitSteps() || convolution.rows().size() != 3 || convolution.columns().size() != 3
                || !r.shape().equals(convolution.outputShape(x.shape(), r.channels()))) {
            throw new IllegalArgumentException("wanted a 3x3 kernel of stride 1 and values of its output's shape for an input of " + x.shape()
                    + ", got " + convolution + " and " + r.shape());
        }
        SparseFilterGradient filters = new SparseFilterGradient(execution, convolution, x, r);
        filters.compute();
        return filters;
    }

    private void compute() {
        int split = split(groups);
        execution.workers().run(groups * split, task -> {
            int group = task / split;
            float[] tile = large(r.tileSize());
            for (int block = 0; block < r.blocks(); block++) {
                load(tile, ALIGNED, block, group);
                for (int output = first(task % split, split); output < first(task % split + 1, split); output++) {
                    for (int sign = 0; sign < 2; sign++) {
                        kernels.sparseFilterGradient(r.lists(), r.from(block, output, sign), r.to(block, output, sign),
                                tile, ALIGNED, filters, filter(group, output, sign), block > 0);
                    }
                }
            }
            execution.release(tile);
        });
    }

    /** In how many parts outputs are shared out, where there are so many tasks beside. */
    private int split(int tasks) {
        return Math.min(outputs, (FEW_TASKS + tasks - 1) / tasks);
    }

    /** The first output of a part. */
    private int first(int part, int split) {
        return (int) ((long) outputs * part / split);
    }

    private float[] large(int size) {
        return execution.acquire(Math.max(LARGE, ALIGNED + size));
    }

    private int filter(int group, int output, int sign) {
        return ALIGNED + ((group * outputs + output) * 2 + sign) * TAPS * lanes;
    }

    /** Neighbouring places of a tile's row that lie inside the map, {@code lanes} values from one to the next in the tile, {@code channels} in the map. */
    private interface Places {
        void at(int tile, int map, int count);
    }

    /** The places below a block that lie inside the map, row by row, for a tile that begins at {@code start}. */
    private void forEachRow(int start, int block, int group, Places places) {
        int height = x.shape().dim(0);
        int width = x.shape().dim(1);
        int top = r.top(block) - convolution.rows().before();
        int left = r.left(block) - convolution.columns().before();
        int first = Math.max(0, -left);
        int last = Math.min(r.width(block) + 2, width - left);
        for (int row = Math.max(0, -top); row < Math.min(r.height(block) + 2, height - top); row++) {
            places.at(start + row * kernels.blockRowStride() + first * lanes, ((top + row) * width + left + first) * channels + group * lanes, last - first);
        }
    }

    /** How many of a group's channels there are. */
    private int used(int group) {
        return Math.min(lanes, channels - group * lanes);
    }

    /** A group's channels of the inputs below a block; places outside and channels past the last are 0. */
    private void load(float[] tile, int start, int block, int group) {
        int top = r.top(block) - convolution.rows().before();
        int left = r.left(block) - convolution.columns().before();
        int used = used(group);
        if (top < 0 || left < 0 || top + r.height(block) + 2 > x.shape().dim(0) || left + r.width(block) + 2 > x.shape().dim(1) || used < lanes) {
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
     * Divides each value of r by the convolution of x at its place with the filters of its sign, as absolute value; where that is 0 it becomes 0.
     *
     * @return the sum of the values where it is 0
     */
    public double divide() {
        int split = split(r.blocks());
        double[] dead = new double[r.blocks() * split];
        execution.workers().run(dead.length, task -> dead[task] = divide(task / split, first(task % split, split), first(task % split + 1, split)));
        return Arrays.stream(dead).sum();
    }

    private double divide(int block, int firstOutput, int endOutput) {
        float[] tiles = large(groups * r.tileSize());
        for (int group = 0; group < groups; group++) {
            load(tiles, ALIGNED + group * r.tileSize(), block, group);
        }
        float[] sums = large(OUTPUTS * r.blockPlaces() * lanes);
        float[] z = execution.acquire(r.blockPlaces());
        double dead = 0;
        for (int first = firstOutput; first < endOutput; first += OUTPUTS) {
            int end = Math.min(endOutput, first + OUTPUTS);
            int begin = r.from(block, first, 0);
            for (int group = 0; group < groups; group++) {
                for (int output = first; output < end; output++) {
                    for (int sign = 0; sign < 2; sign++) {
                        int from = r.from(block, output, sign);
                        kernels.sparseForward(r.lists(), from, r.to(block, output, sign), tiles, ALIGNED + group * r.tileSize(),
                                filters, filter(group, output, sign), sums, ALIGNED + (from - begin) / 2 * lanes, group > 0);
                    }
                }
            }
            for (int output = first; output < end; output++) {
                for (int sign = 0; sign < 2; sign++) {
                    int from = r.from(block, output, sign);
                    int to = r.to(block, output, sign);
                    kernels.sumLanes(sums, ALIGNED + (from - begin) / 2 * lanes, z, (to - from) / 2);
                    dead += divide(from, to, z);
                }
            }
        }
        execution.release(z);
        execution.release(sums);
        execution.release(tiles);
        return dead;
    }

    private double divide(int from, int to, float[] z) {
        double dead = 0;
        for (int i = 0, at = from + 1; at < to; i++, at += 2) {
            float value = r.lists()[at];
            dead += z[i] == 0 ? value : 0;
            r.lists()[at] = z[i] == 0 ? 0 : value / z[i];
        }
        return dead;
    }

    /** The input gradient of the values of r, with the filters of each one's sign; a tensor of the engine's execution. */
    public Tensor inputGradient() {
        Tensor gradient = execution.tensor(x.shape());
        execution.workers().run(x.shape().dim(0), row -> {
            int length = x.shape().dim(1) * channels;
            Arrays.fill(gradient.data(), row * length, (row + 1) * length, 0f);
        });
        int rows = r.blocks() / r.blockColumns();
        for (int parity = 0; parity < 2; parity++) {   // neighbouring rows of blocks share places: every second one, then the others
            int start = parity;
            execution.workers().run((rows - parity + 1) / 2 * groups, task -> {
                float[] tile = large(r.tileSize());
                int row = start + task / groups * 2;
                for (int block = row * r.blockColumns(); block < (row + 1) * r.blockColumns(); block++) {
                    spread(tile, block, task % groups);
                    addTo(gradient.data(), tile, block, task % groups);
                }
                execution.release(tile);
            });
        }
        return gradient;
    }

    private void spread(float[] tile, int block, int group) {
        Arrays.fill(tile, ALIGNED, ALIGNED + r.tileSize(), 0f);
        for (int output = 0; output < outputs; output++) {
            for (int sign = 0; sign < 2; sign++) {
                kernels.sparseInputGradient(r.lists(), r.from(block, output, sign), r.to(block, output, sign),
                        filters, filter(group, output, sign), tile, ALIGNED);
            }
        }
    }

    /** Adds a tile to the map, as far as it lies inside. */
    private void addTo(float[] map, float[] tile, int block, int group) {
        int used = used(group);
        forEachRow(ALIGNED, block, group, (from, to, count) -> {
            if (used == lanes) {
                kernels.addLanes(tile, from, lanes, map, to, channels, count);
                return;
            }
            for (int i = 0; i < count; i++) {
                kernels.add(tile, from + i * lanes, map, to + i * channels, used);
            }
        });
    }

    /** Gives the memory to the engine's buffers; the filters must not be used again. */
    public void release() {
        execution.release(filters);
    }
}
