package dev.sectional.nn.rule;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.conv.PreparedFilters;
import dev.sectional.core.internal.conv.Winograd;
import dev.sectional.core.internal.conv.WinogradInput;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.plan.AlgorithmPlanner;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Both products of a ratio by Winograd's minimal filtering, for 3x3 convolutions whose contributions all have one sign.
 *
 * <p>Winograd's rounding error is relative to the usual value of a tile, so an output far weaker than that could be
 * wrong, and its ratio would amplify the error. Such weak outputs are computed by kernel offsets, one by one, and so
 * are their shares.
 */
final class WinogradRatio {
    /** An output is weak below this fraction of the value that its tile and filter suggest. */
    private static final double WEAK = 1e-3;
    /** Side of a tile of outputs. */
    private static final int TILE = 4;

    private final Execution execution;
    private final ConvolutionGeometry geometry;
    private final Tensor x;
    private final PreparedFilters filters;
    private final Tensor w;
    private final Tensor z;
    /** The weak outputs of each filter, in their order. */
    private int[][] weak;

    private WinogradRatio(Execution execution, ConvolutionGeometry geometry, Tensor x, PreparedFilters filters,
                          Tensor z) {
        this.execution = execution;
        this.geometry = geometry;
        this.x = x;
        this.filters = filters;
        this.w = filters.tensor();
        this.z = z;
    }

    /**
     * {@return the forward product}
     *
     * @param x {@code (H, W, C)}, without negative values
     * @param w {@code (3, 3, C, O)}, of one sign
     */
    static Tensor forward(Execution execution, ConvolutionGeometry geometry, Tensor x, PreparedFilters w) {
        return Winograd.forward(execution, geometry, x, w.packed(execution), null, false);
    }

    /**
     * Recomputes weak outputs of a forward product in place, or decides with it whether Winograd's filtering pays.
     *
     * @param x {@code (H, W, C)}, without negative values
     * @param w {@code (3, 3, C, O)}, of one sign
     * @param z from {@link #forward}; outputs that are weak for one relevance may have been recomputed for another
     * @param r relevance at the output; where it is 0, z is not needed
     * @return empty if so many outputs are weak that the planner prefers the direct algorithm
     */
    static Optional<WinogradRatio> of(Engine engine, ConvolutionGeometry geometry, Tensor x, PreparedFilters w,
                                      Tensor z, Tensor r) {
        WinogradRatio products = new WinogradRatio(Execution.of(engine), geometry, x, w, z);
        int[] weak = products.findWeak(r);
        if (!AlgorithmPlanner.of(engine).keepsWinograd(weak.length, products.z.data().length)) {
            return Optional.empty();
        }
        products.weak = products.byFilter(weak);
        products.execution.workers().run(products.weak.length, products::computeWeak);
        return Optional.of(products);
    }

    /** {@return {@code conv(x, w)}, valid where r is not 0} */
    Tensor z() {
        return z;
    }

    /** {@return {@code conv^T(s, w)}, of the shape of x} */
    Tensor inputGradient(Tensor s) {
        boolean none = Arrays.stream(weak).allMatch(outputs -> outputs.length == 0);
        Tensor strong = none ? s : execution.copy(s);
        for (int[] outputs : weak) {
            for (int i : outputs) {
                strong.data()[i] = 0;
            }
        }
        Tensor share = Winograd.inputGradient(execution, geometry, List.of(WinogradInput.of(strong)),
                filters.rotated(execution), x.shape());
        if (!none) {
            execution.release(strong);
        }
        for (int o = 0; o < weak.length; o++) {
            addWeak(o, s, share);
        }
        return share;
    }

    /** Adds the shares of the weak outputs of one filter. */
    private void addWeak(int o, Tensor s, Tensor share) {
        if (weak[o].length == 0) {
            return;
        }
        int channels = x.shape().dim(2);
        float[] filter = filter(o);
        for (int i : weak[o]) {
            forEachOffset(i, (offset, position) ->
                    execution.addScaled(s.data()[i], filter, offset * channels, share.data(), position * channels,
                            channels));
        }
    }

    /** Returns the indices of all weak outputs whose relevance is not 0, row by row. */
    private int[] findWeak(Tensor r) {
        double[] usual = tileSums();
        float[] strength = filters.rootMeanSquares();
        int outputs = z.shape().dim(2);
        int width = z.shape().dim(1);
        int tileColumns = (width + TILE - 1) / TILE;
        int[][] byRow = new int[z.shape().dim(0)][];
        execution.workers().run(byRow.length, row -> {
            int[] found = new int[width * outputs];
            int count = 0;
            for (int column = 0; column < width; column++) {
                float least = (float) (WEAK * usual[row / TILE * tileColumns + column / TILE]);
                count = findWeak(r.data(), (row * width + column) * outputs, least, strength, found, count);
            }
            byRow[row] = Arrays.copyOf(found, count);
        });
        return Arrays.stream(byRow).flatMapToInt(Arrays::stream).toArray();
    }

