package dev.sectional.weights.internal.onnx;

import static dev.sectional.weights.internal.onnx.ConstantRunner.dims;
import static dev.sectional.weights.internal.onnx.ConstantRunner.number;
import static dev.sectional.weights.internal.onnx.ConstantRunner.whole;
import static dev.sectional.weights.internal.onnx.ModelBuilder.ints;
import static dev.sectional.weights.internal.onnx.ModelBuilder.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.weights.internal.onnx.proto.AttributeProto;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Operators that take, join, repeat and replace elements of the image, against the same ones on constants. */
class OnnxMovementsTest {
    private static Engine engine;

    @BeforeAll
    static void open() {
        engine = Engine.open(Provider.SCALAR, 1);
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    private static GraphRunner map() {
        return GraphRunner.of(1, 4, 3, 5);
    }

    private static void refused(String said, GraphRunner graph) {
        String message = assertThrows(InputException.class, graph::run).getMessage();
        assertTrue(message.contains(said), message);
    }

    /** Positions and the nodes that taking them comes to. */
    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {"0 1 2 3 4;", "1 2 3;Slice", "0 2 4;Slice", "4 3 2 1 0;Slice", "3 1;Slice",
        "4;Slice", "-1;Slice", "0 0;Gather", "0 1 3;Gather", "1 0 2;Gather", "-1 0;Slice", "0 1 2 3;Slice"})
    void positionsAreTaken(String positions, String kinds) {
        GraphRunner graph = map().whole("i", numbers(positions)).node("Gather", "x i", "y", number("axis", -1));
        graph.assertSame(engine);
        assertEquals(kinds == null ? "" : kinds, graph.kinds());
    }

    @Test
    void indicesMayHaveAnyShape() {
        map().constant("i", whole(dims(), 2)).node("Gather", "x i", "y", number("axis", 1)).assertSame(engine);
        map().constant("i", whole(dims(2, 2), 0, 3, 1, 1)).node("Gather", "x i", "y", number("axis", 1))
                .assertSame(engine);
        map().constant("i", whole(dims(1, 2, 1), 0, 3)).node("Gather", "x i", "y", number("axis", -3))
                .assertSame(engine);
        refused("takes 3 elements of axis 0", map().whole("i", 0, 0, 0).node("Gather", "x i", "y"));
        refused("axis 4 does not exist among 4", map().whole("i", 4).node("Gather", "x i", "y", number("axis", 1)));
        refused("axis -5 does not exist among 4", map().whole("i", -5).node("Gather", "x i", "y", number("axis", 1)));
        refused("axis 4 does not exist among 4", map().whole("i", 0).node("Gather", "x i", "y", number("axis", 4)));
    }

    @ParameterizedTest
    @CsvSource({"1, 4, 1", "0, 5, 2", "-1, -6, -1", "-2, 9, 1", "4, 0, -2", "-9, 9, 3", "1, 2, 5"})
    void rangesAreTaken(int start, int end, int step) {
        map().whole("s", start).whole("e", end).whole("a", 3).whole("t", step).node("Slice", "x s e a t", "y")
                .assertSame(engine);
        GraphRunner.of(1, 5, 2).whole("s", start, 0).whole("e", end, 1).whole("a", -2, 2).whole("t", step, 1)
                .node("Slice", "x s e a t", "y").assertSame(engine);
    }

