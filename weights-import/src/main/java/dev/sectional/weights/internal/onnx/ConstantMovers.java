package dev.sectional.weights.internal.onnx;

import dev.sectional.core.DType;
import dev.sectional.core.Shape;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Operators on constants that select, repeat, join and place elements. */
final class ConstantMovers {
    private ConstantMovers() {}

    static void addTo(Map<String, Function<OperatorCall, ConstantArray>> table) {
        table.put("Concat", ConstantMovers::concat);
        table.put("Slice", ConstantMovers::slice);
        table.put("Split", ConstantMovers::split);
        table.put("Gather", ConstantMovers::gather);
        table.put("GatherElements", ConstantMovers::gatherElements);
        table.put("GatherND", ConstantMovers::gatherNd);
        table.put("ScatterND", ConstantMovers::scatterNd);
        table.put("ScatterElements", ConstantMovers::scatterElements);
        table.put("Expand", ConstantMovers::expand);
        table.put("Tile", ConstantMovers::tile);
        table.put("Range", ConstantMovers::range);
        table.put("Trilu", ConstantMovers::trilu);
        table.put("CumSum", ConstantMovers::cumSum);
        table.put("NonZero", ConstantMovers::nonZero);
        table.put("Pad", ConstantMovers::pad);
    }

    private static ConstantArray array(OperatorCall call, int i) {
        return ConstantFolder.array(call, i);
    }

    private static ConstantArray concat(OperatorCall call) {
        ConstantArray first = array(call, 0);
        int axis = OperatorCall.axis(call.attributes().longValue("axis", 0), first.rank());
        int[] dims = first.dims().clone();
        dims[axis] = 0;
        int rows = IntStream.range(0, axis).map(i -> dims[i]).reduce(1, (a, b) -> a * b);
        ConstantArray[] parts = IntStream.range(0, call.inputCount()).mapToObj(i -> array(call, i))
                .toArray(ConstantArray[]::new);
        for (ConstantArray part : parts) {
            int[] other = part.dims().clone();
            OperatorCall.axis(axis, other.length);
            other[axis] = 0;
            dims[axis] = Math.addExact(dims[axis], part.dims()[axis]);
            int length = dims[axis];
            dims[axis] = 0;
            if (!Arrays.equals(other, dims)) {
                throw new IllegalArgumentException("joins shapes " + Shape.of(first.dims()) + " and "
                        + Shape.of(part.dims()) + " along axis " + axis);
            }
            dims[axis] = length;
        }
        call.importer().limits().countFolded(Shape.of(dims).size());
        if (first.isInteger()) {
            call.importer().limits().countIntegers(Shape.of(dims).size());
        }
        double[] joined = new double[Shape.of(dims).size()];
        int at = 0;
        for (int row = 0; row < rows; row++) {
            for (ConstantArray part : parts) {
                int length = part.size() / rows;
                System.arraycopy(part.values(), row * length, joined, at, length);
                at += length;
            }
        }
        return new ConstantArray(first.type(), dims, joined);
    }

    private static ConstantArray slice(OperatorCall call) {
        ConstantArray x = array(call, 0);
        for (SliceRange range : SliceRange.of(call, x.dims())) {
            x = x.along(range.axis(), range.count(), i -> range.start() + (long) i * range.step());
        }
        return x;
    }

    private static ConstantArray split(OperatorCall call) {
        ConstantArray x = array(call, 0);
        int axis = OperatorCall.axis(call.attributes().longValue("axis", 0), x.rank());
        int[] lengths = ShapeOperators.splitLengths(call, x.dims()[axis]);
        int start = 0;
        for (int i = 0; i < lengths.length; i++) {
            int from = start;
            ConstantFolder.set(call, i, x.along(axis, lengths[i], at -> from + at));
            start += lengths[i];
        }
        return null;
    }

    private static ConstantArray gather(OperatorCall call) {
        ConstantArray x = array(call, 0);
        ConstantArray indices = array(call, 1);
        int axis = OperatorCall.axis(call.attributes().longValue("axis", 0), x.rank());
        int[] dims = IntStream.concat(IntStream.concat(Arrays.stream(x.dims(), 0, axis), Arrays.stream(indices.dims())),
                Arrays.stream(x.dims(), axis + 1, x.rank())).toArray();
        call.importer().limits().countFolded(Shape.of(dims).size());
        ConstantArray found = x.along(axis, indices.size(),
                i -> OperatorCall.axis((long) indices.values()[i], x.dims()[axis]));
        return new ConstantArray(x.type(), dims, found.values());
    }