    /** Appends the weak outputs of one position, without a branch. Returns the number of all found so far. */
    private int findWeak(float[] r, int start, float least, float[] strength, int[] found, int count) {
        float[] sums = z.data();
        if (!execution.anyWeak(r, sums, start, least, strength, strength.length)) {
            return count;   // as nearly everywhere
        }
        int next = count;
        for (int o = 0; o < strength.length; o++) {
            float expected = least * strength[o];
            boolean strong = Math.abs(sums[start + o]) >= expected && expected > 0;
            found[next] = start + o;
            next += r[start + o] != 0 && !strong ? 1 : 0;
        }
        return next;
    }

    /** Splits indices of outputs by filter and keeps their order. */
    private int[][] byFilter(int[] all) {
        int outputs = z.shape().dim(2);
        int[] counts = new int[outputs];
        Arrays.stream(all).forEach(i -> counts[i % outputs]++);
        int[][] split = new int[outputs][];
        Arrays.setAll(split, o -> new int[counts[o]]);
        Arrays.fill(counts, 0);
        Arrays.stream(all).forEach(i -> split[i % outputs][counts[i % outputs]++] = i);
        return split;
    }

    /** Returns for each tile the sum of the inputs below it, scaled to the area of one window. */
    private double[] tileSums() {
        int height = x.shape().dim(0);
        int width = x.shape().dim(1);
        float[] positions = positionSums();
        int columns = (z.shape().dim(1) + TILE - 1) / TILE;
        double[] sums = new double[(z.shape().dim(0) + TILE - 1) / TILE * columns];
        for (int tile = 0; tile < sums.length; tile++) {
            int top = tile / columns * TILE - geometry.rows().before();
            int left = tile % columns * TILE - geometry.columns().before();
            double sum = 0;
            for (int row = Math.max(0, top); row < Math.min(height, top + TILE + 2); row++) {
                for (int column = Math.max(0, left); column < Math.min(width, left + TILE + 2); column++) {
                    sum += positions[row * width + column];
                }
            }
            sums[tile] = sum * geometry.kernelArea() / ((TILE + 2) * (TILE + 2));
        }
        return sums;
    }

    /** Returns the sum of the inputs at each position. */
    private float[] positionSums() {
        int channels = x.shape().dim(2);
        float[] ones = new float[channels];
        Arrays.fill(ones, 1f);
        float[] sums = new float[x.shape().dim(0) * x.shape().dim(1)];
        execution.workers().run(x.shape().dim(0), row -> {
            for (int i = row * x.shape().dim(1); i < (row + 1) * x.shape().dim(1); i++) {
                sums[i] = execution.dot(x.data(), i * channels, ones, 0, channels);
            }
        });
        return sums;
    }

    /** Computes the weak outputs of one filter by kernel offsets. */
    private void computeWeak(int o) {
        if (weak[o].length == 0) {
            return;
        }
        int channels = x.shape().dim(2);
        float[] filter = filter(o);
        for (int i : weak[o]) {
            z.data()[i] = 0;
            forEachOffset(i, (offset, position) ->
                    z.data()[i] += execution.dot(filter, offset * channels, x.data(), position * channels, channels));
        }
    }

    /** Returns the weights of one filter in the order {@code (kh, kw, C)}. */
    private float[] filter(int o) {
        int outputs = w.shape().dim(3);
        float[] filter = new float[w.data().length / outputs];
        for (int i = 0; i < filter.length; i++) {
            filter[i] = w.data()[i * outputs + o];
        }
        return filter;
    }

    private interface OffsetAction {
        void at(int offset, int position);
    }

    /**
     * Calls the action with each kernel offset of an output's window that lies inside the input, and with the position
     * there.
     */
    private void forEachOffset(int output, OffsetAction action) {
        int position = output / z.shape().dim(2);
        int top = position / z.shape().dim(1) - geometry.rows().before();
        int left = position % z.shape().dim(1) - geometry.columns().before();
        for (int k = 0; k < geometry.kernelArea(); k++) {
            int row = top + k / geometry.columns().size();
            int column = left + k % geometry.columns().size();
            if (row >= 0 && column >= 0 && row < x.shape().dim(0) && column < x.shape().dim(1)) {
                action.at(k, row * x.shape().dim(1) + column);
            }
        }
    }
}