    @Test
    void partsAreSplit() {
        for (String part : List.of("a", "b", "c")) {
            GraphRunner stated = map().whole("l", 1, 2, 1);
            stated.graph().addNode(GraphRunner.made("Split", "x l", "a b c", number("axis", 1)));
            stated.node("Neg", part, "y").assertSame(engine);
            GraphRunner even = map().opset(13);
            even.graph().addNode(GraphRunner.made("Split", "x", "a b c", number("axis", -2)));
            even.node("Neg", part, "y").assertSame(engine);
            GraphRunner uneven = map();
            uneven.graph().addNode(GraphRunner.made("Split", "x", "a b c", number("axis", 3),
                    number("num_outputs", 3)));
            uneven.node("Neg", part, "y").assertSame(engine);
            GraphRunner old = map().opset(11);
            old.graph().addNode(GraphRunner.made("Split", "x", "a b c", number("axis", 3), ints("split", 1, 1, 3)));
            old.node("Neg", part, "y").assertSame(engine);
        }
        GraphRunner joined = map().whole("l", 1, 3);
        joined.graph().addNode(GraphRunner.made("Split", "x l", "a b", number("axis", 1)));
        joined.node("Concat", "b a", "y", number("axis", 1)).assertSame(engine);
        GraphRunner wrong = map().whole("l", 1, 2);
        wrong.graph().addNode(GraphRunner.made("Split", "x l", "a b", number("axis", 1)));
        refused("splits length 4 into [1, 2]", wrong.node("Neg", "a", "y"));
        GraphRunner more = map().whole("l", 1, 1, 2);
        more.graph().addNode(GraphRunner.made("Split", "x l", "a b", number("axis", 1)));
        refused("splits length 4 into [1, 1, 2]", more.node("Neg", "a", "y"));
        GraphRunner negative = map().whole("l", -1, 5);
        negative.graph().addNode(GraphRunner.made("Split", "x l", "a b", number("axis", 1)));
        refused("splits length 4 into [-1, 5]", negative.node("Neg", "b", "y"));
        GraphRunner none = map().whole("l", 0, 4);
        none.graph().addNode(GraphRunner.made("Split", "x l", "a b", number("axis", 1)));
        none.node("Neg", "b", "y").assertSame(engine);
        GraphRunner outputs = map();
        outputs.graph().addNode(GraphRunner.made("Split", "x", "a b", number("axis", 1), number("num_outputs", 3)));
        refused("splits length 4 into", outputs.node("Neg", "a", "y"));
    }

    private static GraphRunner rows() {
        return GraphRunner.of(1, 3, 4);
    }

    /** Data, updates or neither depend on the image. */
    @Test
    void rowsAreReplaced() {
        ConstantArray second = whole(dims(1, 2), 0, 1);
        rows().constant("i", second).floats("u", dims(1, 4), 5, 6, 7, 8).node("ScatterND", "x i u", "y")
                .assertSame(engine);
        rows().constant("i", second).whole("one", 1).whole("zero", 0).whole("s", 1, 4)
                .node("Slice", "x zero one one", "f").node("Reshape", "f s", "u").node("ScatterND", "x i u", "y")
                .assertSame(engine);
        rows().constant("i", whole(dims(3, 1), 4, 0, -1)).floats("data", dims(5, 3, 4), counted(60))
                .whole("three", 3, 1, 1).node("Expand", "x three", "u").node("ScatterND", "data i u", "y")
                .assertSame(engine);
        rows().constant("i", whole(dims(2, 3), 0, 2, -1, 0, 0, 0)).floats("u", dims(2), 50, 60)
                .node("ScatterND", "x i u", "y").assertSame(engine);
        refused("has indices of shape 0 for shape 1x3x4", rows().constant("i", whole(dims(0)))
                .floats("u", dims(4), 1, 2, 3, 4).node("ScatterND", "x i u", "y"));
        refused("has indices of shape 1x4 for shape 1x3x4", rows().constant("i", whole(dims(1, 4), 0, 0, 0, 0))
                .floats("u", dims(1), 1).node("ScatterND", "x i u", "y"));
        refused("has indices of shape scalar", rows().constant("i", whole(dims(), 0)).floats("u", dims(1), 1)
                .node("ScatterND", "x i u", "y"));
        refused("axis 3 does not exist among 3", rows().constant("i", whole(dims(1, 2), 0, 3))
                .floats("u", dims(1, 4), 5, 6, 7, 8).node("ScatterND", "x i u", "y"));
        refused("adds to elements", rows().constant("i", second).floats("u", dims(1, 4), 5, 6, 7, 8)
                .node("ScatterND", "x i u", "y", text("reduction", "mul")));
    }

