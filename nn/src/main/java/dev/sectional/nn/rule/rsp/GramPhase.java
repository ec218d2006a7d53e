package dev.sectional.nn.rule.rsp;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.Window;
import dev.sectional.core.internal.conv.Gemm;
import dev.sectional.core.internal.conv.PackedMatrix;
import dev.sectional.core.internal.exec.Execution;
import java.util.Arrays;

/**
 * The positions of one offset of the stride's grid, a phase, and the kernel offsets that read them: a convolution of
 * stride 1. At stride 1 the only phase is the whole feature map.
 *
 * <p>Holds pooled memory until {@link #release}.
 */
final class GramPhase {
    private final Execution execution;
    private final Side rows;
    private final Side columns;
    /** The inputs of the phase, {@code (positions, C)}; the tensor's own array if the phase is the whole of it. */
    private final float[] values;
    private final PackedMatrix packed;
    private final Tensor x;

    /**
     * One side of a phase.
     *
     * @param first position of the input that starts the phase
     * @param stride distance of its positions in the input
     * @param positions number of positions of the phase
     * @param outputs number of output positions
     * @param offsets number of kernel offsets that read the phase
     * @param before distance from the position of the first output to that of its first offset
     */
    private record Side(int first, int stride, int positions, int outputs, int offsets, int before) {
        static Side of(Window window, int phase, int length) {
            int offset = Math.floorMod(phase + window.before(), window.stride());
            int offsets = Math.max(0, (window.size() - offset + window.stride() - 1) / window.stride());
            int positions = Math.max(0, (length - phase + window.stride() - 1) / window.stride());
            return new Side(phase, window.stride(), positions, window.count(length), offsets,
                    (phase + window.before()) / window.stride());
        }

        boolean isEmpty() {
            return offsets == 0 || positions == 0;
        }

        /** Returns whether each output reads the position of its own number. */
        boolean isIdentity() {
            return offsets == 1 && before == 0 && positions == outputs;
        }
    }

    private GramPhase(Execution execution, Side rows, Side columns, Tensor x) {
        this.execution = execution;
        this.rows = rows;
        this.columns = columns;
        this.x = x;
        values = isWhole() ? x.data() : gathered();
        packed = PackedMatrix.of(execution, values, positions(), channels());
    }

    /**
     * Returns the phase of one offset of the grid, or null if no kernel offset reads it.
     *
     * @param x {@code (H, W, C)}
     */
    static GramPhase of(Execution execution, Window rows, Window columns, int row, int column, Tensor x) {
        Side vertical = Side.of(rows, row, x.shape().dim(0));
        Side horizontal = Side.of(columns, column, x.shape().dim(1));
        return vertical.isEmpty() || horizontal.isEmpty() ? null
                : new GramPhase(execution, vertical, horizontal, x);
    }

    private int positions() {
        return rows.positions * columns.positions;
    }

    private int channels() {
        return x.shape().dim(2);
    }

    private boolean isWhole() {
        return rows.stride == 1 && columns.stride == 1;
    }

    private boolean isIdentity() {
        return rows.isIdentity() && columns.isIdentity();
    }

    private float[] gathered() {
        float[] all = execution.acquire(positions() * channels());
        execution.workers().run(rows.positions, row -> {
            for (int i = 0; i < columns.positions; i++) {
                System.arraycopy(x.data(), inputAt(row, i), all, (row * columns.positions + i) * channels(),
                        channels());
            }
        });
        return all;
    }

    /** Returns the index of a position of the phase in the input. */
    private int inputAt(int row, int column) {
        int y = rows.first + row * rows.stride;
        return (y * x.shape().dim(1) + columns.first + column * columns.stride) * channels();
    }

    /** Returns {@code K[p',p] = sum over the kernel offsets k of the phase of x[p'+k] x[p+k]}, summed over channels. */
    float[] patchProducts() {
        PackedMatrix transposed = PackedMatrix.transposed(execution, values, channels(), positions());
        float[] gram = execution.acquire(Shape.of(positions(), positions()).size());
        Gemm.multiply(execution, values, positions(), transposed, gram);
        transposed.release(execution);
        if (isIdentity()) {
            return gram;
        }
        float[] halfway = alongRows(gram, columns.positions, columns.outputs, rows.positions, 1);
        execution.release(gram);
        float[] products = alongColumns(halfway, rows.positions, rows.outputs, columns.outputs, 1);
        execution.release(halfway);
        return products;
    }

