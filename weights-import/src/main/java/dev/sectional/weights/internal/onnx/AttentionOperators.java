package dev.sectional.weights.internal.onnx;

import dev.sectional.core.DType;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.model.NodeSpec;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Products along named axes, and attention, as products of matrices. */
final class AttentionOperators {
    private static final double HIDDEN = ArithmeticOperators.HIDDEN;

    private AttentionOperators() {}

    static void addTo(Map<String, OperatorTable.Operator> table) {
        table.put("Einsum", AttentionOperators::einsum);
        table.put("Attention", AttentionOperators::attention);
    }

    private static void einsum(OperatorCall call) {
        String equation = call.attributes().stringValue("equation", "").replace(" ", "");
        String[] sides = equation.split("->");
        String[] terms = sides[0].split(",");
        boolean plain = sides.length == 2 && terms.length == 2 && call.inputCount() == 2
                && equation.matches("[a-zA-Z]+,[a-zA-Z]+->[a-zA-Z]+") && distinct(terms[0]) && distinct(terms[1])
                && distinct(sides[1]);
        if (!plain || call.importer().batch() != 1) {
            throw new IllegalArgumentException("equation '" + equation + "' is not supported: wanted two values,"
                    + " each axis once");
        }
        DynamicValue[] values = {operand(call, 0, terms[0]), operand(call, 1, terms[1])};
        String out = sides[1];
        String both = letters(terms[0], c -> has(terms[1], c) && has(out, c));
        String summed = letters(terms[0], c -> has(terms[1], c) && !has(out, c));
        String left = letters(terms[0], c -> !has(terms[1], c));
        String right = letters(terms[1], c -> !has(terms[0], c));
        if (out.length() != both.length() + left.length() + right.length()
                || !(both + left + right).chars().allMatch(c -> out.indexOf(c) >= 0)) {
            throw new IllegalArgumentException("equation '" + equation + "' sums an axis of one value alone,"
                    + " which is not supported");
        }
        DynamicValue a = grouped(call, values[0], terms[0], both, left, summed);
        DynamicValue b = grouped(call, values[1], terms[1], both, summed, right);
        DynamicValue product = LinearOperators.product(call, a, b);
        int[] dims = (both + left + right).chars().map(c -> length(values, terms, c)).toArray();
        String made = both + left + right;
        int[] order = out.chars().map(made::indexOf).toArray();
        DynamicValue y = product.reshaped(dims, call.name());
        call.setOutput(IntStream.range(0, order.length).allMatch(i -> order[i] == i) ? y
                : ShapeOperators.transposed(call, y, order));
    }

    private interface Letters {
        boolean test(int letter);
    }

    private static String letters(String term, Letters chosen) {
        return term.chars().filter(chosen::test).mapToObj(c -> String.valueOf((char) c)).collect(Collectors.joining());
    }

    private static boolean has(String term, int letter) {
        return term.indexOf(letter) >= 0;
    }

    private static boolean distinct(String term) {
        return term.chars().distinct().count() == term.length();
    }

    private static int length(DynamicValue[] values, String[] terms, int letter) {
        int at = terms[0].indexOf(letter);
        return at >= 0 ? values[0].dims()[at] : values[1].dims()[terms[1].indexOf(letter)];
    }

    private static DynamicValue operand(OperatorCall call, int i, String term) {
        DynamicValue value = call.isConstant(i) ? Constants.node(call, call.constant(i),
                IntStream.range(0, call.constant(i).shape().rank()).toArray()) : call.dynamic(i);
        if (value.rank() != term.length()) {
            throw new IllegalArgumentException("input " + (i + 1) + " has shape " + Shape.of(value.dims())
                    + ", the equation calls it " + term);
        }
        return value;
    }

    /** Returns a value with its axes in three groups, each joined to one axis. */
    private static DynamicValue grouped(OperatorCall call, DynamicValue value, String term, String... groups) {
        int[] order = String.join("", groups).chars().map(term::indexOf).toArray();
        DynamicValue moved = IntStream.range(0, order.length).allMatch(i -> order[i] == i) ? value
                : ShapeOperators.transposed(call, value, order);
        int[] dims = Arrays.stream(groups)
                .mapToInt(group -> group.chars().map(c -> value.dims()[term.indexOf(c)]).reduce(1, (a, b) -> a * b))
                .toArray();
        return moved.reshaped(dims, call.name());
    }

