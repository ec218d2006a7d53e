package dev.sectional.core.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.internal.kernel.ParityTrial.Sum;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Matrix products and dot products, within the rounding of float32, and what the kernels say of themselves. */
final class MatrixCases {
    private MatrixCases() {
    }

    static Map<String, ParityCase> all() {
        Map<String, ParityCase> cases = new LinkedHashMap<>();
        cases.put("gemmMicroKernel, rows equally far apart", trial -> gemm(trial, true));
        cases.put("gemmMicroKernel, rows anywhere", trial -> gemm(trial, false));
        cases.put("gemmMicroKernel, bias and bounds", MatrixCases::gemmEpilogue);
        cases.put("gemmShortMicroKernel", MatrixCases::gemmShort);
        cases.put("gemmTransAMicroKernel", MatrixCases::gemmTransA);
        cases.put("transpose", MatrixCases::transpose);
        cases.put("dot", MatrixCases::dot);
        cases.put("accumulateDot", MatrixCases::accumulateDot);
        cases.put("bufferRows.accumulateDots", MatrixCases::accumulateDots);
        cases.put("bufferRows.addScaled", MatrixCases::addScaledRows);
        cases.put("properties", MatrixCases::properties);
        return cases;
    }

    private static void gemm(ParityTrial trial, boolean equal) {
        int mr = trial.kernels.mr();
        int depth = trial.some(10) == 0 ? 0 : 1 + trial.some(70);
        int firstRow = trial.some(3);
        int shift = trial.some(4);
        int[] rows = new int[firstRow + mr + 1];
        int step = depth + trial.some(5);
        Arrays.setAll(rows, i -> equal ? i * step : trial.some(200));
        float[] a = trial.summands(shift + Math.max(200, rows.length * step) + depth);
        new Product(trial, depth, trial.some(3) == 0).check((k, i) -> a[rows[firstRow + i] + shift + k],
                product -> trial.kernels.gemmMicroKernel(a, rows, firstRow, shift, product.b, product.bStart, depth,
                product.columns, product.add ? product.c : null, product.cStart, product.cStride,
                Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, product.c, product.cStart, product.cStride));
    }

    /** Bit by bit, given the sums of the same kernel without an epilogue, which adds 0 to them and so loses -0. */
    private static void gemmEpilogue(ParityTrial trial) {
        Kernels kernels = trial.kernels;
        int mr = kernels.mr();
        int columns = trial.random.nextBoolean() ? kernels.nr() : kernels.nr() / 2;
        int depth = trial.some(20);
        int[] rows = new int[mr];
        Arrays.setAll(rows, i -> i * depth);
        float[] a = trial.summands(mr * depth + 1);
        float[] b = trial.summands(depth * kernels.nr() + 1);
        float[] bias = trial.values(columns + 3);
        float least = trial.some(3) == 0 ? Float.NEGATIVE_INFINITY : -trial.some(2);
        float greatest = trial.some(3) == 0 ? Float.POSITIVE_INFINITY : trial.random.nextFloat();
        float[] sums = new float[mr * columns];
        kernels.gemmMicroKernel(a, rows, 0, 0, b, 0, depth, columns, null, 0, 0, Float.NEGATIVE_INFINITY,
                Float.POSITIVE_INFINITY, sums, 0, columns);
        float[] c = trial.values(mr * columns);
        kernels.gemmMicroKernel(a, rows, 0, 0, b, 0, depth, columns, bias, 3, 0, least, greatest, c, 0, columns);
        for (int i = 0; i < sums.length; i++) {
            float v = sums[i] + bias[3 + i % columns];
            sums[i] = 0f + (v <= least ? least : v > greatest ? greatest : v);
            c[i] += 0f;
        }
        trial.requireBits("tile with bias and bounds", sums, c);
    }

    /** Bit by bit, given the first rows of a whole tile; further rows stay as they are. */
    private static void gemmShort(ParityTrial trial) {
        Kernels kernels = trial.kernels;
        int mr = kernels.mr();
        int nr = kernels.nr();
        int depth = trial.some(20);
        int[] rows = new int[mr];
        Arrays.setAll(rows, i -> trial.some(200));
        float[] a = trial.summands(201 + depth);
        float[] b = trial.summands(depth * nr + 1);
        float[] addend = trial.random.nextBoolean() ? null : trial.values(mr * nr);
        float least = -trial.some(2);
        float[] whole = trial.values(mr * nr);
        float[] c = whole.clone();
        kernels.gemmMicroKernel(a, rows, 0, 1, b, 0, depth, nr, addend, 0, nr, least, 2, whole, 0, nr);
        System.arraycopy(c, kernels.shortMr() * nr, whole, kernels.shortMr() * nr, (mr - kernels.shortMr()) * nr);
        kernels.gemmShortMicroKernel(a, rows, 0, 1, b, 0, depth, addend, 0, nr, least, 2, c, 0, nr);
        trial.requireBits("short tile", whole, c);
        assertTrue(kernels.shortMr() >= 1 && kernels.shortMr() <= mr);
    }

