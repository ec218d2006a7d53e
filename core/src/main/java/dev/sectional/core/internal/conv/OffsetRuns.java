package dev.sectional.core.internal.conv;

import dev.sectional.core.Window;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The kernel offsets that meet the source at each position of one side of a result. For a convolution the result is its
 * output and the source its input; for the input gradient it is the other way round. Offsets that meet padding, or that
 * a stride skips, take no part.
 *
 * @param first the first offset at each position of the result
 * @param count the number of offsets there, at least 0
 * @param source the position of the source that the first offset meets; any number where there is none
 * @param offsetStep distance of neighbouring offsets that take part
 * @param sourceStep distance of the positions that neighbouring offsets meet
 * @param resultStep distance of positions of the result whose first offsets meet positions {@code resultSourceStep}
 *     apart
 * @param resultSourceStep see {@code resultStep}
 */
record OffsetRuns(int[] first, int[] count, int[] source, int offsetStep, int sourceStep, int resultStep,
                  int resultSourceStep) {
    /**
     * Positions of the result with the same offsets.
     *
     * @param start the first position; the others follow at distances of {@code resultStep}
     * @param positions number of positions
     */
    record Run(int start, int positions) {
    }

    /**
     * Returns the offsets of a convolution.
     *
     * @param length positions of its input
     */
    static OffsetRuns ofConvolution(Window window, int length) {
        int positions = window.count(length);
        OffsetRuns runs = new OffsetRuns(new int[positions], new int[positions], new int[positions], 1,
                window.dilation(), 1, window.stride());
        for (int p = 0; p < positions; p++) {
            runs.first[p] = window.firstOffset(p);
            runs.count[p] = Math.max(0, window.endOffset(p, length) - runs.first[p]);
            runs.source[p] = window.position(p, runs.first[p]);
        }
        return runs;
    }

    /**
     * Returns the offsets of the input gradient.
     *
     * @param length positions of the convolution's input
     */
    static OffsetRuns ofGradient(Window window, int length) {
        int outputs = window.count(length);
        int stride = window.stride();
        int offsetStep = stride / gcd(stride, window.dilation());
        OffsetRuns runs = new OffsetRuns(new int[length], new int[length], new int[length], offsetStep,
                -window.dilation() * offsetStep / stride, stride, 1);
        for (int v = 0; v < length; v++) {
            for (int offset = window.size() - 1; offset >= 0; offset--) {
                int from = v + window.before() - offset * window.dilation();
                if (from >= 0 && from % stride == 0 && from / stride < outputs) {
                    runs.first[v] = offset;
                    runs.source[v] = from / stride;
                    runs.count[v]++;
                }
            }
        }
        return runs;
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    /** Returns the runs that together hold every position of the result once. */
    Run[] runs() {
        List<Run> runs = new ArrayList<>();
        for (int phase = 0; phase < Math.min(resultStep, first.length); phase++) {
            int start = phase;
            for (int p = phase; p < first.length; p += resultStep) {
                int next = p + resultStep;
                if (next >= first.length || first[next] != first[start] || count[next] != count[start]) {
                    runs.add(new Run(start, (next - start) / resultStep));
                    start = next;
                }
            }
        }
        return runs.toArray(Run[]::new);
    }

    @Override
    public String toString() {
        return Arrays.toString(runs());
    }
}
