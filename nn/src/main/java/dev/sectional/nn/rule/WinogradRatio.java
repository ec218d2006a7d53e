package dev.sectional.nn.rule;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.conv.DirectConvolution;
import dev.sectional.core.internal.conv.Winograd;
import dev.sectional.core.internal.conv.WinogradInput;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.plan.AlgorithmPlanner;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Both products of a ratio by Winograd's minimal filtering, for 3x3 convolutions whose contributions all have one sign.
 *
 * <p>Rounding there is relative to what a tile usually holds, so an output far weaker than its tile lets expect could come
 * out wrong, and its ratio would blow that up. Such weak outputs are computed tap by tap, and so are their shares.
 */
final class WinogradRatio {
    /** Outputs below this share of what tile and filter let expect are weak. */
    private static final double WEAK = 1e-3;
    private static final int TILE = 4;

    private final Engine engine;
    private final ConvolutionGeometry convolution;
    private final Tensor x;
    private final Tensor w;
    private final Tensor z;
    private final int[][] weak;

    private WinogradRatio(Engine engine, ConvolutionGeometry convolution, Tensor x, Tensor w, Tensor r) {
        this.engine = engine;
        this.convolution = convolution;
        this.x = x;
        this.w = w;
        this.z = Winograd.forward(Execution.of(engine), convolution, x, DirectConvolution.pack(Execution.of(engine), w), null, false);
        this.weak = weak(r);
    }

    /**
     * @param x {@code (H, W, C)}, nowhere below 0
     * @param w {@code (3, 3, C, O)}, of one sign
     * @param r relevance at the output: where it is 0, z may be anything
     * @return null if there are too many weak outputs
     */
    static WinogradRatio of(Engine engine, ConvolutionGeometry convolution, Tensor x, Tensor w, Tensor r) {
        WinogradRatio products = new WinogradRatio(engine, convolution, x, w, r);
        if (products.weak == null) {
            return null;
        }
        Execution.of(engine).workers().run(products.weak.length, products::sumTaps);
        return products;
    }

    /** {@code conv(x, w)} where r is not 0. */
    Tensor z() {
        return z;
    }

    /** {@code conv^T(s, w)}. */
    Tensor transposed(Tensor s) {
        Tensor strong = s.copy();
        for (int[] outputs : weak) {
            for (int i : outputs) {
                strong.data()[i] = 0;
            }
        }
        Tensor share = Winograd.inputGradient(Execution.of(engine), convolution, List.of(WinogradInput.of(strong)), DirectConvolution.packRotated(Execution.of(engine), w), x.shape());
        int channels = x.shape().dim(2);
        for (int o = 0; o < weak.length; o++) {
            float[] filter = weak[o].length == 0 ? null : filter(o);
            for (int i : weak[o]) {
                forEachTap(i, (tap, place) ->
                        Execution.of(engine).addScaled(s.data()[i], filter, tap * channels, share.data(), place * channels, channels));
            }
        }
        return share;
    }

    /** The weak outputs of each filter, in their order; null if they are too many. */
    private int[][] weak(Tensor r) {
        double[] usual = usual();
        double[] strength = strength();
        int outputs = z.shape().dim(2);
        int width = z.shape().dim(1);
        int tileColumns = (width + TILE - 1) / TILE;
        int[][] byRow = new int[z.shape().dim(0)][];
        Execution.of(engine).workers().run(byRow.length, row -> byRow[row] = IntStream.range(row * width * outputs, (row + 1) * width * outputs).filter(i -> {
            double least = usual[row / TILE * tileColumns + i / outputs % width / TILE] * strength[i % outputs];
            return r.data()[i] != 0 && !(Math.abs(z.data()[i]) >= WEAK * least && least > 0);
        }).toArray());
        int[] all = Arrays.stream(byRow).flatMapToInt(Arrays::stream).toArray();
        if (!AlgorithmPlanner.of(engine).keepsWinograd(all.length, z.data().length)) {
            return null;
        }
        int[] counts = new int[outputs];
        Arrays.stream(all).forEach(i -> counts[i % outputs]++);
        int[][] weak = new int[outputs][];
        Arrays.setAll(weak, o -> new int[counts[o]]);
        Arrays.fill(counts, 0);
        Arrays.stream(all).forEach(i -> weak[i % outputs][counts[i % outputs]++] = i);
        return weak;
    }

    /** For each tile the sum of the inputs below it, for one window. */
    private double[] usual() {
        int height = x.shape().dim(0);
        int width = x.shape().dim(1);
        int channels = x.shape().dim(2);
        int columns = (z.shape().dim(1) + TILE - 1) / TILE;
        double[] usual = new double[(z.shape().dim(0) + TILE - 1) / TILE * columns];
        Execution.of(engine).workers().run(usual.length, tile -> {
            int top = tile / columns * TILE - convolution.rows().before();
            int left = tile % columns * TILE - convolution.columns().before();
            double sum = 0;
            for (int row = Math.max(0, top); row < Math.min(height, top + TILE + 2); row++) {
                int end = (row * width + Math.min(width, left + TILE + 2)) * channels;
                for (int i = (row * width + Math.max(0, left)) * channels; i < end; i++) {
                    sum += x.data()[i];
                }
            }
            usual[tile] = sum * convolution.kernelArea() / ((TILE + 2) * (TILE + 2));
        });
        return usual;
    }

    /** The root mean square of each filter. */
    private double[] strength() {
        int outputs = w.shape().dim(3);
        double[] squares = new double[outputs];
        for (int i = 0; i < w.data().length; i += outputs) {
            for (int o = 0; o < outputs; o++) {
                squares[o] += (double) w.data()[i + o] * w.data()[i + o];
            }
        }
        return Arrays.stream(squares).map(sum -> Math.sqrt(sum * outputs / w.data().length)).toArray();
    }

    private void sumTaps(int o) {
        int channels = x.shape().dim(2);
        float[] filter = weak[o].length == 0 ? null : filter(o);
        for (int i : weak[o]) {
            z.data()[i] = 0;
            forEachTap(i, (tap, place) -> z.data()[i] += Execution.of(engine).dot(filter, tap * channels, x.data(), place * channels, channels));
        }
    }

    /** One filter's weights in a row: taps, then channels. */
    private float[] filter(int o) {
        int outputs = w.shape().dim(3);
        float[] filter = new float[w.data().length / outputs];
        for (int i = 0; i < filter.length; i++) {
            filter[i] = w.data()[i * outputs + o];
        }
        return filter;
    }

    private interface Tap {
        void at(int tap, int place);
    }

    /** The taps of an output's window, and the places of the input below them. */
    private void forEachTap(int output, Tap tap) {
        int place = output / z.shape().dim(2);
        int top = place / z.shape().dim(1) - convolution.rows().before();
        int left = place % z.shape().dim(1) - convolution.columns().before();
        for (int k = 0; k < convolution.kernelArea(); k++) {
            int row = top + k / convolution.columns().size();
            int column = left + k % convolution.columns().size();
            if (row >= 0 && column >= 0 && row < x.shape().dim(0) && column < x.shape().dim(1)) {
                tap.at(k, row * x.shape().dim(1) + column);
            }
        }
    }
}
