package dev.sectional.weights.internal.onnx;

import dev.sectional.core.DType;
import dev.sectional.core.Shape;
import dev.sectional.nn.model.NodeSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Operators that select, join and repeat elements of values. */
final class MovementOperators {
    private MovementOperators() {}

    static void addTo(Map<String, OperatorTable.Operator> table) {
        table.put("Slice", MovementOperators::slice);
        table.put("Split", MovementOperators::split);
        table.put("Gather", MovementOperators::gather);
        table.put("ScatterND", call -> scatter(call, updates(call, call.inputDims())));
        table.put("ScatterElements", call -> scatter(call, elementUpdates(call, call.inputDims())));
        table.put("Concat", MovementOperators::concat);
        table.put("Expand", MovementOperators::expand);
        table.put("Tile", MovementOperators::tile);
        table.put("DepthToSpace", MovementOperators::depthToSpace);
        table.put("SpaceToDepth", MovementOperators::spaceToDepth);
    }

    private static void slice(OperatorCall call) {
        DynamicValue x = call.dynamic(0);
        for (SliceRange range : SliceRange.of(call, call.inputDims())) {
            x = sliced(call, x, range);
        }
        call.setOutput(x);
    }

    static DynamicValue sliced(OperatorCall call, DynamicValue value, SliceRange range) {
        call.requireNotBatch(range.axis());
        DynamicValue x = call.layouts().aligned(value);
        if (range.start() == 0 && range.step() == 1 && range.count() == x.dims()[range.axis()]) {
            return x;
        }
        int stored = x.storedAxes()[range.axis()];
        if (stored < 0 || range.count() == 0) {
            throw new IllegalArgumentException("takes no element of axis " + range.axis() + " of shape "
                    + call.importer().withBatch(x.dims()));
        }
        DynamicValue made = call.importer().addNode(call.importer().nextName(call.name()), "Slice",
                NodeSpec.settings("axis", stored, "start", range.start(), "step", range.step(), "count",
                        range.count()), Map.of(), List.of(x));
        int[] dims = x.dims().clone();
        dims[range.axis()] = range.count();
        return made.reordered(dims, x.order(), x.reshapedBy());
    }

    private static void split(OperatorCall call) {
        DynamicValue x = call.layouts().aligned(call.dynamic(0));
        int axis = OperatorCall.axis(call.attributes().longValue("axis", 0), x.rank());
        int[] lengths = ShapeOperators.splitLengths(call, x.dims()[axis]);
        int start = 0;
        for (int i = 0; i < lengths.length; i++) {
            if (!call.node().getOutput(i).isEmpty() && call.importer().isUsed(call.node().getOutput(i))) {
                call.setOutput(i, sliced(call, x, new SliceRange(axis, start, 1, lengths[i])));
            }
            start += lengths[i];
        }
        call.setAllComputed();
    }

    private static void gather(OperatorCall call) {
        DynamicValue x = call.layouts().aligned(call.dynamic(0));
        int axis = OperatorCall.axis(call.attributes().longValue("axis", 0), x.rank());
        call.requireNotBatch(axis);
        ConstantArray indices = ConstantFolder.array(call, 1);
        int[] wanted = IntStream.range(0, indices.size())
                .map(i -> OperatorCall.axis((long) indices.values()[i], x.dims()[axis])).toArray();
        int[] dims = IntStream.concat(IntStream.concat(Arrays.stream(x.dims(), 0, axis), Arrays.stream(indices.dims())),
                Arrays.stream(x.dims(), axis + 1, x.rank())).toArray();
        call.setOutput(taken(call, x, axis, wanted).reshaped(dims, call.name()));
    }

