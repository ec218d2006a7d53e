package dev.sectional.core.internal.conv;

import dev.sectional.core.internal.kernel.Kernels;
import dev.sectional.core.internal.kernel.WinogradTransform;

/**
 * The transform of packed filters for {@link Winograd}. The points may be divided into parts, for which filters are
 * transformed one after the other: transformed, they are four times as large, and all of a panel's would leave the
 * second-level cache before they are multiplied.
 *
 * @param parts number of parts, a divisor of 6
 */
record WinogradFilters(Kernels kernels, PackedMatrix filters, WinogradBlocking blocking, int parts) {
    /**
     * Filter elements transformed at once. Nine streams come from memory: the longer they are, the more is
     * prefetched.
     */
    static final int BLOCK = 1024;
    /** Elements of scratch space. */
    static final int SCRATCH = WinogradTransform.POINTS / 2 * BLOCK;

    /**
     * Transforms the filters of one panel and of {@code channels} input channels from {@code first} on.
     *
     * @param part whose points are computed
     * @param u receives (point, input channel, output channel) from {@code to} on
     */
    void compute(int panel, int part, int first, int channels, float[] scratch, float[] u, int to) {
        int width = blocking.panelWidth;
        int rows = WinogradTransform.WINDOW / parts;
        int start = filters.panelStart(panel) + first * width;
        for (int from = 0; from < channels * width; from += BLOCK) {
            kernels.winogradFilter(part * rows, (part + 1) * rows, filters.panels(), start + from,
                    blocking.depth * width, Math.min(BLOCK, channels * width - from), scratch, u, to + from,
                    blocking.uStep);
        }
    }
}
