package dev.sectional.weights.internal.onnx;

import dev.sectional.core.Shape;
import dev.sectional.nn.model.NodeSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Arranges values in memory. An operator that needs its axes in a certain order asks for it; nodes of kind Reshape,
 * Permute and Flatten are added only where the value is stored otherwise, each once, and not at all where an earlier
 * arrangement of the same elements fits. So pairs of transposes that undo each other leave nothing behind.
 */
final class Layouts {
    private final GraphImporter importer;
    private final Map<List<Object>, DynamicValue> made = new HashMap<>();
    private final Map<String, Origin> origins = new HashMap<>();

    Layouts(GraphImporter importer) {
        this.importer = importer;
    }

    /**
     * Where the elements of an added node come from.
     *
     * @param from value that the node rearranges
     * @param order of the node's output at that time
     * @param axes stored axis of {@code from} that each stored axis is; null if the node reshapes
     */
    private record Origin(DynamicValue from, int[] order, int[] axes) {
    }

    /** A factor of a value's size: a part of one stored axis and of one axis in ONNX. */
    private record Factor(int stored, int axis, int size, int position) {
    }

    /** Returns a value as a feature map (rows, columns, channels). */
    DynamicValue featureMap(DynamicValue value) {
        int[] dims = value.dims();
        if (dims.length != 4 || dims[0] != 1) {
            throw new IllegalArgumentException("takes a feature map (batch, channels, rows, columns), got shape "
                    + importer.withBatch(dims));
        }
        return arranged(value, 2, 3, 1);
    }

    /** Returns a value whose last stored axis is that axis in ONNX; the others keep their order. */
    DynamicValue withLast(DynamicValue value, int axis) {
        if (value.rank() == 4 && axis == 1 && value.dims()[0] == 1) {
            return arranged(value, 2, 3, 1);
        }
        Set<Integer> order = new LinkedHashSet<>();
        Arrays.stream(storedOrder(aligned(value))).filter(other -> other != axis).forEach(order::add);
        order.add(axis);
        return arranged(value, order.stream().mapToInt(i -> i).toArray());
    }

    /** Returns a value each axis of which is one stored axis, or has size 1 and is not stored. */
    DynamicValue aligned(DynamicValue value) {
        if (value.storedAxes() != null) {
            return value;
        }
        List<Factor> factors = factors(value);
        int first = value.dims()[0] == 1 && value.rank() > 1 ? 1 : 0;
        if (factors == null) {
            return arranged(value, IntStream.range(first, value.rank()).toArray());
        }
        Set<Integer> order = new LinkedHashSet<>();
        for (Factor factor : factors.stream().sorted(byStorage()).toList()) {
            order.remove(factor.axis());   // an axis in several parts goes where its last part is
            order.add(factor.axis());
        }
        return arranged(value, order.stream().mapToInt(i -> i).toArray());
    }

    /** Returns the axes in ONNX of an aligned value in the order in which they are stored. */
    static int[] storedOrder(DynamicValue aligned) {
        int[] axes = aligned.storedAxes();
        return IntStream.range(0, axes.length).filter(i -> axes[i] >= 0).boxed()
                .sorted(Comparator.comparing(i -> axes[i])).mapToInt(i -> i).toArray();
    }

    /**
     * Returns the order in which to store several values that are combined element by element, of the same rank.
     *
     * @param needed axes that must be stored; those that are longer than 1 are needed anyway
     */
    int[] commonOrder(List<DynamicValue> values, int... needed) {
        DynamicValue model = values.stream().max(Comparator.comparing((DynamicValue v) -> v.shape().size())).get();
        Set<Integer> order = new LinkedHashSet<>();
        Arrays.stream(storedOrder(aligned(model))).forEach(order::add);
        Set<Integer> wanted = new LinkedHashSet<>(Arrays.stream(needed).boxed().toList());
        for (DynamicValue value : values) {
            IntStream.range(0, value.rank()).filter(i -> value.dims()[i] != 1).forEach(wanted::add);
        }
        if (!order.containsAll(wanted)) {
            order.addAll(wanted);
            boolean map = model.rank() == 4 && !order.contains(0);
            return map ? new int[] {2, 3, 1} : order.stream().sorted().mapToInt(i -> i).toArray();
        }
        return order.isEmpty() ? new int[] {model.rank() - 1} : order.stream().mapToInt(i -> i).toArray();
    }

    /**
     * Returns a value whose stored axes are these axes in ONNX, in this order. The axes that are missing have size 1.
     */
    DynamicValue arranged(DynamicValue value, int... axes) {
        int[] dims = value.dims();
        if (axes.length == 0) {
            return arranged(value, dims.length - 1);
        }
        int[] target = Arrays.stream(axes).map(axis -> dims[axis]).toArray();
        for (DynamicValue same = value; same != null; same = origin(same)) {
            if (Shape.of(target).equals(same.shape()) && isStored(same, axes)) {
                return DynamicValue.of(same.node(), same.shape(), dims, axes).sharedIf(value.shared());
            }
        }
        boolean flattens = axes.length == 1 && value.shape().rank() == 3
                && Arrays.equals(value.order(), new int[] {2, 0, 1});
        List<Factor> factors = factors(value);
        DynamicValue result;
        if (flattens) {
            result = add(value, "Flatten", Map.of(), new int[] {0}, null);
        } else if (factors == null) {
            int first = dims[0] == 1 && dims.length > 1 ? 1 : 0;
            int[] rest = Arrays.copyOfRange(dims, first, dims.length);
            int[] order = IntStream.range(0, rest.length).toArray();
            return arranged(reshaped(permuted(value, value.order()), rest, order), axes);
        } else {
            result = rearranged(value, factors, axes, target);
        }
        return DynamicValue.of(result.node(), result.shape(), dims, axes).sharedIf(value.shared());
    }