    /** Adds {@code softmax(scale Q K^T + mask) V}, where heads of one size lie on an axis or side by side. */
    private static void attention(OperatorCall call) {
        NodeAttributes attributes = call.attributes();
        int queryHeads = attributes.intValue("q_num_heads", 0);
        int keyHeads = attributes.intValue("kv_num_heads", queryHeads);
        float scale = attributes.floatValue("scale", 0);
        boolean causal = attributes.flag("is_causal");
        attributes.ignore("softmax_precision", "qk_matmul_output_mode");
        if (attributes.floatValue("softcap", 0) != 0 || call.has(4) || call.has(5) || call.has(6)) {
            throw new IllegalArgumentException("has a softcap, past keys or numbers of keys, which is not supported");
        }
        boolean joined = call.dynamic(0).rank() == 3;
        DynamicValue q = heads(call, call.dynamic(0), queryHeads);
        DynamicValue k = heads(call, call.dynamic(1), keyHeads);
        DynamicValue v = heads(call, call.dynamic(2), keyHeads);
        if (q.rank() != 4 || k.rank() != 4 || v.rank() != 4 || q.dims()[1] != k.dims()[1]) {
            throw new IllegalArgumentException("its queries and keys have shapes " + Shape.of(q.dims()) + " and "
                    + Shape.of(k.dims()) + ", wanted as many heads; repeat the keys of grouped queries before the"
                    + " export");
        }
        double factor = scale == 0 ? 1 / Math.sqrt(q.dims()[3]) : scale;
        DynamicValue scores = LinearOperators.product(call, q,
                ShapeOperators.transposed(call, k, new int[] {0, 1, 3, 2}));
        scores = ArithmeticOperators.withConstant(call, "Multiply", scores,
                ConstantValue.of(DType.F32, Tensor.of(Shape.of(), (float) factor)));
        scores = masked(call, scores, causal);
        DynamicValue in = call.layouts().aligned(scores);
        DynamicValue weights = call.addSame("Softmax", NodeSpec.settings("axis", in.storedAxes()[3]), Map.of(), in);
        DynamicValue y = LinearOperators.product(call, weights, v);
        if (joined) {
            int[] dims = y.dims();
            y = ShapeOperators.transposed(call, y, new int[] {0, 2, 1, 3})
                    .reshaped(new int[] {dims[0], dims[2], dims[1] * dims[3]}, call.name());
        }
        call.setOutput(y);
    }

    /** Returns scores that hide the keys that the mask excludes and, if {@code causal}, later ones. */
    private static DynamicValue masked(OperatorCall call, DynamicValue scores, boolean causal) {
        DynamicValue result = scores;
        int columns = scores.dims()[3];
        ConstantArray mask = ConstantArray.of(DType.F32, new int[] {causal ? scores.dims()[2] : 1, columns},
                i -> causal && i % columns > i / columns ? HIDDEN : 0);
        if (call.has(3) && !call.isConstant(3)) {
            result = ArithmeticOperators.merged(call, "Add", result, call.dynamic(3));
        } else if (call.has(3)) {
            ConstantArray given = ConstantFolder.array(call, 3);
            boolean flags = given.type() == DType.BOOL;
            int[] dims = ConstantArray.broadcast(given.dims(), mask.dims());
            double[] later = mask.broadcast(dims).values();
            double[] added = given.broadcast(dims).values();
            mask = ConstantArray.of(DType.F32, dims,
                    i -> Math.max(HIDDEN, later[i] + (flags ? added[i] != 0 ? 0 : HIDDEN : added[i])));
        }
        double[] all = mask.values();
        if (IntStream.range(0, all.length / columns)
                .anyMatch(row -> Arrays.stream(all, row * columns, (row + 1) * columns).allMatch(v -> v <= HIDDEN))) {
            throw new IllegalArgumentException("its mask hides all keys of a query, which is not supported");
        }
        return Arrays.stream(all).allMatch(v -> v == 0) ? result
                : ArithmeticOperators.withConstant(call, "Add", result, mask.toConstant());
    }

    private static DynamicValue heads(OperatorCall call, DynamicValue value, int heads) {
        if (value.rank() != 3) {
            return value;
        }
        int[] dims = value.dims();
        if (heads < 1 || dims[2] % heads != 0) {
            throw new IllegalArgumentException("has " + heads + " heads for shape " + Shape.of(dims));
        }
        int[] split = {dims[0], dims[1], heads, dims[2] / heads};
        return ShapeOperators.transposed(call, value.reshaped(split, call.name()), new int[] {0, 2, 1, 3});
    }
}