    private static ConstantArray gatherElements(OperatorCall call) {
        ConstantArray x = array(call, 0);
        ConstantArray indices = array(call, 1);
        int axis = OperatorCall.axis(call.attributes().longValue("axis", 0), x.rank());
        requireRank(indices, x.rank());
        int[] own = x.strides();
        int[] strides = indices.strides();
        return ConstantArray.of(x.type(), indices.dims(), i -> {
            int from = 0;
            for (int k = 0; k < own.length; k++) {
                int at = strides[k] == 0 ? 0 : i / strides[k] % indices.dims()[k];
                int wanted = k == axis ? OperatorCall.axis((long) indices.values()[i], x.dims()[k])
                        : OperatorCall.axis(at, x.dims()[k]);
                from += wanted * own[k];
            }
            return x.values()[from];
        });
    }

    private static ConstantArray gatherNd(OperatorCall call) {
        ConstantArray x = array(call, 0);
        ConstantArray indices = array(call, 1);
        if (call.attributes().longValue("batch_dims", 0) != 0) {
            throw new IllegalArgumentException("batch_dims are not supported");
        }
        int depth = depth(indices, x);
        int inner = IntStream.range(depth, x.rank()).map(i -> x.dims()[i]).reduce(1, (a, b) -> a * b);
        int[] dims = IntStream.concat(Arrays.stream(indices.dims(), 0, indices.rank() - 1),
                Arrays.stream(x.dims(), depth, x.rank())).toArray();
        call.importer().limits().countFolded(Shape.of(dims).size());
        return ConstantArray.of(x.type(), dims, i -> x.values()[row(indices, i / inner, depth, x.dims()) * inner
                + i % inner]);
    }

    private static ConstantArray scatterElements(OperatorCall call) {
        ConstantArray x = array(call, 0);
        ConstantArray updates = array(call, 2);
        int[] replaced = replacedElements(call, x.dims());
        if (replaced.length != updates.size()) {
            throw new IllegalArgumentException("writes " + updates.size() + " elements in place of " + replaced.length);
        }
        call.importer().limits().countFolded(x.size());
        double[] values = x.values().clone();
        for (int i = 0; i < replaced.length; i++) {
            values[replaced[i]] = updates.values()[i];
        }
        return new ConstantArray(x.type(), x.dims(), values);
    }

    /** Returns which element of the data each update of ScatterElements replaces. */
    static int[] replacedElements(OperatorCall call, int[] dims) {
        ConstantArray indices = array(call, 1);
        int axis = OperatorCall.axis(call.attributes().longValue("axis", 0), dims.length);
        if (!call.attributes().stringValue("reduction", "none").equals("none")) {
            throw new IllegalArgumentException("reductions are not supported");
        }
        requireRank(indices, dims.length);
        int[] replaced = new int[indices.size()];
        int[] strides = indices.strides();
        for (int i = 0; i < replaced.length; i++) {
            for (int k = 0; k < dims.length; k++) {
                int at = strides[k] == 0 ? 0 : i / strides[k] % indices.dims()[k];
                int wanted = OperatorCall.axis(k == axis ? (long) indices.values()[i] : at, dims[k]);
                replaced[i] = replaced[i] * dims[k] + wanted;
            }
        }
        return replaced;
    }

    private static ConstantArray scatterNd(OperatorCall call) {
        ConstantArray x = array(call, 0);
        ConstantArray indices = array(call, 1);
        ConstantArray updates = array(call, 2);
        if (!call.attributes().stringValue("reduction", "none").equals("none")) {
            throw new IllegalArgumentException("reductions are not supported");
        }
        int depth = depth(indices, x);
        int inner = IntStream.range(depth, x.rank()).map(i -> x.dims()[i]).reduce(1, (a, b) -> a * b);
        int rows = indices.size() / depth;
        if (updates.size() != rows * inner) {
            throw new IllegalArgumentException("writes " + updates.size() + " elements in place of " + rows * inner);
        }
        double[] result = x.values().clone();
        for (int row = 0; row < rows; row++) {
            System.arraycopy(updates.values(), row * inner, result, row(indices, row, depth, x.dims()) * inner, inner);
        }
        return new ConstantArray(x.type(), x.dims(), result);
    }

    private static int depth(ConstantArray indices, ConstantArray x) {
        int depth = indices.rank() == 0 ? 0 : indices.dims()[indices.rank() - 1];
        if (depth < 1 || depth > x.rank()) {
            throw new IllegalArgumentException("indices have shape " + Shape.of(indices.dims()) + " for shape "
                    + Shape.of(x.dims()));
        }
        return depth;
    }

    private static int row(ConstantArray indices, int row, int depth, int[] dims) {
        int at = 0;
        for (int k = 0; k < depth; k++) {
            at = at * dims[k] + OperatorCall.axis((long) indices.values()[row * depth + k], dims[k]);
        }
        return at;
    }

