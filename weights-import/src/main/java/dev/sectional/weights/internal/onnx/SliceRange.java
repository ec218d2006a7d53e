package dev.sectional.weights.internal.onnx;

import java.util.ArrayList;
import java.util.List;

/**
 * The positions that Slice takes along one axis.
 *
 * @param start first position
 * @param step distance of the positions, also negative
 * @param count number of positions
 */
record SliceRange(int axis, int start, int step, int count) {
    /** Reads the ranges of a Slice node, of those axes that it cuts or reverses. */
    static List<SliceRange> of(OperatorCall call, int[] dims) {
        boolean attributes = call.opset() < 10;
        long[] starts = attributes ? call.attributes().longs("starts") : call.integers(1);
        long[] ends = attributes ? call.attributes().longs("ends") : call.integers(2);
        long[] axes = attributes ? call.attributes().longs("axes") : call.has(3) ? call.integers(3) : null;
        long[] steps = !attributes && call.has(4) ? call.integers(4) : null;
        if (starts == null || ends == null || starts.length != ends.length
                || axes != null && axes.length != starts.length || steps != null && steps.length != starts.length) {
            throw new IllegalArgumentException("its starts, ends, axes and steps differ in length");
        }
        List<SliceRange> ranges = new ArrayList<>();
        for (int i = 0; i < starts.length; i++) {
            int axis = OperatorCall.axis(axes == null ? i : axes[i], dims.length);
            SliceRange range = of(axis, dims[axis], starts[i], ends[i], steps == null ? 1 : steps[i]);
            if (range.start != 0 || range.step != 1 || range.count != dims[axis]) {
                ranges.add(range);
            }
        }
        return ranges;
    }

    private static SliceRange of(int axis, int length, long start, long end, long step) {
        if (step == 0 || step == Long.MIN_VALUE) {
            throw new IllegalArgumentException("its step is " + step);
        }
        boolean forwards = step > 0;
        int last = forwards ? length : length - 1;
        long from = Math.max(0, Math.min(last, start < 0 ? start + length : start));
        long to = Math.max(forwards ? 0 : -1, Math.min(last, end < 0 ? end + length : end));
        long way = forwards ? to - from : from - to;
        long size = Math.abs(step);
        long count = way <= 0 || length == 0 ? 0 : (way - 1) / size + 1;
        // a step beyond the axis reaches one position
        return new SliceRange(axis, (int) from, count <= 1 ? 1 : (int) step, (int) count);
    }
}