    /**
     * Writes {@code sum over v of N[u,v] x[v]} at the positions u of the phase, with
     * {@code N[u,v] = sum over k of M[u-k, v-k]}.
     *
     * @param between M, by output positions
     * @param shares {@code (H, W, C)}
     */
    void addShares(float[] between, float[] shares) {
        float[] spread = isIdentity() ? between : spread(between);
        float[] own = isWhole() ? shares : execution.acquire(positions() * channels());
        Gemm.multiply(execution, spread, positions(), packed, own);
        if (spread != between) {
            execution.release(spread);
        }
        if (isWhole()) {
            return;
        }
        execution.workers().run(rows.positions, row -> {
            for (int i = 0; i < columns.positions; i++) {
                System.arraycopy(own, (row * columns.positions + i) * channels(), shares, inputAt(row, i), channels());
            }
        });
        execution.release(own);
    }

    private float[] spread(float[] between) {
        float[] halfway = alongRows(between, columns.outputs, columns.positions, rows.outputs, -1);
        float[] spread = alongColumns(halfway, rows.outputs, rows.positions, columns.positions, -1);
        execution.release(halfway);
        return spread;
    }

    /**
     * Computes {@code to[a, b] = sum over the kernel's columns of from[a + d, b + d]}, d being the offset times
     * {@code sign}; positions outside count as 0. Each row of the result is one task.
     *
     * @param fromWidth columns of the positions of {@code from}; {@code toWidth} those of the result
     * @param height rows of both
     */
    private float[] alongRows(float[] from, int fromWidth, int toWidth, int height, int sign) {
        int toPositions = height * toWidth;
        float[] to = execution.acquire(Shape.of(toPositions, toPositions).size());
        execution.workers().run(toPositions, a -> {
            float[] inside = execution.acquire(toPositions);
            Arrays.fill(to, a * toPositions, (a + 1) * toPositions, 0f);
            for (int offset = 0; offset < columns.offsets; offset++) {
                int d = sign * (offset - columns.before);
                int left = a % toWidth + d;
                if (left < 0 || left >= fromWidth) {
                    continue;
                }
                int start = (a / toWidth * fromWidth + left) * height * fromWidth;
                if (fromWidth == toWidth) {
                    addShifted(from, start, to, a * toPositions, fromWidth, d, inside);
                    continue;
                }
                int first = Math.max(0, -d);
                int count = Math.min(toWidth, fromWidth - d) - first;
                for (int row = 0; count > 0 && row < height; row++) {
                    execution.add(from, start + row * fromWidth + first + d, to, a * toPositions + row * toWidth
                            + first, count);
                }
            }
            execution.release(inside);
        });
        return to;
    }

    /**
     * Adds whole rows that are shifted by d columns, in one call, since calls for single rows would take longer than
     * their sums. What would come from a neighbouring row becomes 0, in a copy.
     *
     * @param inside memory for the copy
     */
    private void addShifted(float[] from, int start, float[] to, int toStart, int width, int d, float[] inside) {
        if (d == 0) {
            execution.add(from, start, to, toStart, inside.length);
            return;
        }
        System.arraycopy(from, start, inside, 0, inside.length);
        int outside = d > 0 ? 0 : width + d;
        for (int row = 0; row < inside.length; row += width) {
            for (int i = 0; i < Math.abs(d); i++) {
                inside[row + outside + i] = 0f;
            }
        }
        execution.add(inside, Math.max(0, d), to, toStart + Math.max(0, -d), inside.length - Math.abs(d));
    }

    /** Sums over the kernel's rows, for positions of one width: whole rows at once. */
    private float[] alongColumns(float[] from, int fromHeight, int toHeight, int width, int sign) {
        int toPositions = toHeight * width;
        float[] to = execution.acquire(Shape.of(toPositions, toPositions).size());
        execution.workers().run(toPositions, a -> {
            Arrays.fill(to, a * toPositions, (a + 1) * toPositions, 0f);
            for (int offset = 0; offset < rows.offsets; offset++) {
                int d = sign * (offset - rows.before);
                int y = a / width + d;
                if (y < 0 || y >= fromHeight) {
                    continue;
                }
                int start = (y * width + a % width) * fromHeight * width;
                int first = Math.max(0, -d);
                int count = Math.max(0, Math.min(toHeight, fromHeight - d) - first);
                execution.add(from, start + (first + d) * width, to, a * toPositions + first * width, count * width);
            }
        });
        return to;
    }

    /** Returns the memory to the pool. Nobody may use the phase afterwards. */
    void release() {
        packed.release(execution);
        if (values != x.data()) {
            execution.release(values);
        }
    }
}