    /** Returns the elements at those positions of an axis, with as few nodes as that takes. */
    private static DynamicValue taken(OperatorCall call, DynamicValue x, int axis, int[] wanted) {
        int step = wanted.length > 1 ? wanted[1] - wanted[0] : 1;
        boolean even = wanted.length > 0 && step != 0
                && IntStream.range(0, wanted.length).allMatch(i -> wanted[i] == wanted[0] + i * step);
        if (even) {
            return sliced(call, x, new SliceRange(axis, wanted[0], step, wanted.length));
        }
        int stored = x.storedAxes()[axis];
        if (stored < 0 || wanted.length == 0) {
            throw new IllegalArgumentException("takes " + wanted.length + " elements of axis " + axis + " of shape "
                    + call.importer().withBatch(x.dims()) + ", which is not supported");
        }
        DynamicValue made = call.importer().addNode(call.importer().nextName(call.name()), "Gather",
                NodeSpec.settings("axis", stored, "indices", wanted, "drop", false), Map.of(), List.of(x));
        int[] dims = x.dims().clone();
        dims[axis] = wanted.length;
        return made.reordered(dims, x.order(), x.reshapedBy());
    }

    /**
     * Puts elements in place of those at constant positions, as {@code x[:, 1:] = y} does in PyTorch.
     *
     * @param updates for each element of the data the element of the updates that replaces it; -1 for none
     */
    private static void scatter(OperatorCall call, int[] updates) {
        int[] dims = call.inputDims();
        if (call.importer().batch() != 1 || !call.attributes().stringValue("reduction", "none").equals("none")) {
            throw new IllegalArgumentException("adds to elements, or changes a batch of " + call.importer().batch()
                    + " images; export the model with a batch of 1, and have it replace elements");
        }
        call.importer().limits().countFolded(3L * updates.length);
        if (!call.isConstant(2) && IntStream.range(0, updates.length).allMatch(i -> updates[i] == i)) {
            call.setOutput(call.dynamic(2).reshaped(dims, call.name()));
            return;
        }
        ConstantArray kept = ConstantArray.of(DType.F32, dims, i -> updates[i] < 0 ? 1 : 0);
        ConstantArray put = ConstantArray.of(DType.F32, dims, i -> updates[i] < 0 ? 0 : 1);
        if (call.isConstant(2)) {
            ConstantArray given = ConstantFolder.array(call, 2);
            call.setOutput(ArithmeticOperators.withConstant(call, "Add",
                    ArithmeticOperators.withConstant(call, "Multiply", call.dynamic(0), kept.toConstant()),
                    ConstantArray.of(DType.F32, dims, i -> updates[i] < 0 ? 0 : given.values()[updates[i]])
                            .toConstant()));
            return;
        }
        DynamicValue given = call.dynamic(2);
        DynamicValue row = call.layouts().aligned(given.reshaped(new int[] {given.shape().size()}, call.name()));
        int[] positions = Arrays.stream(updates).map(i -> Math.max(i, 0)).toArray();
        call.importer().limits().countIntegers(positions.length);
        DynamicValue placed = ArithmeticOperators.withConstant(call, "Multiply",
                taken(call, row, 0, positions).reshaped(dims, call.name()), put.toConstant());
        if (call.isConstant(0)) {
            ConstantArray data = ConstantFolder.array(call, 0);
            call.setOutput(ArithmeticOperators.withConstant(call, "Add", placed,
                    ConstantArray.of(DType.F32, dims, i -> updates[i] < 0 ? data.values()[i] : 0).toConstant()));
        } else {
            call.setOutput(ArithmeticOperators.merged(call, "Add",
                    ArithmeticOperators.withConstant(call, "Multiply", call.dynamic(0), kept.toConstant()), placed));
        }
    }

