package dev.sectional.weights.internal.onnx;

import static dev.sectional.weights.internal.onnx.ConstantRunner.dims;
import static dev.sectional.weights.internal.onnx.ConstantRunner.number;
import static dev.sectional.weights.internal.onnx.ConstantRunner.real;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Arithmetic of values and constants: masks, broadcasting, conditions, and what earlier operator sets meant. */
class OnnxArithmeticTest {
    private static final double INFINITE = Double.NEGATIVE_INFINITY;
    private static Engine engine;

    @BeforeAll
    static void open() {
        engine = Engine.open(Provider.SCALAR, 1);
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    private static void refused(String said, GraphRunner graph) {
        String message = assertThrows(InputException.class, graph::run).getMessage();
        assertTrue(message.contains(said), message);
    }

    private static GraphRunner scores(double... mask) {
        return GraphRunner.of(1, 2, 3).floats("m", dims(2, 3), mask);
    }

    private static float[] held(GraphRunner graph) {
        return graph.only("AddConstant").tensors().get("value").tensor().data();
    }

    /** Keys that a mask hides have no weight; the others share it. */
    @Test
    void masksHideKeys() {
        double[] mask = {0, INFINITE, 0.5, INFINITE, INFINITE, -2};
        ConstantArray expected = ConstantArray.of(DType.F32, dims(1, 2, 3), i -> {
            double sum = IntStream.range(i / 3 * 3, i / 3 * 3 + 3).mapToDouble(k -> Math.exp(GraphRunner.element(k)
                    + mask[k])).sum();
            return Math.exp(GraphRunner.element(i) + mask[i]) / sum;
        });
        GraphRunner hidden = scores(mask).node("Add", "x m", "a").node("Softmax", "a", "y");
        hidden.assertSame(engine, expected);
        assertEquals(-1e30f, held(hidden)[1]);
        assertEquals(-2, held(hidden)[5]);
        refused("hides all keys of a query", scores(0, 1, 2, INFINITE, INFINITE, INFINITE).node("Add", "x m", "a")
                .node("Softmax", "a", "y"));
        refused("hides all keys of a query", scores(INFINITE, INFINITE, INFINITE, 0, 1, 2).node("Add", "x m", "a")
                .node("Softmax", "a", "y"));
        GraphRunner shared = scores(mask).node("Add", "x m", "a").node("Softmax", "a", "p").node("Exp", "a", "e")
                .node("Add", "p e", "y").run();
        assertEquals(Float.NEGATIVE_INFINITY, held(shared)[1], "read by another operator than Softmax");
        assertEquals(Float.NEGATIVE_INFINITY, held(scores(mask).node("Add", "x m", "y").run())[1], "the end");
        GraphRunner product = scores(mask).node("Mul", "x m", "a").node("Softmax", "a", "y").run();
        assertEquals(Float.NEGATIVE_INFINITY, product.only("MultiplyConstant").tensors().get("value").tensor()
                .data()[1], "a factor");
    }

    @Test
    void severalInputsAreCombined() {
        for (String kind : new String[] {"Sum", "Max", "Min"}) {
            GraphRunner.of(1, 2, 3).floats("c", dims(2, 1), 0.5, -1).number("k", 0.25).node("Neg", "x", "n")
                    .node(kind, "c x n k", "y").assertSame(engine);
        }
        GraphRunner.of(1, 2, 3).floats("c", dims(3), 2, 3, 4).node("Sub", "c x", "y").assertSame(engine);
        GraphRunner.of(1, 2, 3).floats("c", dims(3), 2, 3, 4).node("Div", "c x", "y").assertSame(engine);
        GraphRunner.of(1, 2, 3).floats("c", dims(3), 2, 3, 4).node("Div", "x c", "y").assertSame(engine);
        GraphRunner.of(1, 2, 3).floats("c", dims(4, 1, 3), numbers(12)).node("Mul", "x c", "y").assertSame(engine);
        GraphRunner.of(1, 2, 3).floats("c", dims(4, 1, 1), 1, 2, 3, 4).node("Min", "c x", "y").assertSame(engine);
        GraphRunner.of(1, 2, 3, 2).floats("c", dims(2, 1, 1), 0.25, -1).node("Max", "x c", "y").assertSame(engine);
        GraphRunner.of(1, 2, 3).floats("c", dims(1, 1, 1, 1), 0.5).node("Max", "x c", "y").assertSame(engine);
        GraphRunner.of(1, 2, 1).whole("a", 0).node("Transpose", "x", "t").node("Add", "x t", "y").assertSame(engine);
        for (double power : new double[] {1, 2, 3}) {
            GraphRunner.of(1, 2, 3).number("p", power).node("Pow", "x p", "y").assertSame(engine);
        }
        ConstantArray mean = GraphRunner.of(1, 2, 3).number("t", 3).floats("c", dims(3), 2, 3, 4)
                .node("Abs", "x", "n").node("Sum", "x n c", "s").node("Div", "s t", "y").expected(GraphRunner::element);
        GraphRunner.of(1, 2, 3).floats("c", dims(3), 2, 3, 4).node("Abs", "x", "n").node("Mean", "x c n", "y")
                .assertSame(engine, mean);
    }

    private static double[] numbers(int count) {
        return IntStream.range(0, count).mapToDouble(i -> (i * 5 % 7) / 4.0 - 0.5).toArray();
    }

    private static GraphRunner chosen(double... condition) {
        return GraphRunner.of(1, 2, 3).constant("c", new ConstantArray(DType.BOOL, dims(2, 3), condition))
                .floats("k", dims(3), 7, 8, 9);
    }

    @ParameterizedTest
    @ValueSource(strings = {"c x k", "c k x"})
    void conditionsChoose(String inputs) {
        chosen(1, 0, 1, 0, 0, 1).node("Where", inputs, "y").assertSame(engine);
        GraphRunner.of(1, 1, 3).constant("c", new ConstantArray(DType.BOOL, dims(2, 1), new double[] {1, 0}))
                .floats("k", dims(3), 7, 8, 9).node("Where", inputs, "y").assertSame(engine);
    }

    @Test
    void earlierOperatorSetsBroadcastFromAnAxis() {
        for (String kind : new String[] {"Add", "Sub", "Mul", "Div"}) {
            refused("broadcasts along axis 1 as operator sets before 7 did", GraphRunner.of(1, 3, 3).opset(6)
                    .floats("c", dims(3), 1, 2, 3).node(kind, "x c", "y", number("axis", 1)));
            refused("broadcasts along axis -2", GraphRunner.of(1, 3, 3).opset(6).node("Flatten", "x", "f")
                    .floats("c", dims(3), 1, 2, 3).node(kind, "x c", "y", number("axis", -2)));
            GraphRunner.of(1, 3, 3).opset(6).floats("c", dims(3), 1, 2, 3).node(kind, "x c", "y", number("axis", 2))
                    .run();
            GraphRunner.of(1, 3, 3).opset(6).floats("c", dims(1, 3, 3), numbers(9)).node(kind, "x c", "y",
                    number("axis", 0)).run();
        }
        Shape slopes = GraphRunner.of(1, 3, 2, 3).opset(7).floats("s", dims(3), 1, 2, 3).node("PRelu", "x s", "y")
                .run().only("PReLU").tensors().get("weight").shape();
        assertEquals(Shape.of(1, 3, 1), slopes, "of each column");
        GraphRunner.of(1, 3, 2, 3).floats("s", dims(3, 1, 1), 0.5, 2, -1).node("PRelu", "x s", "y")
                .assertSame(engine, slope(0.5, 2, -1));
        GraphRunner.of(1, 3, 2, 3).opset(6).floats("s", dims(3), 0.5, 2, -1).node("PRelu", "x s", "y")
                .assertSame(engine, slope(0.5, 2, -1));
        GraphRunner.of(1, 3, 2, 3).floats("s", dims(1), 0.5).node("PRelu", "x s", "y")
                .assertSame(engine, slope(0.5, 0.5, 0.5));
    }

    private static ConstantArray slope(double... slopes) {
        return ConstantArray.of(DType.F32, dims(1, 3, 2, 3), i -> GraphRunner.element(i)
                * (GraphRunner.element(i) < 0 ? slopes[i / 6] : 1));
    }

    /** Attributes that do not change what a network computes. */
    @Test
    void attributesOfTrainingAreIgnored() {
        GraphRunner.of(1, 3).floats("c", dims(3), 1, 2, 3).node("BatchNormalization", "x c c c c", "y",
                real("momentum", 0.5f), number("is_test", 1)).run();
        for (String norm : new String[] {"LayerNormalization", "RMSNormalization"}) {
            GraphRunner.of(1, 2, 3).floats("c", dims(3), 1, 2, 3).node(norm, "x c", "y", number("stash_type", 1)).run();
        }
        GraphRunner group = GraphRunner.of(1, 2, 3).floats("c", dims(1), 2).node("GroupNormalization", "x c c", "y",
                number("stash_type", 1), number("num_groups", 1)).run();
        assertEquals(1L, group.only("GroupNorm").settings().get("groups"));
    }
}