    private static void gemmTransA(ParityTrial trial) {
        int depth = trial.some(10) == 0 ? 0 : 1 + trial.some(70);
        int aStart = trial.some(4);
        int aStep = trial.kernels.mr() + trial.some(5);
        float[] a = trial.summands(aStart + (depth + 1) * aStep);
        new Product(trial, depth, false).check((k, i) -> a[aStart + k * aStep + i],
                product -> trial.kernels.gemmTransAMicroKernel(a, aStart, aStep,
                product.b, product.bStart, depth, product.c, product.cStart, product.cStride, product.add));
    }

    private interface Left {
        float at(int k, int i);
    }

    private interface MicroKernel {
        void run(Product product);
    }

    /** The right-hand side and the result of a micro-kernel. */
    private static final class Product {
        final ParityTrial trial;
        final int depth;
        final boolean add;
        final int columns;
        final int bStart;
        final int cStart;
        final int cStride;
        final float[] b;
        final float[] c;

        Product(ParityTrial trial, int depth, boolean half) {
            int nr = trial.kernels.nr();
            columns = half ? nr / 2 : nr;
            this.trial = trial;
            this.depth = depth;
            add = trial.random.nextBoolean();
            bStart = trial.some(6);
            cStart = trial.some(6);
            cStride = nr + trial.some(5);
            b = trial.summands(bStart + depth * nr + 3);
            c = trial.summands(cStart + trial.kernels.mr() * cStride + 5);
        }

        void check(Left a, MicroKernel kernel) {
            int mr = trial.kernels.mr();
            int nr = trial.kernels.nr();
            Sum[] sums = ParityTrial.sums(mr * nr);
            float[] before = c.clone();
            for (int i = 0; i < mr; i++) {
                for (int j = 0; j < nr; j++) {
                    for (int k = 0; k < depth; k++) {
                        sums[i * nr + j].add(a.at(k, i), b[bStart + k * nr + j]);
                    }
                    if (add) {
                        sums[i * nr + j].add(1, c[cStart + i * cStride + j]);
                    }
                }
            }
            kernel.run(this);
            for (int at = 0; at < c.length; at++) {
                int row = at < cStart ? mr : (at - cStart) / cStride;
                int column = at < cStart ? nr : (at - cStart) % cStride;
                if (row < mr && column < columns) {
                    trial.requireSum("tile of depth " + depth, row * nr + column, sums[row * nr + column], c[at]);
                    c[at] = before[at];
                }
            }
            trial.requireBits("elements outside the tile", before, c);
        }
    }

    private static void dot(ParityTrial trial) {
        int aStart = trial.some(6);
        int bStart = trial.some(6);
        float[] a = trial.summands(trial.count + 6);
        float[] b = trial.summands(trial.count + 6);
        Sum sum = new Sum();
        for (int i = 0; i < trial.count; i++) {
            sum.add(a[aStart + i], b[bStart + i]);
        }
        trial.requireSum("dot", 0, sum, trial.kernels.dot(a, aStart, b, bStart, trial.count));
    }

    /** In two segments; the partial sums of neighbours stay as they are. */
    private static void accumulateDot(ParityTrial trial) {
        int partials = trial.kernels.partialSumCount();
        int aStart = trial.some(6);
        int xStart = trial.some(6);
        int sumStart = trial.some(3);
        float[] a = trial.summands(trial.count + 6);
        float[] x = trial.summands(trial.count + 6);
        float[] sums = trial.summands(sumStart + partials + 3);
        float[] before = sums.clone();
        Sum sum = new Sum();
        for (int i = 0; i < partials; i++) {
            sum.add(1, sums[sumStart + i]);
        }
        for (int i = 0; i < trial.count; i++) {
            sum.add(a[aStart + i], x[xStart + i]);
        }
        int first = trial.count / 2 / partials * partials;
        trial.kernels.accumulateDot(a, aStart, x, xStart, first, sums, sumStart);
        trial.kernels.accumulateDot(a, aStart + first, x, xStart + first, trial.count - first, sums, sumStart);
        trial.requireSum("dot", 0, sum, trial.kernels.reducePartialSums(sums, sumStart));
        System.arraycopy(before, sumStart, sums, sumStart, partials);
        trial.requireBits("elements outside the partial sums", before, sums);
    }