    private static double[] counted(int count) {
        double[] counted = new double[count];
        for (int i = 0; i < count; i++) {
            counted[i] = i + 100;
        }
        return counted;
    }

    @Test
    void elementsAreReplaced() {
        ConstantArray places = whole(dims(1, 2, 3), 0, 3, 1, -1, 2, 0);
        rows().constant("i", places).floats("u", dims(1, 2, 3), 5, 6, 7, 8, 9, 10)
                .node("ScatterElements", "x i u", "y", number("axis", 2)).assertSame(engine);
        rows().constant("i", places).whole("s", 1, 2, 3).whole("zero", 0).whole("two", 2).whole("one", 1)
                .node("Slice", "x zero two one", "f").whole("three", 3).whole("a", 2)
                .node("Slice", "f zero three a", "u").node("ScatterElements", "x i u", "y", number("axis", 2))
                .assertSame(engine);
        rows().constant("i", whole(dims(1, 3, 4), 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2))
                .floats("data", dims(2, 3, 4), counted(24)).node("ScatterElements", "data i x", "y",
                        number("axis", 1)).assertSame(engine);
        rows().constant("i", whole(dims(1, 3, 4), 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3)).node("Neg", "x", "n")
                .node("ScatterElements", "x i n", "y", number("axis", -1)).assertSame(engine);
    }

    @Test
    void valuesAreJoined() {
        for (int axis = -4; axis < 4; axis++) {
            map().node("Neg", "x", "n").node("Concat", "x n x", "y", number("axis", axis)).assertSame(engine);
            map().floats("c", dims(1, 4, 3, 5), counted(60)).node("Concat", "c x", "y", number("axis", axis))
                    .assertSame(engine);
        }
        map().floats("c", dims(1, 4, 3, 2), counted(24)).floats("none", dims(1, 4, 3, 0))
                .node("Concat", "none x c none", "y", number("axis", 3)).assertSame(engine);
        refused("joins shapes that differ besides axis 3", map().floats("c", dims(1, 3, 4, 2), counted(24))
                .node("Concat", "x c", "y", number("axis", 3)));
        refused("joins shapes that differ besides axis 3", map().floats("c", dims(1, 3, 4, 2), counted(24))
                .node("Concat", "c x", "y", number("axis", 3)));
        refused("joins values of 4 and of 3 axes", map().floats("c", dims(4, 3, 2), counted(24))
                .node("Concat", "x c", "y", number("axis", 3)));
    }

    @Test
    void valuesAreRepeated() {
        map().whole("t", 1, 2, 1, 3).node("Tile", "x t", "y").assertSame(engine);
        map().whole("t", 2, 1, 2, 1).node("Tile", "x t", "y").assertSame(engine);
        map().whole("t", 1, 1, 1, 1).node("Tile", "x t", "y").assertSame(engine);
        rows().whole("e", 2, 1, 3, 4).node("Expand", "x e", "y").assertSame(engine);
        rows().whole("e", 3, 3, 1).node("Expand", "x e", "y").assertSame(engine);
        GraphRunner.of(1, 3, 1).whole("e", 1, 5).node("Expand", "x e", "y").assertSame(engine);
        GraphRunner.of(1, 3, 1).whole("e", 1).node("Expand", "x e", "y").assertSame(engine);
        refused("do not fit each other", rows().whole("e", 2, 4).node("Expand", "x e", "y"));
        refused("has 3 repeats for shape 1x4x3x5", map().whole("t", 1, 2, 1).node("Tile", "x t", "y"));
        refused("works along the batch of 2 images", GraphRunner.of(2, 3).whole("t", 2, 1).node("Tile", "x t", "y"));
    }