    private static ConstantArray expand(OperatorCall call) {
        ConstantArray x = array(call, 0);
        int[] dims = ConstantArray.broadcast(x.dims(), WindowOperators.toInts(call.integers(1)));
        call.importer().limits().countFolded(Shape.of(dims).size());
        return x.broadcast(dims);
    }

    private static ConstantArray tile(OperatorCall call) {
        ConstantArray x = array(call, 0);
        long[] repeats = call.integers(1);
        requireRank(x, repeats.length);
        for (int axis = 0; axis < repeats.length; axis++) {
            int length = x.dims()[axis];
            long full = Math.multiplyExact(length, repeats[axis]);
            if (repeats[axis] < 0) {
                throw new IllegalArgumentException("repeats " + repeats[axis] + " times");
            }
            call.importer().limits().countFolded(length == 0 ? 0 : x.size() / length * full);
            x = x.along(axis, Math.toIntExact(full), i -> i % length);
        }
        return x;
    }

    private static ConstantArray range(OperatorCall call) {
        ConstantArray start = array(call, 0);
        double step = call.number(2, 1);
        double count = Math.ceil((call.number(1, 0) - call.number(0, 0)) / step);
        if (!(count < Integer.MAX_VALUE) || step == 0) {
            throw new IllegalArgumentException("makes a range of " + count + " numbers");
        }
        call.importer().limits().countFolded((long) Math.max(0, count));
        double first = call.number(0, 0);
        return ConstantArray.of(start.type(), new int[] {(int) Math.max(0, count)}, i -> first + i * step);
    }

    private static ConstantArray trilu(OperatorCall call) {
        ConstantArray x = array(call, 0);
        boolean upper = call.attributes().longValue("upper", 1) != 0;
        double k = call.number(1, 0);
        if (x.rank() < 2) {
            throw new IllegalArgumentException("takes shape " + Shape.of(x.dims()));
        }
        int columns = x.dims()[x.rank() - 1];
        int rows = x.dims()[x.rank() - 2];
        return ConstantArray.of(x.type(), x.dims(), i -> {
            int above = i % columns - i / columns % rows;
            return (upper ? above >= k : above <= k) ? x.values()[i] : 0;
        });
    }

    private static ConstantArray cumSum(OperatorCall call) {
        ConstantArray x = array(call, 0);
        int axis = OperatorCall.axis((long) call.number(1, 0), x.rank());
        if (call.attributes().flag("exclusive") || call.attributes().flag("reverse")) {
            throw new IllegalArgumentException("exclusive and reverse are not supported");
        }
        int inner = IntStream.range(axis + 1, x.rank()).map(i -> x.dims()[i]).reduce(1, (a, b) -> a * b);
        double[] sums = x.values().clone();
        for (int i = 0; i < sums.length; i++) {
            sums[i] += i / inner % x.dims()[axis] == 0 ? 0 : sums[i - inner];
        }
        return new ConstantArray(x.type(), x.dims(), sums);
    }

    private static ConstantArray nonZero(OperatorCall call) {
        ConstantArray x = array(call, 0);
        int[] found = IntStream.range(0, x.size()).filter(i -> x.values()[i] != 0).toArray();
        int[] strides = x.strides();
        return ConstantArray.of(DType.I64, new int[] {x.rank(), found.length}, i -> {
            int axis = i / found.length;
            return strides[axis] == 0 ? 0 : found[i % found.length] / strides[axis] % x.dims()[axis];
        });
    }

    private static ConstantArray pad(OperatorCall call) {
        ConstantArray x = array(call, 0);
        PadOperators.Padding padding = PadOperators.padding(call, x.dims());
        if (padding.mode() != 0) {
            throw new IllegalArgumentException("pads a constant by copies of its edge, which is not supported");
        }
        for (int axis = 0; axis < x.rank(); axis++) {
            int before = padding.before()[axis];
            int length = x.dims()[axis];
            int full = Math.addExact(Math.addExact(length, before), padding.after()[axis]);
            int[] dims = x.dims().clone();
            dims[axis] = Math.max(0, full);
            call.importer().limits().countFolded(Shape.of(dims).size());
            ConstantArray old = x;
            int inner = IntStream.range(axis + 1, dims.length).map(i -> dims[i]).reduce(1, (a, b) -> a * b);
            x = ConstantArray.of(x.type(), dims, i -> {
                int at = i / inner % full - before;
                int out = i / inner / full;
                return at < 0 || at >= length ? padding.value() : old.values()[(out * length + at) * inner + i % inner];
            });
        }
        return x;
    }

    private static void requireRank(ConstantArray x, int rank) {
        if (x.rank() != rank) {
            throw new IllegalArgumentException("takes shape " + Shape.of(x.dims()) + ", wanted " + rank + " axes");
        }
    }
}