    private static ByteBuffer buffer(float[] values) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asFloatBuffer().put(values);
        return buffer;
    }

    /** Whether the provider reads buffers; if not, it has to say so. */
    private static void transpose(ParityTrial trial) {
        int rows = trial.some(40);
        int xStart = trial.some(4);
        int yStart = trial.some(4);
        int xStep = trial.count + trial.some(4);
        int yStep = rows + trial.some(4);
        float[] x = trial.values(xStart + rows * xStep + 1);
        float[] y = trial.values(yStart + trial.count * yStep + 1);
        float[] wanted = y.clone();
        for (int i = 0; i < rows * trial.count; i++) {
            wanted[yStart + i % trial.count * yStep + i / trial.count] =
                    x[xStart + i / trial.count * xStep + i % trial.count];
        }
        trial.kernels.transpose(x, xStart, xStep, rows, trial.count, y, yStart, yStep);
        trial.requireBits("transpose of " + rows + " rows", wanted, y);
    }

    private static boolean readsBuffers(ParityTrial trial) {
        if (!trial.kernels.readsBuffers()) {
            assertThrows(UnsupportedOperationException.class,
                    () -> trial.kernels.bufferRows(ByteBuffer.allocateDirect(64)));
        }
        return trial.kernels.readsBuffers();
    }

    private static void accumulateDots(ParityTrial trial) {
        if (!readsBuffers(trial)) {
            return;
        }
        int partials = trial.kernels.partialSumCount();
        int[] starts = new int[BufferRows.COUNT];
        Arrays.setAll(starts, row -> trial.some(50));
        int xStart = trial.some(6);
        int sumStart = trial.some(3);
        float[] a = trial.summands(trial.count + 50);
        float[] x = trial.summands(trial.count + 6);
        float[] sums = trial.summands(sumStart + BufferRows.COUNT * partials + 3);
        float[] wanted = sums.clone();
        for (int row = 0; row < BufferRows.COUNT; row++) {
            for (int i = 0; i < trial.count; i++) {
                int whole = trial.count / partials * partials;
                int to = sumStart + row * partials + (i < whole ? i % partials : 0);
                float product = a[starts[row] + i];
                wanted[to] = i < whole ? Math.fma(product, x[xStart + i], wanted[to])
                        : wanted[to] + product * x[xStart + i];
            }
        }
        trial.kernels.bufferRows(buffer(a)).accumulateDots(starts, x, xStart, trial.count, sums, sumStart);
        trial.requireBits("partial sums", wanted, sums);
    }

    private static void addScaledRows(ParityTrial trial) {
        if (!readsBuffers(trial)) {
            return;
        }
        int yStart = trial.some(6);
        float[] a = trial.values(trial.count + 50);
        float[] scales = trial.values(BufferRows.COUNT);
        int[] starts = new int[BufferRows.COUNT];
        Arrays.setAll(starts, row -> trial.some(50));
        float[] y = trial.values(trial.count + 6);
        float[] wanted = y.clone();
        for (int row = 0; row < BufferRows.COUNT; row++) {
            for (int i = 0; i < trial.count; i++) {
                wanted[yStart + i] = Math.fma(scales[row], a[starts[row] + i], wanted[yStart + i]);
            }
        }
        trial.kernels.bufferRows(buffer(a)).addScaled(scales, starts, y, yStart, trial.count);
        trial.requireBits("sum of rows", wanted, y);
    }

    private static void properties(ParityTrial trial) {
        Kernels kernels = trial.kernels;
        boolean simd = kernels.description().startsWith("simd, ");
        assertTrue(kernels.description().matches(simd
                ? "simd, (128|256|512)-bit vectors( \\(sectional.vector.bits\\))?" : "scalar"),
                kernels.description());
        if (simd) {
            assertTrue(kernels.description().contains(", " + Float.SIZE * kernels.lanes() + "-bit"),
                    kernels.description());
        }
        assertEquals(simd, kernels.readsBuffers());
        assertEquals(simd, kernels.prefersLongRuns());
        assertEquals(Integer.bitCount(kernels.lanes()), 1);
        assertEquals(Integer.bitCount(kernels.partialSumCount()), 1);
        assertEquals(0, kernels.nr() % kernels.lanes());
        assertEquals(kernels.lanes() * (kernels.blockSide() + 2), kernels.blockRowStride());
        assertFalse(kernels.mr() < 1 || kernels.blockSide() % 4 != 0);
    }
}
