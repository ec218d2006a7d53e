package dev.sectional.nn.rule.rsp;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.Window;
import dev.sectional.core.internal.conv.SignSplitCsr;
import dev.sectional.core.internal.exec.Execution;
import java.util.Arrays;

/**
 * RSP's rule without filters, for stride and dilation 1. The filter gradient G is linear in relevance and input, so
 * both products with it become products with matrices between positions, P x P: with {@code X = x x^T} (summed over
 * channels) and {@code K[p',p] = sum over kernel offsets k of X[p'+k, p+k]}, {@code z = K q}; and
 * {@code conv^T(s, G)[u] = sum over v of N[v,u] x[v]} with {@code N[v,u] = sum over k of M[v-k, u-k]},
 * {@code M = q+ s+^T - q- s-^T}. The result is exact, and costs far less where positions are few and channels many, as
 * deep in a network. One factor of every product is sparse: zeros of x and q cost nothing.
 */
final class GramRelevance implements RspAlgorithm {
    /** Columns that one task transposes: the values of a row that share a cache line. */
    private static final int COLUMNS_OF_LINE = 16;

    private final Execution execution;
    private final Tensor x;
    private final ConvolutionGeometry geometry;
    private final int height;
    private final int width;
    /** {@code K}; it and the inputs by channel are the same for every relevance. */
    private final float[] patchProducts;
    private final SignSplitCsr inputs;

    /** @param x {@code (H, W, C)}, at least 0 */
    GramRelevance(Execution execution, ConvolutionGeometry geometry, Tensor x) {
        this.execution = execution;
        this.geometry = geometry;
        this.x = x;
        height = geometry.rows().count(x.shape().dim(0));
        width = geometry.columns().count(x.shape().dim(1));
        int positions = inputPositions();
        int channels = x.shape().dim(2);
        float[] transposed = transposed(x.data(), positions, channels);
        inputs = SignSplitCsr.ofRows(execution, transposed, channels, positions, false);
        SignSplitCsr byPosition = SignSplitCsr.ofRows(execution, x.data(), positions, channels, false);
        float[] gram = execution.acquire(Shape.of(positions, positions).size());
        byPosition.multiplySymmetric(transposed, gram);
        byPosition.release();
        execution.release(transposed);
        patchProducts = sumOverOffsets(gram, x.shape().dim(0), x.shape().dim(1), height, width, 1);
        execution.release(gram);
    }

    private int inputPositions() {
        return x.shape().dim(0) * x.shape().dim(1);
    }

    @Override
    public RelevanceShares shares(Tensor r) {
        int outputs = r.shape().dim(2);
        int positions = height * width;
        SignSplitCsr byOutput = SignSplitCsr.ofColumns(execution, r.data(), positions, outputs);
        float[] ratios = execution.acquire(Shape.of(2 * outputs, positions).size());
        byOutput.multiply(patchProducts, positions, ratios);
        double dead = byOutput.divide(ratios, positions);
        byOutput.release();
        SignSplitCsr byPosition = SignSplitCsr.ofRows(execution, r.data(), positions, outputs, true);
        float[] between = execution.acquire(Shape.of(positions, positions).size());
        byPosition.multiply(ratios, positions, between);
        byPosition.release();
        execution.release(ratios);
        Tensor values = inputProducts(between);
        execution.release(between);
        return new RelevanceShares(values, dead);
    }

    /** Returns {@code sum over v of N[v,u] x[v]}, given M. */
    private Tensor inputProducts(float[] between) {
        int inputPositions = inputPositions();
        int channels = x.shape().dim(2);
        float[] spread = sumOverOffsets(between, height, width, x.shape().dim(0), x.shape().dim(1), -1);
        float[] byChannel = execution.acquire(channels * inputPositions);
        inputs.multiply(spread, inputPositions, byChannel);
        execution.release(spread);
        Tensor values = Tensor.of(x.shape(), transposed(byChannel, channels, inputPositions));
        execution.release(byChannel);
        return values;
    }

    @Override
    public void close() {
        execution.release(patchProducts);
        inputs.release();
    }

    private float[] transposed(float[] from, int rows, int columns) {
        float[] to = execution.acquire(rows * columns);
        execution.workers().run((columns + COLUMNS_OF_LINE - 1) / COLUMNS_OF_LINE, task -> {
            int first = task * COLUMNS_OF_LINE;
            int end = Math.min(columns, first + COLUMNS_OF_LINE);
            for (int row = 0; row < rows; row++) {
                for (int column = first; column < end; column++) {
                    to[column * rows + row] = from[row * columns + column];
                }
            }
        });
        return to;
    }

    /**
     * Computes {@code to[a, b] = sum over kernel offsets of from[a + d, b + d]}, d being the offset times {@code sign};
     * positions outside count as 0. First the sum over the offsets of a row, then over the rows.
     */
    private float[] sumOverOffsets(float[] from, int fromHeight, int fromWidth, int toHeight, int toWidth, int sign) {
        Grid source = new Grid(fromHeight, fromWidth);
        Grid between = new Grid(fromHeight, toWidth);
        Grid target = new Grid(toHeight, toWidth);
        float[] halfway = alongRows(from, source, between, sign);
        float[] to = alongColumns(halfway, between, target, sign);
        execution.release(halfway);
        return to;
    }

    /** Sums over the kernel's columns. Each row of the result is one task. */
    private float[] alongRows(float[] from, Grid source, Grid target, int sign) {
        Window window = geometry.columns();
        int toPositions = target.positions();
        float[] to = execution.acquire(Shape.of(toPositions, toPositions).size());
        execution.workers().run(toPositions, a -> {
            Arrays.fill(to, a * toPositions, (a + 1) * toPositions, 0f);
            for (int offset = 0; offset < window.size(); offset++) {
                int d = sign * (offset - window.before());
                int left = a % target.width + d;
                if (left < 0 || left >= source.width) {
                    continue;
                }
                int start = (a / target.width * source.width + left) * source.positions();
                int first = Math.max(0, -d);
                int count = Math.min(target.width, source.width - d) - first;
                for (int row = 0; count > 0 && row < target.height; row++) {
                    execution.add(from, start + row * source.width + first + d, to, a * toPositions + row * target.width
                            + first, count);
                }
            }
        });
        return to;
    }

    /** Sums over the kernel's rows, for grids of one width: whole rows at once. Each row of the result is one task. */
    private float[] alongColumns(float[] from, Grid source, Grid target, int sign) {
        Window window = geometry.rows();
        int width = target.width;
        int toPositions = target.positions();
        float[] to = execution.acquire(Shape.of(toPositions, toPositions).size());
        execution.workers().run(toPositions, a -> {
            Arrays.fill(to, a * toPositions, (a + 1) * toPositions, 0f);
            for (int offset = 0; offset < window.size(); offset++) {
                int d = sign * (offset - window.before());
                int y = a / width + d;
                if (y < 0 || y >= source.height) {
                    continue;
                }
                int start = (y * width + a % width) * source.positions();
                int first = Math.max(0, -d);
                int count = Math.max(0, Math.min(target.height, source.height - d) - first);
                execution.add(from, start + (first + d) * width, to, a * toPositions + first * width, count * width);
            }
        });
        return to;
    }

    /** Height and width of a feature map. */
    private record Grid(int height, int width) {
        int positions() {
            return height * width;
        }
    }
}