    /** Returns for each element of the data which element of the updates replaces it; -1 for none. */
    private static int[] updates(OperatorCall call, int[] dims) {
        ConstantArray indices = ConstantFolder.array(call, 1);
        int depth = indices.rank() == 0 ? 0 : indices.dims()[indices.rank() - 1];
        if (depth < 1 || depth > dims.length) {
            throw new IllegalArgumentException("has indices of shape " + Shape.of(indices.dims()) + " for shape "
                    + Shape.of(dims));
        }
        int run = Arrays.stream(dims, depth, dims.length).reduce(1, (a, b) -> a * b);
        int given = call.isConstant(2) ? call.constant(2).shape().size() : call.dynamic(2).shape().size();
        if ((long) indices.size() / depth * run != given) {
            throw new IllegalArgumentException("has " + indices.size() / depth + " positions for " + given
                    + " elements");
        }
        int[] updates = new int[Shape.of(dims).size()];
        Arrays.fill(updates, -1);
        for (int i = 0; i < indices.size() / depth; i++) {
            int at = 0;
            for (int k = 0; k < depth; k++) {
                at = at * dims[k] + OperatorCall.axis((long) indices.values()[i * depth + k], dims[k]);
            }
            for (int k = 0; k < run; k++) {
                updates[at * run + k] = i * run + k;
            }
        }
        return updates;
    }

    /** Returns the same for ScatterElements. */
    private static int[] elementUpdates(OperatorCall call, int[] dims) {
        int[] replaced = ConstantMovers.replacedElements(call, dims);
        int given = call.isConstant(2) ? call.constant(2).shape().size() : call.dynamic(2).shape().size();
        if (replaced.length != given) {
            throw new IllegalArgumentException("has " + replaced.length + " positions for " + given + " elements");
        }
        int[] updates = new int[Shape.of(dims).size()];
        Arrays.fill(updates, -1);
        for (int i = 0; i < replaced.length; i++) {
            updates[replaced[i]] = i;
        }
        return updates;
    }

    private static void concat(OperatorCall call) {
        List<DynamicValue> values = IntStream.range(0, call.inputCount()).filter(i -> !call.isConstant(i))
                .mapToObj(call::dynamic).toList();
        int axis = OperatorCall.axis(call.attributes().longValue("axis", 1), values.get(0).rank());
        call.requireNotBatch(axis);
        int[] dims = joinedDims(call, axis, values.get(0).rank());
        int[] order = call.layouts().commonOrder(values, axis);
        List<DynamicValue> arranged = new ArrayList<>();
        for (int i = 0; i < call.inputCount(); i++) {
            if (!call.isConstant(i)) {
                arranged.add(call.layouts().arranged(call.dynamic(i), order));
            } else if (call.constant(i).shape().size() > 0) {
                arranged.add(Constants.node(call, call.constant(i), order));
            }
        }
        int stored = IntStream.range(0, order.length).filter(i -> order[i] == axis).findFirst().orElseThrow();
        boolean last = stored == order.length - 1;
        call.setOutput(call.add("Concat", last ? Map.of() : NodeSpec.settings("axis", stored), Map.of(), dims, order,
                arranged.toArray(DynamicValue[]::new)));
    }

    private static int[] joinedDims(OperatorCall call, int axis, int rank) {
        int[] dims = null;
        for (int i = 0; i < call.inputCount(); i++) {
            int[] own = call.isConstant(i) ? call.constant(i).shape().dims() : call.dynamic(i).dims();
            if (own.length != rank) {
                throw new IllegalArgumentException("joins values of " + rank + " and of " + own.length + " axes");
            }
            if (own[axis] == 0) {
                continue;
            }
            int before = dims == null ? 0 : dims[axis];
            int[] joined = own.clone();
            joined[axis] = Math.addExact(before, own[axis]);
            if (dims != null) {
                dims[axis] = joined[axis];
            }
            if (dims != null && !Arrays.equals(dims, joined)) {
                throw new IllegalArgumentException("joins shapes that differ besides axis " + axis);
            }
            dims = joined;
        }
        return dims;
    }

    private static void expand(OperatorCall call) {
        DynamicValue x = call.dynamic(0);
        int[] wanted = WindowOperators.toInts(call.integers(1));
        call.setOutput(expanded(call, x, call.withoutBatch(
                ConstantArray.broadcast(call.importer().withBatch(x.dims()).dims(), wanted))));
    }