    private DynamicValue rearranged(DynamicValue value, List<Factor> factors, int[] axes, int[] target) {
        List<Factor> stored = factors.stream().sorted(byStorage()).toList();
        List<Factor> wanted = new ArrayList<>();
        Arrays.stream(axes).forEach(axis -> factors.stream().filter(f -> f.axis() == axis).forEach(wanted::add));
        int[] order = DynamicValue.of("", Shape.of(target), value.dims(), axes).order();
        if (stored.equals(wanted)) {
            return reshaped(value, target, order);
        }
        int[] direct = value.storedAxes();
        if (direct != null) {
            int[] moves = Arrays.stream(axes).map(axis -> direct[axis]).toArray();
            boolean all = Arrays.stream(moves).noneMatch(i -> i < 0) && moves.length == value.shape().rank();
            if (all) {
                return permuted(value, moves);
            }
        }
        DynamicValue split = reshaped(value, stored.stream().mapToInt(Factor::size).toArray(),
                factors.stream().mapToInt(stored::indexOf).toArray());
        DynamicValue moved = permuted(split, wanted.stream().mapToInt(stored::indexOf).toArray());
        return reshaped(moved, target, order);
    }

    /** Orders factors as they lie in memory. */
    private static Comparator<Factor> byStorage() {
        return Comparator.comparing(Factor::stored).thenComparing(Factor::position);
    }

    /**
     * Returns whether the stored axes of a value, in their order, are these axes in ONNX. Axes of size 1 may lie
     * anywhere.
     */
    private static boolean isStored(DynamicValue value, int[] axes) {
        List<Factor> factors = factors(value);
        if (factors == null) {
            return false;
        }
        List<Integer> stored = factors.stream().sorted(byStorage()).map(Factor::axis).distinct().toList();
        List<Integer> wanted = Arrays.stream(axes).filter(axis -> value.dims()[axis] != 1).boxed().toList();
        return stored.equals(wanted);
    }

    /** Returns the common factors of stored axes and axes in ONNX, in ONNX's order; null if they cut across another. */
    private static List<Factor> factors(DynamicValue value) {
        List<Factor> factors = new ArrayList<>();
        int i = -1;
        int j = -1;
        long stored = 1;
        long axis = 1;
        while (true) {
            while (stored == 1 && i + 1 < value.order().length) {
                stored = value.shape().dim(value.order()[++i]);
            }
            while (axis == 1 && j + 1 < value.rank()) {
                axis = value.dims()[++j];
            }
            if (stored == 1 || axis == 1) {
                return stored == axis ? factors : null;
            }
            long size = Math.min(stored, axis);
            if (stored % size != 0 || axis % size != 0) {
                return null;
            }
            factors.add(new Factor(value.order()[i], j, (int) size, factors.size()));
            stored /= size;
            axis /= size;
        }
    }

    /** Returns the value that an added node rearranges, as the same elements in ONNX's order; null if there is none. */
    private DynamicValue origin(DynamicValue value) {
        Origin origin = origins.get(value.node());
        if (origin == null) {
            return null;
        }
        DynamicValue from = origin.from();
        if (origin.axes() != null) {
            int[] order = Arrays.stream(value.order()).map(i -> origin.axes()[i]).toArray();
            return from.reordered(value.dims(), order, value.reshapedBy());
        }
        return Arrays.equals(origin.order(), value.order()) ? from.reordered(value.dims(), from.order(),
                value.reshapedBy()) : null;
    }

    private DynamicValue reshaped(DynamicValue value, int[] shape, int[] order) {
        if (value.shape().equals(Shape.of(shape))) {
            return value;
        }
        return add(value, "Reshape", NodeSpec.settings("shape", shape), order, null);
    }

    private DynamicValue permuted(DynamicValue value, int[] axes) {
        if (Arrays.equals(axes, IntStream.range(0, axes.length).toArray())) {
            return value;
        }
        int[] order = new int[axes.length];
        for (int i = 0; i < axes.length; i++) {
            int at = i;
            order[i] = IntStream.range(0, axes.length).filter(k -> axes[k] == value.order()[at]).findFirst()
                    .orElseThrow();
        }
        return add(value, "Permute", NodeSpec.settings("axes", axes), order, axes);
    }

    private DynamicValue add(DynamicValue value, String kind, Map<String, Object> settings, int[] order, int[] axes) {
        List<Object> key = List.of(value.node(), kind, settings);
        DynamicValue known = made.get(key);
        if (known == null) {
            String by = value.reshapedBy();
            String name = importer.freshName(by == null ? kind.toLowerCase(Locale.ROOT) : by);
            known = importer.addNode(name, kind, settings, Map.of(), List.of(value));
            made.put(key, known);
        }
        origins.putIfAbsent(known.node(), new Origin(value, order, axes));
        return known.reordered(value.dims(), order, value.reshapedBy());
    }
}