    @Test
    void axesAreAddedAndRemoved() {
        map().whole("a", 1, -1).node("Unsqueeze", "x a", "y").assertSame(engine);
        map().whole("a", 0).node("Squeeze", "x a", "y").assertSame(engine);
        GraphRunner.of(1, 3, 1, 2).node("Squeeze", "x", "y").assertSame(engine);
        for (int axis = -4; axis <= 4; axis++) {
            map().node("Flatten", "x", "y", number("axis", axis)).assertSame(engine);
        }
        map().whole("s", 0, -1, 3).node("Reshape", "x s", "y").assertSame(engine);
        map().node("Transpose", "x", "y").assertSame(engine);
        refused("axis 5 does not exist among 4", map().node("Flatten", "x", "y", number("axis", 5)));
        refused("removes axis 1", map().whole("a", 1).node("Squeeze", "x a", "y"));
        refused("perm is", map().node("Transpose", "x", "y", ints("perm", 0, 1, 2)));
    }

    /** Blocks of channels become blocks of positions and back, channel by channel or block by block. */
    @ParameterizedTest
    @CsvSource({"DCR, 1 2 2 2 3 4, 0 3 4 1 5 2", "CRD, 1 2 2 2 3 4, 0 1 4 2 5 3"})
    void blocksChangePlaces(String mode, String split, String order) {
        ConstantArray spread = GraphRunner.of(1, 8, 3, 4).whole("s", numbers(split)).whole("t", 1, 2, 6, 8)
                .node("Reshape", "x s", "a").node("Transpose", "a", "b", perm(order)).node("Reshape", "b t", "y")
                .expected(GraphRunner::element);
        GraphRunner.of(1, 8, 3, 4).node("DepthToSpace", "x", "y", number("blocksize", 2), text("mode", mode))
                .assertSame(engine, spread);
        boolean depthFirst = mode.equals("DCR");
        ConstantArray joined = GraphRunner.of(1, 2, 4, 6).whole("s", 1, 2, 2, 2, 3, 2).whole("t", 1, 8, 2, 3)
                .node("Reshape", "x s", "a")
                .node("Transpose", "a", "b", perm(depthFirst ? "0 3 5 1 2 4" : "0 1 3 5 2 4"))
                .node("Reshape", "b t", "y").expected(GraphRunner::element);
        GraphRunner.of(1, 2, 4, 6).node("SpaceToDepth", "x", "y", number("blocksize", 2), text("mode", mode))
                .assertSame(engine, joined);
        if (depthFirst) {
            GraphRunner.of(1, 2, 4, 6).node("SpaceToDepth", "x", "y", number("blocksize", 2))
                    .assertSame(engine, joined);
            GraphRunner.of(1, 8, 3, 4).node("DepthToSpace", "x", "y", number("blocksize", 2))
                    .assertSame(engine, spread);
        }
        GraphRunner.of(1, 2, 4, 6).node("SpaceToDepth", "x", "y", number("blocksize", 1)).run();
        GraphRunner.of(1, 1, 1024, 1024).node("SpaceToDepth", "x", "y", number("blocksize", 1024)).run();
    }

    private static double[] numbers(String text) {
        return List.of(text.split(" ")).stream().mapToDouble(Double::parseDouble).toArray();
    }

    private static AttributeProto perm(String order) {
        return ints("perm", List.of(order.split(" ")).stream().mapToLong(Long::parseLong).toArray());
    }

