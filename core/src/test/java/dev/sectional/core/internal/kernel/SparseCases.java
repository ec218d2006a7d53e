package dev.sectional.core.internal.kernel;

import dev.sectional.core.internal.kernel.ParityTrial.Sum;
import java.util.LinkedHashMap;
import java.util.Map;

/** The sparse kernels within the rounding of float32, copies to the bit. */
final class SparseCases {
    private SparseCases() {
    }

    static Map<String, ParityCase> all() {
        Map<String, ParityCase> cases = new LinkedHashMap<>();
        cases.put("sparseFilterGradient", SparseCases::filterGradient);
        cases.put("sparseForward", SparseCases::forward);
        cases.put("sparseInputGradient", SparseCases::inputGradient);
        cases.put("sparseRows", SparseCases::rows);
        cases.put("sparseDots", SparseCases::dots);
        cases.put("sumLanes", SparseCases::sumLanes);
        cases.put("copyLanes", trial -> eachLane(trial, false));
        cases.put("addLanes", trial -> eachLane(trial, true));
        return cases;
    }

    /** Pairs of a window's offset in a block and a value. */
    private record Nonzeros(float[] list, int from, int to) {
        static Nonzeros random(ParityTrial trial) {
            int from = 2 * trial.some(3);
            float[] list = trial.summands(from + 2 * Math.min(trial.count, 40) + 4);
            int side = trial.kernels.blockSide();
            for (int i = 0; i < list.length; i += 2) {
                int window = trial.some(side) * trial.kernels.blockRowStride()
                        + trial.some(side) * trial.kernels.lanes();
                list[i] = Float.intBitsToFloat(window);
            }
            return new Nonzeros(list, from, list.length - 4);
        }

        int offset(int i) {
            return Float.floatToRawIntBits(list[i]);
        }
    }

    private static float[] block(ParityTrial trial, int start) {
        return trial.summands(start + (trial.kernels.blockSide() + 2) * trial.kernels.blockRowStride());
    }

    /** Offset of one lane of one of nine kernel offsets, from that of the window. */
    private static int inBlock(ParityTrial trial, int i) {
        int lanes = trial.kernels.lanes();
        return i / lanes / 3 * trial.kernels.blockRowStride() + i / lanes % 3 * lanes + i % lanes;
    }

    private static void filterGradient(ParityTrial trial) {
        Nonzeros nonzeros = Nonzeros.random(trial);
        int start = trial.some(5);
        int gStart = trial.some(5);
        boolean add = trial.random.nextBoolean();
        float[] block = block(trial, start);
        float[] g = trial.summands(gStart + 9 * trial.kernels.lanes() + 4);
        Sum[] sums = ParityTrial.sums(9 * trial.kernels.lanes());
        for (int i = 0; i < sums.length; i++) {
            for (int k = nonzeros.from; k < nonzeros.to; k += 2) {
                sums[i].add(nonzeros.list[k + 1], block[start + nonzeros.offset(k) + inBlock(trial, i)]);
            }
            if (add) {
                sums[i].add(1, g[gStart + i]);
            }
        }
        float[] before = g.clone();
        trial.kernels.sparseFilterGradient(nonzeros.list, nonzeros.from, nonzeros.to, block, start, g, gStart, add);
        require(trial, sums, before, g, gStart);
    }

    private static void forward(ParityTrial trial) {
        Nonzeros nonzeros = Nonzeros.random(trial);
        int lanes = trial.kernels.lanes();
        int start = trial.some(5);
        int gStart = trial.some(5);
        int sumStart = trial.some(5);
        boolean add = trial.random.nextBoolean();
        float[] block = block(trial, start);
        float[] g = trial.summands(gStart + 9 * lanes);
        float[] z = trial.summands(sumStart + (nonzeros.to - nonzeros.from) / 2 * lanes + 4);
        Sum[] sums = ParityTrial.sums((nonzeros.to - nonzeros.from) / 2 * lanes);
        for (int i = 0; i < sums.length; i++) {
            for (int k = 0; k < 9; k++) {
                int window = nonzeros.offset(nonzeros.from + i / lanes * 2);
                sums[i].add(g[gStart + k * lanes + i % lanes],
                        block[start + window + inBlock(trial, k * lanes + i % lanes)]);
            }
            if (add) {
                sums[i].add(1, z[sumStart + i]);
            }
        }
        float[] before = z.clone();
        trial.kernels.sparseForward(nonzeros.list, nonzeros.from, nonzeros.to, block, start, g, gStart, z, sumStart,
                add);
        require(trial, sums, before, z, sumStart);
    }

