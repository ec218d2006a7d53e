package dev.sectional.weights.internal.onnx;

import static dev.sectional.weights.internal.onnx.ConstantRunner.dims;
import static dev.sectional.weights.internal.onnx.ConstantRunner.number;
import static dev.sectional.weights.internal.onnx.ConstantRunner.real;
import static dev.sectional.weights.internal.onnx.ModelBuilder.ints;
import static dev.sectional.weights.internal.onnx.ModelBuilder.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Provider;
import dev.sectional.weights.internal.onnx.proto.AttributeProto;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Norms, attention and products along named axes, against their definitions. */
class OnnxNormsTest {
    private static Engine engine;

    @BeforeAll
    static void open() {
        engine = Engine.open(Provider.SCALAR, 1);
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    private static double[] numbers(int count) {
        return IntStream.range(0, count).mapToDouble(i -> (i * 13 % 11 + 1) / 4.0).toArray();
    }

    private static GraphRunner graph(int... shape) {
        return GraphRunner.of(shape).whole("last", -1).number("eps", 0.5).number("two", 2);
    }

    private static void refused(String said, GraphRunner graph) {
        String message = assertThrows(InputException.class, graph::run).getMessage();
        assertTrue(message.contains(said), message);
    }

    private static GraphRunner batch(GraphRunner graph, int channels) {
        return graph.floats("g", dims(channels), numbers(channels)).floats("b", dims(channels), 3, 1, 2)
                .floats("m", dims(channels), 0.5, -0.25, 1).floats("v", dims(channels), 2, 4, 0.5);
    }

    @Test
    void batchNorm() {
        for (int[] shape : new int[][] {{1, 3}, {1, 3, 4}, {1, 3, 2, 4}, {1, 3, 2, 2, 2}}) {
            batch(graph(shape), 3).node("BatchNormalization", "x g b m v", "y", real("epsilon", 0.5f))
                    .assertSame(engine);
        }
        batch(graph(1, 3, 2, 4), 3).node("Transpose", "x", "t", ints("perm", 0, 1, 3, 2))
                .node("BatchNormalization", "t g b m v", "y").assertSame(engine);
        batch(graph(1, 3, 8), 3).whole("s", 2, 3, 4).node("Reshape", "x s", "r")
                .node("BatchNormalization", "r g b m v", "y").assertSame(engine);
        GraphRunner folded = batch(graph(1, 2), 3).floats("w", dims(2, 3), 1, 2, 3, 4, 5, 6).node("MatMul", "x w", "p")
                .node("BatchNormalization", "p g b m v", "y", real("epsilon", 0.5f));
        folded.assertSame(engine);
        assertEquals("Linear", folded.kinds());
        batch(graph(1, 2), 3).floats("w", dims(2, 3), 1, 2, 3, 4, 5, 6).node("MatMul", "x w", "p")
                .node("BatchNormalization", "p g b m v", "n").node("Add", "n p", "y").assertSame(engine);
    }

    @Test
    void instanceNorm() {
        for (int[] shape : new int[][] {{1, 3, 4}, {1, 3, 2, 4}, {1, 3, 2, 2, 2}}) {
            graph(shape).floats("g", dims(3), 1, 2, 3).floats("b", dims(3), 4, 5, 6)
                    .node("InstanceNormalization", "x g b", "y", real("epsilon", 0.5f)).assertSame(engine);
        }
        GraphRunner groups = graph(1, 6, 2, 2).floats("g", dims(3), 1, 2, 3).floats("b", dims(3), 4, 5, 6)
                .whole("s", 1, 3, 8).whole("t", 1, 6, 2, 2).node("Reshape", "x s", "r")
                .node("InstanceNormalization", "r g b", "n").node("Reshape", "n t", "y");
        groups.assertSame(engine);
        assertEquals("GroupNorm", groups.kinds());
        graph(1, 4, 3, 2).floats("g", dims(3), 1, 2, 3).floats("b", dims(3), 4, 5, 6).whole("s", 1, 3, 8)
                .node("Reshape", "x s", "r").node("InstanceNormalization", "r g b", "y").assertSame(engine);
        refused("takes shape 1x3 with 3 scales and 3 shifts", graph(1, 3).floats("g", dims(3), 1, 2, 3)
                .node("InstanceNormalization", "x g g", "y"));
        refused("with 3 scales and 2 shifts", graph(1, 3, 2).floats("g", dims(3), 1, 2, 3).floats("b", dims(2), 1, 2)
                .node("InstanceNormalization", "x g b", "y"));
        refused("with 2 scales and 3 shifts", graph(1, 3, 2).floats("g", dims(3), 1, 2, 3).floats("b", dims(2), 1, 2)
                .node("InstanceNormalization", "x b g", "y"));
    }

    /** What a norm of the last axes gives, by the mean and the variance of each row. */
    private static ConstantArray rows(GraphRunner spelled, boolean centred, String axes) {
        GraphRunner mean = centred ? spelled.node("ReduceMean", "x " + axes, "mean").node("Sub", "x mean", "d")
                : spelled.node("Identity", "x", "d");
        return mean.node("Mul", "d d", "q").node("ReduceMean", "q " + axes, "v").node("Add", "v eps", "e")
                .node("Sqrt", "e", "s").node("Div", "d s", "n").node("Mul", "n g", "o").node("Add", "o b", "y")
                .expected(GraphRunner::element);
    }

    private static GraphRunner layer(int[] shape, int... own) {
        int size = IntStream.of(own).reduce(1, (a, b) -> a * b);
        return graph(shape).floats("g", own, numbers(size)).floats("b", own, IntStream.range(0, size)
                .mapToDouble(i -> i / 2.0).toArray()).whole("both", -2, -1).floats("zero", dims(), 0);
    }

    @ParameterizedTest
    @CsvSource({"-1", "3"})
    void layerNorm(int axis) {
        int[] shape = {1, 3, 2, 4};
        layer(shape, 4).node("LayerNormalization", "x g b", "y", number("axis", axis), real("epsilon", 0.5f))
                .assertSame(engine, rows(layer(shape, 4), true, "last"));
        layer(shape, 2, 4).node("LayerNormalization", "x g b", "y", number("axis", axis - 1), real("epsilon", 0.5f))
                .assertSame(engine, rows(layer(shape, 2, 4), true, "both"));
        layer(shape, 4).node("RMSNormalization", "x g", "r", number("axis", axis), real("epsilon", 0.5f))
                .node("Add", "r b", "y").assertSame(engine, rows(layer(shape, 4), false, "last"));
        layer(shape, 2, 4).node("RMSNormalization", "x g", "r", number("axis", axis - 1), real("epsilon", 0.5f))
                .node("Add", "r b", "y").assertSame(engine, rows(layer(shape, 2, 4), false, "both"));
        layer(shape, 1).node("LayerNormalization", "x g b", "y", real("epsilon", 0.5f))
                .assertSame(engine, rows(layer(shape, 1), true, "last"));
        refused("works along the batch of 2 images", layer(dims(2, 3), 3).node("LayerNormalization", "x g b", "y",
                number("axis", 0)));
        refused("axis 4 does not exist among 4", layer(shape, 4).node("LayerNormalization", "x g", "y",
                number("axis", 4)));
        refused("shapes 3 and 4 do not fit each other", layer(shape, 3).node("RMSNormalization", "x g", "y"));
        refused("input 3 has shape 2x3x2x4, wanted 4", layer(shape, 4).floats("w", dims(2, 3, 2, 4), new double[48])
                .node("LayerNormalization", "x g w", "y"));
    }

    /** A scale for each group before operator set 21, and for each channel since. */
    @ParameterizedTest
    @ValueSource(ints = {18, 21})
    void groupNorm(int opset) {
        double[] scale = opset < 21 ? new double[] {2, 3} : new double[] {2, 3, 4, 5};
        double[] shift = opset < 21 ? new double[] {1, -1} : new double[] {1, -1, 2, -2};
        double[][] all = opset < 21 ? new double[][] {{2, 2, 3, 3}, {1, 1, -1, -1}} : new double[][] {scale, shift};
        ConstantArray expected = graph(1, 4, 2, 3).whole("s", 1, 2, 12).whole("t", 1, 4, 2, 3)
                .floats("g", dims(4, 1, 1), all[0]).floats("b", dims(4, 1, 1), all[1]).node("Reshape", "x s", "r")
                .node("ReduceMean", "r last", "mean").node("Sub", "r mean", "d").node("Mul", "d d", "q")
                .node("ReduceMean", "q last", "v").node("Add", "v eps", "e").node("Sqrt", "e", "w")
                .node("Div", "d w", "n").node("Reshape", "n t", "u").node("Mul", "u g", "o").node("Add", "o b", "y")
                .expected(GraphRunner::element);
        graph(1, 4, 2, 3).opset(opset).floats("g", dims(scale.length), scale).floats("b", dims(scale.length), shift)
                .node("GroupNormalization", "x g b", "y", number("num_groups", 2), real("epsilon", 0.5f))
                .assertSame(engine, expected);
    }

    @Test
    void lengthNorm() {
        for (int axis = 1; axis < 4; axis++) {
            for (int p = 1; p <= 2; p++) {
                ConstantArray expected = graph(1, 3, 2, 4).whole("a", axis).node(p == 1 ? "ReduceL1" : "ReduceL2",
                        "x a", "s").node("Div", "x s", "y").expected(GraphRunner::element);
                graph(1, 3, 2, 4).node("LpNormalization", "x", "y", number("axis", axis - 4), number("p", p))
                        .assertSame(engine, expected);
            }
        }
        refused("normalises axis 0 of shape 1x3", graph(1, 3).node("LpNormalization", "x", "y", number("axis", 0)));
        refused("works along the batch of 2 images", graph(2, 3).node("LpNormalization", "x", "y", number("axis", 0)));
    }

    @Test
    void localNorm() {
        ConstantArray x = graph(1, 5, 2, 2).node("Identity", "x", "y").expected(GraphRunner::element);
        ConstantArray expected = ConstantArray.of(DType.F32, x.dims(), i -> {
            double squares = IntStream.rangeClosed(-1, 1).map(k -> i + 4 * k).filter(k -> k >= 0 && k < 20)
                    .mapToDouble(k -> x.values()[k] * x.values()[k]).sum();
            return x.values()[i] / Math.pow(2 + 0.3 / 3 * squares, 0.5);
        });
        graph(1, 5, 2, 2).node("LRN", "x", "y", number("size", 3), real("alpha", 0.3f), real("beta", 0.5f),
                real("bias", 2)).assertSame(engine, expected);
    }

    /** softmax(scale Q K^T + mask) V of each head, where heads lie side by side. */
    private static ConstantArray attention(int rows, int heads, int size, double scale, double[][] mask) {
        int width = heads * size;
        return ConstantArray.of(DType.F32, dims(1, rows, width), i -> {
            int row = i / width;
            int head = i % width / size;
            double[] weight = new double[rows];
            for (int k = 0; k < rows; k++) {
                double score = mask[row][k];
                for (int c = head * size; c < (head + 1) * size; c++) {
                    score += scale * GraphRunner.element(row * width + c) * GraphRunner.element(k * width + c);
                }
                weight[k] = Math.exp(score);
            }
            double sum = IntStream.range(0, rows).mapToDouble(k -> weight[k]).sum();
            return IntStream.range(0, rows).mapToDouble(k -> weight[k] / sum * a(k * width + i % width)).sum();
        });
    }

    private static double[][] masks(double... values) {
        double[][] rows = new double[3][3];
        IntStream.range(0, 9).forEach(i -> rows[i / 3][i % 3] = values[i]);
        return rows;
    }

    @Test
    void attention() {
        double root = 1 / Math.sqrt(2);
        double[][] none = new double[3][3];
        double[][] later = masks(0, -1e30, -1e30, 0, 0, -1e30, 0, 0, 0);
        double[][] added = masks(0, 0.5, -1, 1, 0, 0.25, -0.5, 1, 0);
        double[] flat = {0, 0.5, -1, 1, 0, 0.25, -0.5, 1, 0};
        heads(2).node("Attention", "x x x", "y", both(2)).assertSame(engine, attention(3, 2, 2, root, none));
        heads(2).node("Attention", "x x x", "y", number("q_num_heads", 2), number("kv_num_heads", 2),
                real("scale", 0.25f)).assertSame(engine, attention(3, 2, 2, 0.25, none));
        heads(2).node("Attention", "x x x", "y", number("q_num_heads", 1), number("is_causal", 1))
                .assertSame(engine, attention(3, 1, 4, 0.5, later));
        heads(2).floats("m", dims(3, 3), flat).node("Attention", "x x x m", "y", both(2))
                .assertSame(engine, attention(3, 2, 2, root, added));
        double[][] each = masks(0, -1e30, -1e30, 1, 0, -1e30, -0.5, 1, 0);
        heads(2).floats("m", dims(3, 3), flat).node("Attention", "x x x m", "y", number("q_num_heads", 2),
                number("is_causal", 1)).assertSame(engine, attention(3, 2, 2, root, each));
        heads(2).constant("m", new ConstantArray(DType.BOOL, dims(3, 3), new double[] {1, 0, 0, 1, 1, 0, 1, 1, 1}))
                .node("Attention", "x x x m", "y", both(2)).assertSame(engine, attention(3, 2, 2, root, later));
        heads(2).whole("s", 1, 3, 2, 2).whole("t", 1, 3, 4).node("Reshape", "x s", "r")
                .node("Transpose", "r", "h", ints("perm", 0, 2, 1, 3)).node("Attention", "h h h", "a")
                .node("Transpose", "a", "u", ints("perm", 0, 2, 1, 3)).node("Reshape", "u t", "y")
                .assertSame(engine, attention(3, 2, 2, root, none));
        heads(2).whole("z", 0).whole("c", 3).whole("a", 2).node("Slice", "x z c a", "m")
                .node("Attention", "x x x m", "y", both(2)).assertSame(engine, attention(3, 2, 2, root, sliced()));
        refused("hides all keys of a query", heads(2).floats("m", dims(3, 3), 0, 0, 0, -1e30, -1e31, -1e30, 0, 0, 0)
                .node("Attention", "x x x m", "y", both(2)));
        for (String inputs : new String[] {"x x x - x", "x x x - - x", "x x x - - - n"}) {
            refused("has a softcap, past keys", heads(2).whole("n", 3).node("Attention", inputs, "y", both(2)));
        }
    }

    private static double[][] sliced() {
        return masks(IntStream.range(0, 9).mapToDouble(i -> GraphRunner.element(i / 3 * 4 + i % 3)).toArray());
    }

    private static GraphRunner heads(int count) {
        return graph(1, 3, 2 * count).opset(23);
    }

    private static AttributeProto[] both(int heads) {
        return new AttributeProto[] {number("q_num_heads", heads),
            number("kv_num_heads", heads)};
    }

    private static double a(int i) {
        return GraphRunner.element(i);
    }

    /** Two values of the image, or one and a constant of 2x3x4. */
    @Test
    void einsum() {
        double[] c = numbers(24);
        ConstantArray heads = ConstantArray.of(DType.F32, dims(1, 2, 3, 3), i -> IntStream.range(0, 4)
                .mapToDouble(k -> a((i / 9 * 3 + i / 3 % 3) * 4 + k) * c[(i / 9 * 3 + i % 3) * 4 + k]).sum());
        graph(1, 2, 3, 4).floats("c", dims(1, 2, 3, 4), c).node("Einsum", "x c", "y",
                text("equation", "bhid, bhjd -> bhij")).assertSame(engine, heads);
        ConstantArray swapped = ConstantArray.of(DType.F32, dims(3, 3, 2), i -> heads.values()[i % 2 * 9 + i / 2 % 3 * 3
                + i / 6]);
        graph(1, 2, 3, 4).floats("c", dims(2, 3, 4), c).whole("s", 2, 3, 4).node("Reshape", "x s", "r")
                .node("Einsum", "r c", "y", text("equation", "hid,hjd->jih")).assertSame(engine, swapped);
        ConstantArray outer = ConstantArray.of(DType.F32, dims(2, 3), i -> a(i / 3) * c[i % 3]);
        graph(1, 2).floats("c", dims(3), c[0], c[1], c[2]).whole("s", 2).node("Reshape", "x s", "r")
                .node("Einsum", "r c", "y", text("equation", "i,j->ij")).assertSame(engine, outer);
        graph(1, 2).floats("c", dims(3), c[0], c[1], c[2]).whole("s", 2).node("Reshape", "x s", "r")
                .node("Einsum", "c r", "y", text("equation", "j,i->ij")).assertSame(engine, outer);
        ConstantArray mixed = ConstantArray.of(DType.F32, dims(1, 3, 2), i -> IntStream.range(0, 4)
                .mapToDouble(k -> a((i / 2) * 4 + k) * c[k * 2 + i % 2]).sum());
        graph(1, 3, 4).floats("c", dims(4, 2), c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]).node("Einsum", "x c",
                "y", text("equation", "bnd,dk->bnk")).assertSame(engine, mixed);
        refused("sums an axis of one value alone", graph(1, 3, 4).node("Einsum", "x x", "y",
                text("equation", "bij,bik->bj")));
        refused("the equation calls it ij", graph(1, 3, 4).node("Einsum", "x x", "y", text("equation", "bij,ij->bi")));
        refused("wanted two values", graph(2, 3).node("Einsum", "x x", "y", text("equation", "bi,bi->b")));
        refused("wanted two values", graph(1, 3).node("Einsum", "x x x", "y", text("equation", "bi,bi->b")));
        refused("wanted two values", graph(1, 3).node("Einsum", "x x", "y"));
    }
}