    /** Returns a value repeated along axes of size 1 and new axes, so that it has these dims. */
    static DynamicValue expanded(OperatorCall call, DynamicValue value, int[] dims) {
        int[] full = new int[dims.length];
        Arrays.fill(full, 1);
        System.arraycopy(value.dims(), 0, full, dims.length - value.rank(), value.rank());
        DynamicValue x = value.reshaped(full, call.name());
        if (Arrays.equals(full, dims)) {
            return x;
        }
        int[] longer = IntStream.range(0, dims.length).filter(i -> dims[i] != 1).toArray();
        int[] order = call.layouts().commonOrder(List.of(x), longer);
        int[] shape = Arrays.stream(order).map(axis -> dims[axis]).toArray();
        return call.add("Expand", NodeSpec.settings("shape", shape), Map.of(), dims, order,
                call.layouts().arranged(x, order));
    }

    private static void tile(OperatorCall call) {
        DynamicValue x = call.dynamic(0);
        long[] repeats = call.integers(1);
        if (repeats.length != x.rank()) {
            throw new IllegalArgumentException("has " + repeats.length + " repeats for shape "
                    + call.importer().withBatch(x.dims()));
        }
        for (int axis = 0; axis < repeats.length; axis++) {
            if (repeats[axis] == 1) {
                continue;
            }
            call.requireNotBatch(axis);
            int[] dims = x.dims();
            int times = Math.toIntExact(repeats[axis]);
            int[] split = IntStream.concat(IntStream.concat(Arrays.stream(dims, 0, axis), IntStream.of(1)),
                    Arrays.stream(dims, axis, dims.length)).toArray();
            int[] repeated = split.clone();
            repeated[axis] = times;
            int[] joined = dims.clone();
            joined[axis] = Math.multiplyExact(times, dims[axis]);
            x = expanded(call, x.reshaped(split, call.name()), repeated).reshaped(joined, call.name());
        }
        call.setOutput(x);
    }

    private static void depthToSpace(OperatorCall call) {
        DynamicValue x = call.dynamic(0);
        int block = call.attributes().intValue("blocksize", 0);
        boolean depthFirst = call.attributes().stringValue("mode", "DCR").equals("DCR");
        int[] dims = blocks(x, block);
        int depth = dims[1] / (block * block);
        int[] split = depthFirst ? new int[] {1, block, block, depth, dims[2], dims[3]}
                : new int[] {1, depth, block, block, dims[2], dims[3]};
        int[] order = depthFirst ? new int[] {0, 3, 4, 1, 5, 2} : new int[] {0, 1, 4, 2, 5, 3};
        DynamicValue y = ShapeOperators.transposed(call, x.reshaped(split, call.name()), order);
        call.setOutput(y.reshaped(new int[] {1, depth, dims[2] * block, dims[3] * block}, call.name()));
    }

    private static void spaceToDepth(OperatorCall call) {
        DynamicValue x = call.dynamic(0);
        int block = call.attributes().intValue("blocksize", 0);
        boolean depthFirst = call.attributes().stringValue("mode", "DCR").equals("DCR");
        int[] dims = blocks(x, block);
        int[] split = {1, dims[1], dims[2] / block, block, dims[3] / block, block};
        int[] order = depthFirst ? new int[] {0, 3, 5, 1, 2, 4} : new int[] {0, 1, 3, 5, 2, 4};
        DynamicValue y = ShapeOperators.transposed(call, x.reshaped(split, call.name()), order);
        call.setOutput(y.reshaped(new int[] {1, dims[1] * block * block, dims[2] / block, dims[3] / block},
                call.name()));
    }

    private static int[] blocks(DynamicValue x, int block) {
        int[] dims = x.dims();
        if (dims.length != 4 || dims[0] != 1 || block < 1 || block > 1 << 10) {
            throw new IllegalArgumentException("takes blocks of " + block + " from shape " + Shape.of(dims));
        }
        return dims;
    }
}