    private static void inputGradient(ParityTrial trial) {
        Nonzeros nonzeros = Nonzeros.random(trial);
        int start = trial.some(5);
        int gStart = trial.some(5);
        float[] block = block(trial, start);
        float[] g = trial.summands(gStart + 9 * trial.kernels.lanes());
        Sum[] sums = ParityTrial.sums(block.length - start);
        for (int i = 0; i < sums.length; i++) {
            sums[i].add(1, block[start + i]);
        }
        for (int k = nonzeros.from; k < nonzeros.to; k += 2) {
            for (int i = 0; i < 9 * trial.kernels.lanes(); i++) {
                sums[nonzeros.offset(k) + inBlock(trial, i)].add(nonzeros.list[k + 1], g[gStart + i]);
            }
        }
        float[] before = block.clone();
        trial.kernels.sparseInputGradient(nonzeros.list, nonzeros.from, nonzeros.to, g, gStart, block, start);
        require(trial, sums, before, block, start);
    }

    /** Every number of vectors up to 19, so that each width of the loops takes part, alone and behind another. */
    private static int width(ParityTrial trial) {
        return (1 + trial.random.nextInt(19)) * trial.kernels.lanes();
    }

    private static void rows(ParityTrial trial) {
        Nonzeros nonzeros = Nonzeros.random(trial);
        int start = trial.some(5);
        int yStart = trial.some(5);
        boolean add = trial.random.nextBoolean();
        int width = width(trial);
        float[] m = block(trial, start + width);
        float[] y = trial.summands(yStart + width + 4);
        Sum[] sums = ParityTrial.sums(width);
        for (int i = 0; i < width; i++) {
            for (int k = nonzeros.from; k < nonzeros.to; k += 2) {
                sums[i].add(nonzeros.list[k + 1], m[start + nonzeros.offset(k) + i]);
            }
            if (add) {
                sums[i].add(1, y[yStart + i]);
            }
        }
        float[] before = y.clone();
        trial.kernels.sparseRows(nonzeros.list, nonzeros.from, nonzeros.to, m, start, y, yStart, width, add);
        require(trial, sums, before, y, yStart);
    }

    private static void dots(ParityTrial trial) {
        Nonzeros nonzeros = Nonzeros.random(trial);
        int start = trial.some(5);
        int xStart = trial.some(5);
        int width = width(trial);
        float[] m = block(trial, start + width);
        float[] x = trial.summands(xStart + width);
        int count = (nonzeros.to - nonzeros.from) / 2;
        float[] z = trial.summands(count + 4);
        Sum[] sums = ParityTrial.sums(count);
        for (int i = 0; i < count; i++) {
            for (int j = 0; j < width; j++) {
                sums[i].add(x[xStart + j], m[start + nonzeros.offset(nonzeros.from + 2 * i) + j]);
            }
        }
        float[] before = z.clone();
        trial.kernels.sparseDots(nonzeros.list, nonzeros.from, nonzeros.to, m, start, x, xStart, width, z);
        require(trial, sums, before, z, 0);
    }

    private static void sumLanes(ParityTrial trial) {
        int lanes = trial.kernels.lanes();
        int start = trial.some(5);
        float[] x = trial.summands(start + trial.count * lanes);
        float[] z = trial.summands(trial.count + 3);
        Sum[] sums = ParityTrial.sums(trial.count);
        for (int i = 0; i < trial.count * lanes; i++) {
            sums[i / lanes].add(1, x[start + i]);
        }
        float[] before = z.clone();
        trial.kernels.sumLanes(x, start, z, trial.count);
        require(trial, sums, before, z, 0);
    }

    private static void eachLane(ParityTrial trial, boolean add) {
        int lanes = trial.kernels.lanes();
        int xStart = trial.some(5);
        int yStart = trial.some(5);
        int xStep = lanes + trial.some(5);
        int yStep = lanes + trial.some(5);
        float[] x = trial.values(xStart + trial.count * xStep);
        float[] y = trial.values(yStart + trial.count * yStep);
        float[] wanted = y.clone();
        for (int i = 0; i < trial.count * lanes; i++) {
            float value = x[xStart + i / lanes * xStep + i % lanes];
            int to = yStart + i / lanes * yStep + i % lanes;
            wanted[to] = add ? y[to] + value : value;
        }
        if (add) {
            trial.kernels.addLanes(x, xStart, xStep, y, yStart, yStep, trial.count);
        } else {
            trial.kernels.copyLanes(x, xStart, xStep, y, yStart, yStep, trial.count);
        }
        trial.requireBits(add ? "addLanes" : "copyLanes", wanted, y);
    }

    /** The sums from {@code start} on; all else as before. */
    private static void require(ParityTrial trial, Sum[] sums, float[] before, float[] after, int start) {
        for (int i = 0; i < sums.length; i++) {
            trial.requireSum("sum", i, sums[i], after[start + i]);
        }
        System.arraycopy(before, start, after, start, sums.length);
        trial.requireBits("elements outside the sums", before, after);
    }
}