    /** A constant that an operator takes for a value becomes a layer, once. */
    @Test
    void constantsMayStandForValues() {
        GraphRunner twice = map().floats("c", dims(4, 1, 5), counted(20)).node("HardSwish", "c", "h")
                .node("Softplus", "c", "s").node("Add", "x h", "a").node("Sub", "a s", "y").run();
        assertEquals(1, twice.nodes().stream().filter(each -> each.kind().equals("Constant")).count());
        float[] ours = twice.values(engine, GraphRunner::element);
        for (int i = 0; i < ours.length; i++) {
            assertEquals(GraphRunner.element(i % 4 * 15 + i / 4), ours[i], 1e-3, "both are c for large c");
        }
        GraphRunner row = GraphRunner.of(1, 3).floats("c", dims(1, 3), 7, 8, 9).node("HardSwish", "c", "h")
                .node("Add", "x h", "y").run();
        assertEquals(7 + GraphRunner.element(0), row.values(engine, GraphRunner::element)[0], 1e-5);
        assertEquals(Shape.of(3), row.only("Constant").tensors().get("value").shape());
        refused("input 1 'i' is a constant; it must depend on the image", map().whole("i", 1, 2)
                .node("HardSwish", "i", "h").node("Add", "x h", "y"));
        refused("input 1 'c' is a constant", map().number("c", 1).node("HardSwish", "c", "h")
                .node("Add", "x h", "y"));
        refused("input 1 'c' is a constant", map().floats("c", dims(0)).node("HardSwish", "c", "h")
                .node("Add", "x h", "y"));
        refused("input 2 'x' depends on the image; only constants", map().node("Reshape", "x x", "y"));
    }

    @Test
    void batchesStayApart() {
        GraphRunner batch = GraphRunner.of(2, 3);
        refused("works along the batch", batch.node("Concat", "x x", "y", number("axis", 0)));
        refused("works along the batch", GraphRunner.of(2, 3).whole("i", 0).node("Gather", "x i", "y"));
        refused("works along the batch", GraphRunner.of(2, 3).whole("z", 0).whole("o", 1).node("Slice", "x z o", "y"));
        assertEquals("Neg", GraphRunner.of(2, 3).whole("z", 0).whole("o", 2).node("Slice", "x z o", "s")
                .node("Neg", "s", "y").run().kinds(), "the whole batch");
        refused("combines a constant with a batch of 2 images", GraphRunner.of(2, 3).floats("c", dims(2, 3), counted(6))
                .node("HardSwish", "c", "h").node("Add", "x h", "y"));
    }

    /** A stored axis of size 1 that the value has no more. */
    @Test
    void axesThatWereRemovedDoNotMove() {
        GraphRunner.of(1, 1, 3, 5).whole("a", 1).node("Squeeze", "x a", "s")
                .node("Transpose", "s", "t", ints("perm", 0, 2, 1)).node("Neg", "t", "y").assertSame(engine);
        refused("asks for shape [0, -1]", map().whole("s", 0, -1).node("Reshape", "x s", "y", number("allowzero", 1)));
        assertEquals("", map().node("Cast", "x", "y", number("to", 1), number("saturate", 0)).run().kinds());
        assertEquals(0, map().node("Neg", "x", "n").node("Concat", "x n", "y", number("axis", 1)).run().only("Concat")
                .settings().size());
    }

    /** Every axis, alone and with another one. */
    @Test
    void axesAreReduced() {
        for (String kind : List.of("ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2",
                "ReduceSumSquare")) {
            for (int axis = 0; axis < 4; axis++) {
                map().whole("a", axis, 2).node(kind, "x a", "y").assertSame(engine);
                map().whole("a", axis).node(kind, "x a", "y", number("keepdims", 0)).assertSame(engine);
            }
            map().whole("a", 2, 3).node(kind, "x a", "y").assertSame(engine);
            map().whole("a", 1, 2, 3).node(kind, "x a", "y", number("keepdims", 0)).assertSame(engine);
            rows().node(kind, "x", "y").assertSame(engine);
        }
        map().node("ReduceSum", "x", "y", number("noop_with_empty_axes", 1)).assertSame(engine);
        map().opset(12).node("ReduceSum", "x", "y", ints("axes", -1)).assertSame(engine);
        map().opset(17).node("ReduceMax", "x", "y", ints("axes", 1)).assertSame(engine);
    }
}
