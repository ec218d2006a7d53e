package dev.sectional.weights.internal.onnx;

import static dev.sectional.weights.internal.onnx.ConstantRunner.dims;
import static dev.sectional.weights.internal.onnx.ConstantRunner.number;
import static dev.sectional.weights.internal.onnx.ConstantRunner.real;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Functions that graphs spell out: each becomes one layer, and nothing that only looks like it does. */
class OnnxPatternsTest {
    private static final double TANH = Math.sqrt(2 / Math.PI);
    private static Engine engine;

    @BeforeAll
    static void open() {
        engine = Engine.open(Provider.SCALAR, 1);
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    private static GraphRunner graph() {
        return GraphRunner.of(1, 2, 3, 2);
    }

    private static double at(int i) {
        return (i - 5.5) / 3;
    }

    /** Checks the elements, which are not moved: all are functions of one. */
    private static void assertComputes(DoubleUnaryOperator expected, GraphRunner graph) {
        float[] values = graph.run().values(engine, i -> at(i));
        for (int i = 0; i < values.length; i++) {
            int stored = i % 2 * 6 + i / 2;   // channels last
            assertEquals(expected.applyAsDouble(at(stored)), values[i], 1e-5, "element " + i);
        }
    }

    private static double sigmoid(double v) {
        return 1 / (1 + Math.exp(-v));
    }

    @ParameterizedTest
    @CsvSource({"x s", "s x"})
    void silu(String product) {
        assertEquals("SiLU", graph().node("Sigmoid", "x", "s").node("Mul", product, "y").run().kinds());
        GraphRunner beta = graph().number("b", 0.5).number("c", 3.404).node("Mul", "x b", "m").node("Mul", "m c", "n")
                .node("Sigmoid", "n", "s").node("Mul", product, "y").run();
        assertEquals("SiLU", beta.kinds());
        assertEquals(1.702, (Double) beta.nodes().get(0).settings().get("beta"), 1e-6);
        assertComputes(v -> v * sigmoid(1.702 * v), beta);
        GraphRunner deep = graph().number("b", 0.5).node("Mul", "x b", "k").node("Mul", "k b", "m")
                .node("Mul", "m b", "n").node("Sigmoid", "n", "s").node("Mul", product, "y");
        assertComputes(v -> v * sigmoid(v / 8), deep);
        GraphRunner other = graph().node("Tanh", "x", "t").node("Sigmoid", "t", "s").node("Mul", product, "y");
        assertComputes(v -> v * sigmoid(Math.tanh(v)), other);
        GraphRunner square = graph().node("Mul", "x x", "q").node("Sigmoid", "q", "s").node("Mul", product, "y");
        assertComputes(v -> v * sigmoid(v * v), square);
    }

    /** A factor that the layer has no setting for stays outside. */
    @Test
    void scaledSiluIsSpelledOut() {
        GraphRunner half = graph().number("h", 0.5).node("Sigmoid", "x", "s").node("Mul", "x h", "m")
                .node("Mul", "m s", "y");
        assertComputes(v -> v * sigmoid(v) / 2, half);
        GraphRunner after = graph().number("h", 0.5).node("Sigmoid", "x", "s").node("Mul", "s h", "m")
                .node("Mul", "x m", "y");
        assertComputes(v -> v * sigmoid(v) / 2, after);
        assertComputes(v -> v * sigmoid(2 * v), graph().number("t", 2).node("Mul", "x t", "m").node("Sigmoid", "m", "s")
                .node("Mul", "x s", "y"));
    }

    @ParameterizedTest
    @CsvSource({"0.16666667, 0.5, HardSwish", "0.16668, 0.50004, HardSwish", "0.2, 0.5, 'HardSigmoid, Multiply'",
        "0.16666667, 0.4, 'HardSigmoid, Multiply'", "0.1667, 0.5, 'HardSigmoid, Multiply'"})
    void hardSwish(double alpha, double beta, String kinds) {
        GraphRunner graph = graph().node("HardSigmoid", "x", "s", real("alpha", (float) alpha),
                real("beta", (float) beta)).node("Mul", "x s", "y").run();
        assertEquals(kinds, graph.kinds());
        assertEquals("HardSigmoid, Multiply", graph().node("Tanh", "x", "t").node("HardSigmoid", "t", "s",
                real("alpha", 1 / 6f)).node("Mul", "x s", "y").run().kinds().replace("Tanh, ", ""));
        assertTrue(!graph().number("h", 0.5).node("HardSigmoid", "x", "s", real("alpha", 1 / 6f))
                .node("Mul", "s h", "m").node("Mul", "x m", "y").run().kinds().contains("HardSwish"));
    }

    /** Shift, least and greatest of the clip, and divisor. */
    @ParameterizedTest
    @CsvSource({"3, 0, 6, 6, true", "2, 0, 6, 6, false", "3, 1, 6, 6, false", "3, 0, 5, 6, false",
        "3, 0, 6, 5, false", "3, 0, 6, 1, false"})
    void hardSwishOfAClip(double shift, double least, double greatest, double by, boolean known) {
        GraphRunner first = graph().number("t", shift).number("l", least).number("g", greatest).number("b", by)
                .node("Add", "x t", "a").node("Clip", "a l g", "c").node("Mul", "x c", "m").node("Div", "m b", "y");
        GraphRunner second = graph().number("t", shift).number("l", least).number("g", greatest).number("b", by)
                .node("Add", "x t", "a").node("Clip", "a l g", "c").node("Div", "c b", "d").node("Mul", "d x", "y");
        for (GraphRunner each : List.of(first, second)) {
            assertComputes(v -> v * Math.min(greatest, Math.max(least, v + shift)) / by, each);
            assertEquals(known, each.kinds().equals("HardSwish"), each.kinds());
        }
        assertEquals(-1, graph().number("t", 3).number("l", 0).number("g", 6).number("b", 6).node("Tanh", "x", "h")
                .node("Add", "h t", "a").node("Clip", "a l g", "c").node("Mul", "x c", "m").node("Div", "m b", "y")
                .run().kinds().indexOf("HardSwish"), "the clip of another value");
        assertEquals(-1, graph().number("l", 0).number("g", 6).number("b", 6).node("Sqrt", "x", "a")
                .node("Clip", "a l g", "c").node("Mul", "x c", "m").node("Div", "m b", "y").run().kinds()
                .indexOf("HardSwish"));
    }

    @Test
    void mish() {
        assertEquals("Mish", graph().node("Softplus", "x", "s").node("Tanh", "s", "t").node("Mul", "x t", "y").run()
                .kinds());
        assertEquals("Sigmoid, Tanh, Multiply", graph().node("Sigmoid", "x", "s").node("Tanh", "s", "t")
                .node("Mul", "x t", "y").run().kinds());
        assertEquals("Tanh, Multiply", graph().node("Tanh", "x", "t").node("Mul", "x t", "y").run().kinds());
        assertEquals("Neg, Softplus, Tanh, Multiply", graph().node("Neg", "x", "n").node("Softplus", "n", "s")
                .node("Tanh", "s", "t").node("Mul", "x t", "y").run().kinds());
        assertTrue(!graph().number("h", 2).node("Softplus", "x", "s").node("Tanh", "s", "t").node("Mul", "t h", "m")
                .node("Mul", "x m", "y").run().kinds().contains("Mish"));
    }

    private static GraphRunner erf(String of, double root, double one, double half) {
        return graph().number("r", root).number("one", one).number("half", half).node("Neg", "x", "n")
                .node("Div", of + " r", "d").node("Erf", "d", "e").node("Add", "e one", "a");
    }

    @Test
    void gelu() {
        double root = Math.sqrt(2);
        GraphRunner[] known = {erf("x", root, 1, 0.5).node("Mul", "x a", "m").node("Mul", "m half", "y"),
            erf("x", root, 1, 0.5).node("Mul", "x half", "m").node("Mul", "m a", "y"),
            erf("x", root, 1, 0.5).node("Mul", "a half", "m").node("Mul", "x m", "y"),
            erf("x", root, 1, 0.5).node("Mul", "half a", "m").node("Mul", "m x", "y")};
        for (GraphRunner each : known) {
            assertEquals("GELU", each.run().kinds());
            assertEquals(0L, each.nodes().get(0).settings().get("tanh"));
        }
        GraphRunner[] others = {erf("n", root, 1, 0.5), erf("x", 1.4, 1, 0.5), erf("x", root, 1.1, 0.5),
            erf("x", root, 1, 0.4), erf("x", root, 1, 1)};
        for (GraphRunner each : others) {
            String kinds = each.node("Mul", "x a", "m").node("Mul", "m half", "y").run().kinds();
            assertTrue(kinds.contains("Erf") && !kinds.contains("GELU"), kinds);
        }
        assertTrue(!graph().number("one", 1).number("half", 0.5).node("Sqrt", "x", "e").node("Add", "e one", "a")
                .node("Mul", "x a", "m").node("Mul", "m half", "y").run().kinds().contains("GELU"));
        assertTrue(!graph().number("one", 1).number("half", 0.5).node("Add", "x one", "a").node("Mul", "x a", "m")
                .node("Mul", "m half", "y").run().kinds().contains("GELU"));
    }

    /** {@code 0.5 x (1 + tanh(scale (x + cube x^exponent)))}, the inner sum by way of one of several spellings. */
    private static GraphRunner tanh(double scale, double cube, double exponent) {
        return graph().number("scale", scale).number("cube", cube).number("p", exponent).number("one", 1)
                .number("half", 0.5).number("two", 2).node("Neg", "x", "n");
    }

    private static GraphRunner ended(GraphRunner graph) {
        return graph.node("Mul", "sum scale", "s").node("Tanh", "s", "t").node("Add", "t one", "a")
                .node("Mul", "x a", "m").node("Mul", "m half", "y");
    }

    private static double gelu(double v, double scale, double cube, double exponent) {
        return v / 2 * (1 + Math.tanh(scale * (v + cube * Math.pow(v, exponent))));
    }

    @Test
    void geluByTanh() {
        GraphRunner[] known = {
            ended(tanh(TANH, 0.044715, 3).node("Pow", "x p", "q").node("Mul", "q cube", "c").node("Add", "x c", "sum")),
            ended(tanh(TANH, 0.044715, 3).node("Pow", "x p", "q").node("Mul", "q cube", "c").node("Add", "c x", "sum")),
            ended(tanh(TANH, 0.044715, 3).node("Mul", "x x", "q").node("Mul", "q x", "r").node("Mul", "r cube", "c")
                    .node("Add", "x c", "sum")),
            ended(tanh(TANH, 0.044715, 3).node("Pow", "x two", "q").node("Mul", "x cube", "r").node("Mul", "r q", "c")
                    .node("Add", "x c", "sum")),
            ended(tanh(TANH, 0.044715, 3).node("Mul", "x x", "q").node("Mul", "q cube", "r").node("Add", "r one", "c")
                    .node("Mul", "x c", "sum")),
            ended(tanh(TANH, 0.044715, 3).node("Mul", "x x", "q").node("Mul", "q cube", "r").node("Add", "r one", "c")
                    .node("Mul", "c x", "sum"))};
        for (GraphRunner each : known) {
            assertEquals("GELU", each.run().kinds());
            assertEquals(1L, each.nodes().get(0).settings().get("tanh"));
            assertComputes(v -> gelu(v, TANH, 0.044715, 3), each);
        }
    }

    @ParameterizedTest
    @CsvSource({"0.8, 0.044715, 3", "0.7978845608, 0.05, 3", "0.7978845608, 0.044715, 2"})
    void otherCurvesAreSpelledOut(double scale, double cube, double exponent) {
        GraphRunner other = ended(tanh(scale, cube, exponent).node("Pow", "x p", "q").node("Mul", "q cube", "c")
                .node("Add", "x c", "sum"));
        assertComputes(v -> gelu(v, scale, cube, exponent), other);
        assertTrue(!other.kinds().contains("GELU"), other.kinds());
    }

    /** The sum has two other terms, or a power that is no whole one. */
    @Test
    void whatOnlyLooksLikeGeluIsSpelledOut() {
        GraphRunner[] others = {
            ended(tanh(TANH, 0.044715, 3.5).node("Pow", "x p", "q").node("Mul", "q cube", "c")
                    .node("Add", "x c", "sum")),
            ended(tanh(TANH, 0.044715, 3).node("Pow", "n p", "q").node("Mul", "q cube", "c").node("Add", "x c", "sum")),
            ended(tanh(TANH, 0.044715, 3).node("Pow", "x p", "q").node("Mul", "q cube", "c").node("Add", "n c", "sum")),
            ended(tanh(TANH, 0.044715, 3).node("Pow", "x p", "q").node("Mul", "q cube", "c").node("Sub", "x c", "sum")),
            ended(tanh(TANH, 0.044715, 3).node("Identity", "x", "sum")),
            ended(tanh(TANH, 0.044715, 3).node("Mul", "x n", "sum")),
            ended(tanh(TANH, 0.044715, 3).node("Mul", "x x", "q").node("Mul", "q cube", "r").node("Add", "r two", "c")
                    .node("Mul", "x c", "sum")),
            ended(tanh(TANH, 0.044715, 3).node("Mul", "x x", "q").node("Mul", "q cube", "r").node("Add", "r one", "c")
                    .node("Mul", "n c", "sum")),
            ended(tanh(TANH, 0.044715, 3).node("Mul", "x x", "q").node("Mul", "q x", "u").node("Mul", "u cube", "r")
                    .node("Add", "r one", "c").node("Mul", "x c", "sum")),
            ended(tanh(TANH, 0.044715, 3).node("Mul", "x n", "q").node("Mul", "q x", "r").node("Mul", "r cube", "c")
                    .node("Add", "x c", "sum"))};
        for (GraphRunner each : others) {
            String kinds = each.run().kinds();
            assertTrue(kinds.contains("Tanh") && !kinds.contains("GELU"), kinds);
        }
    }

    private static GraphRunner rows() {
        return GraphRunner.of(1, 4, 6).number("two", 2).number("p", 3).number("eps", 1e-3).number("zero", 0)
                .floats("each", dims(6), 1, 1, 1, 1, 1, 2).whole("last", -1).whole("first", 1).whole("both", 1, 2);
    }

    private static GraphRunner centred(String axes, GraphRunner graph) {
        return graph.node("ReduceMean", "x " + axes, "mean").node("Sub", "x mean", "d");
    }

    @Test
    void layerNorm() {
        GraphRunner power = centred("last", rows()).node("Pow", "d two", "q").node("ReduceMean", "q last", "v")
                .node("Add", "v eps", "e").node("Sqrt", "e", "s").node("Div", "d s", "y").run();
        assertEquals("LayerNorm", power.kinds());
        assertEquals(1L, power.nodes().get(0).settings().get("axes"));
        assertEquals(1e-3, (Double) power.nodes().get(0).settings().get("epsilon"), 1e-9);
        GraphRunner product = centred("both", rows()).node("Mul", "d d", "q").node("ReduceMean", "q both", "v")
                .node("Add", "v eps", "e").node("Sqrt", "e", "s").node("Div", "d s", "y").run();
        assertEquals("LayerNorm", product.kinds());
        assertEquals(2L, product.nodes().get(0).settings().get("axes"));
    }

    @Test
    void rmsNorm() {
        GraphRunner norm = rows().node("Pow", "x two", "q").node("ReduceMean", "q last", "v").node("Add", "v eps", "e")
                .node("Sqrt", "e", "s").node("Div", "x s", "y").run();
        assertEquals("RMSNorm", norm.kinds());
        assertEquals(1L, norm.nodes().get(0).settings().get("axes"));
        assertEquals(1e-3, (Double) norm.nodes().get(0).settings().get("epsilon"), 1e-9);
    }

    /** Another axis, power, mean, sum or value than those of a norm. */
    @Test
    void whatOnlyLooksLikeANormIsSpelledOut() {
        GraphRunner[] others = {
            rows().node("Pow", "x p", "q").node("ReduceMean", "q last", "v").node("Add", "v eps", "e")
                    .node("Sqrt", "e", "s").node("Div", "x s", "y"),
            rows().node("Pow", "x two", "q").node("ReduceMean", "q first", "v").node("Add", "v eps", "e")
                    .node("Sqrt", "e", "s").node("Div", "x s", "y"),
            rows().node("Pow", "x two", "q").node("ReduceSum", "q last", "v").node("Add", "v eps", "e")
                    .node("Sqrt", "e", "s").node("Div", "x s", "y"),
            rows().node("Pow", "x two", "q").node("ReduceMean", "q last", "v").node("Sqrt", "v", "s")
                    .node("Div", "x s", "y"),
            rows().node("Pow", "x two", "q").node("ReduceMean", "q last", "v").node("Add", "v eps", "e")
                    .node("Div", "x e", "y"),
            rows().node("Pow", "x two", "q").node("ReduceMean", "q last", "v").node("Add", "v each", "e")
                    .node("Sqrt", "e", "s").node("Div", "x s", "y"),
            rows().node("Abs", "x", "q").node("ReduceMean", "q last", "v").node("Add", "v eps", "e")
                    .node("Sqrt", "e", "s").node("Div", "x s", "y"),
            rows().node("ReduceMean", "x last", "v").node("Add", "v eps", "e").node("Sqrt", "e", "s")
                    .node("Div", "x s", "y"),
            rows().node("Neg", "x", "n").node("Mul", "x n", "q").node("ReduceMean", "q last", "v")
                    .node("Add", "v eps", "e").node("Sqrt", "e", "s").node("Div", "x s", "y"),
            rows().node("Neg", "x", "n").node("Mul", "x x", "q").node("ReduceMean", "q last", "v")
                    .node("Add", "v eps", "e").node("Sqrt", "e", "s").node("Div", "n s", "y"),
            rows().node("Pow", "x two", "q").node("ReduceMean", "q last", "v").node("Add", "v eps", "e")
                    .node("Exp", "e", "s").node("Div", "x s", "y"),
            rows().node("Sqrt", "x", "s").node("Div", "x s", "y"),
            centred("last", rows()).node("Mul", "x x", "q").node("ReduceMean", "q last", "v").node("Add", "v eps", "e")
                    .node("Sqrt", "e", "s").node("Div", "d s", "y"),
            rows().node("ReduceMax", "x last", "mean").node("Sub", "x mean", "d").node("Mul", "d d", "q")
                    .node("ReduceMean", "q last", "v").node("Add", "v eps", "e").node("Sqrt", "e", "s")
                    .node("Div", "x s", "y"),
            rows().node("Neg", "x", "n").node("ReduceMean", "n last", "mean").node("Sub", "x mean", "d")
                    .node("Mul", "d d", "q").node("ReduceMean", "q last", "v").node("Add", "v eps", "e")
                    .node("Sqrt", "e", "s").node("Div", "x s", "y")};
        for (GraphRunner each : others) {
            String kinds = each.run().kinds();
            assertTrue(kinds.endsWith("Divide") && !kinds.contains("Norm"), kinds);
        }
        assertEquals("ReduceMean, Subtract, RMSNorm", centred("first", rows()).node("Mul", "d d", "q")
                .node("ReduceMean", "q last", "v").node("Add", "v eps", "e").node("Sqrt", "e", "s")
                .node("Div", "d s", "y").run().kinds(), "centred along another axis");
        assertEquals("RMSNorm", rows().node("ReduceMax", "x last", "mean").node("Sub", "x mean", "d")
                .node("Mul", "d d", "q").node("ReduceMean", "q last", "v").node("Add", "v eps", "e")
                .node("Sqrt", "e", "s").node("Div", "d s", "y").run().kinds().replace("ReduceMax, Subtract, ", ""));
    }

    /** Where a square has as many rows as columns, a mean without its axis belongs to the columns. */
    @Test
    void aMeanWithoutItsAxisIsNoNorm() {
        GraphRunner square = GraphRunner.of(1, 4, 4).number("two", 2).number("eps", 1e-3).whole("last", -1)
                .node("Pow", "x two", "q").node("ReduceMean", "q last", "v", number("keepdims", 0))
                .node("Add", "v eps", "e").node("Sqrt", "e", "s").node("Div", "x s", "y").run();
        assertTrue(!square.kinds().contains("Norm"), square.kinds());
    }
}
