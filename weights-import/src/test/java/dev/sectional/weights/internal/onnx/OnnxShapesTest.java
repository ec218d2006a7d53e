package dev.sectional.weights.internal.onnx;

import static dev.sectional.weights.internal.onnx.ConstantRunner.dims;
import static dev.sectional.weights.internal.onnx.ConstantRunner.floats;
import static dev.sectional.weights.internal.onnx.ConstantRunner.list;
import static dev.sectional.weights.internal.onnx.ConstantRunner.number;
import static dev.sectional.weights.internal.onnx.ConstantRunner.real;
import static dev.sectional.weights.internal.onnx.ConstantRunner.run;
import static dev.sectional.weights.internal.onnx.ConstantRunner.typed;
import static dev.sectional.weights.internal.onnx.ConstantRunner.whole;
import static dev.sectional.weights.internal.onnx.ModelBuilder.ints;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.weights.internal.onnx.proto.AttributeProto.AttributeType;
import dev.sectional.weights.internal.onnx.proto.AttributeProto;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Operators that change the shape, type or order of constants and of values, and those that hold constants. */
class OnnxShapesTest {
    private static final ConstantArray ROWS = floats(dims(2, 3), 1, 2, 3, 4, 5, 6);

    private static void assertArray(int[] dims, double[] values, ConstantArray array) {
        assertArrayEquals(dims, array.dims());
        assertArrayEquals(values, array.values());
    }

    private static void assertDims(int[] dims, ConstantArray array) {
        assertArray(dims, new double[] {1, 2, 3, 4, 5, 6}, array);
    }

    private static void refused(String said, Executable node) {
        String message = assertThrows(InputException.class, node).getMessage();
        assertTrue(message.contains(said), message);
    }

    private static double[] of(double... values) {
        return values;
    }

    @Test
    void shapesMayLeaveOneSizeOpen() {
        assertDims(dims(3, 2), run(13, "Reshape", List.of(ROWS, list(3, 2))));
        assertDims(dims(3, 2), run(13, "Reshape", List.of(ROWS, list(-1, 2))));
        assertDims(dims(2, 1, 3), run(13, "Reshape", List.of(ROWS, list(0, 1, -1))));
        assertArray(dims(0, 5), of(), run(14, "Reshape", List.of(floats(dims(0, 3)), list(0, 5)),
                number("allowzero", 1)));
        for (double[] wrong : new double[][] {{4, -1}, {-1, -1}, {-2, 3}, {7}, {3, 3}, {1L << 31}, {0, -1, 0, 0}}) {
            refused("asks for shape", () -> run(13, "Reshape", List.of(ROWS, list(wrong))));
        }
        refused("asks for 17 dimensions", () -> run(13, "Reshape", List.of(floats(dims(), 1), list(
                1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1))));
        assertEquals(16, run(13, "Reshape", List.of(floats(dims(), 1), list(
                1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1))).rank());
        assertDims(dims(2, 3), run(13, "Flatten", List.of(ROWS)));
        assertDims(dims(1, 6), run(13, "Flatten", List.of(ROWS), number("axis", 0)));
        assertDims(dims(6, 1), run(13, "Flatten", List.of(ROWS), number("axis", 2)));
        assertDims(dims(2, 3), run(13, "Flatten", List.of(ROWS), number("axis", -1)));
        refused("axis 3 does not exist among 2", () -> run(13, "Flatten", List.of(ROWS), number("axis", 3)));
        refused("wanted a few integers", () -> run(13, "Reshape", List.of(ROWS, floats(dims(1), 6))));
        refused("wanted a few integers", () -> run(13, "Reshape", List.of(ROWS, whole(dims(1, 1), 6))));
        refused("input 2 is missing", () -> run(13, "Reshape", List.of(ROWS)));
    }

    @Test
    void axesOfSizeOneComeAndGo() {
        ConstantArray thin = floats(dims(1, 2, 1, 3), 1, 2, 3, 4, 5, 6);
        assertDims(dims(2, 3), run(13, "Squeeze", List.of(thin)));
        assertDims(dims(2, 1, 3), run(13, "Squeeze", List.of(thin, list(0))));
        assertDims(dims(1, 2, 3), run(13, "Squeeze", List.of(thin, list(-2))));
        assertDims(dims(2, 3), run(11, "Squeeze", List.of(thin), ints("axes", 0, 2)));
        refused("removes axis 1 of shape 1x2x1x3, which is not 1", () -> run(13, "Squeeze", List.of(thin, list(1))));
        assertDims(dims(1, 2, 3, 1), run(13, "Unsqueeze", List.of(ROWS, list(0, -1))));
        assertDims(dims(2, 1, 3), run(12, "Unsqueeze", List.of(ROWS), ints("axes", 1)));
        refused("is there twice", () -> run(13, "Unsqueeze", List.of(ROWS, list(0, 0))));
        refused("is there twice", () -> run(13, "Unsqueeze", List.of(ROWS, list(0, -4))));
        refused("axis 3 does not exist among 3", () -> run(13, "Unsqueeze", List.of(ROWS, list(3))));
        refused("axis -4 does not exist among 3", () -> run(13, "Unsqueeze", List.of(ROWS, list(-4))));
        refused("its axes are missing", () -> run(12, "Unsqueeze", List.of(ROWS)));
    }

    @Test
    void axesAreReordered() {
        assertArray(dims(3, 2), of(1, 4, 2, 5, 3, 6), run(13, "Transpose", List.of(ROWS)));
        assertArray(dims(3, 2), of(1, 4, 2, 5, 3, 6), run(13, "Transpose",
                List.of(whole(dims(2, 3), 1, 2, 3, 4, 5, 6))));
        assertArray(dims(2, 2, 1), of(0, 2, 1, 3), run(13, "Transpose", List.of(floats(dims(2, 1, 2), 0, 1, 2, 3)),
                ints("perm", 2, 0, 1)));
        assertDims(dims(1, 2, 3), run(13, "Transpose", List.of(floats(dims(2, 1, 3), 1, 2, 3, 4, 5, 6)),
                ints("perm", 1, 0, 2)));
        for (long[] wrong : new long[][] {{0}, {0, 0}, {0, 2}, {-1, 0}, {0, 1, 2}}) {
            refused("for shape 2x3", () -> run(13, "Transpose", List.of(ROWS), ints("perm", wrong)));
        }
    }

    @Test
    void shapesAndSizesAreIntegers() {
        ConstantArray cube = floats(dims(2, 3, 4), new double[24]);
        assertArray(dims(3), of(2, 3, 4), run(15, "Shape", List.of(cube)));
        assertArray(dims(1), of(3), run(15, "Shape", List.of(cube), number("start", 1), number("end", -1)));
        assertArray(dims(2), of(3, 4), run(15, "Shape", List.of(cube), number("start", -2)));
        assertArray(dims(3), of(2, 3, 4), run(15, "Shape", List.of(cube), number("start", -9), number("end", 9)));
        assertArray(dims(0), of(), run(15, "Shape", List.of(cube), number("start", 2), number("end", 1)));
        assertArray(dims(0), of(), run(15, "Shape", List.of(cube), number("start", 1), number("end", 1)));
        assertArray(dims(), of(24), run(13, "Size", List.of(cube)));
        refused("its output 'y' does not depend on the image", () -> OperatorRunner.of("Shape").run());
    }

    private static ConstantArray cast(ConstantArray x, long to) {
        return run(13, "Cast", List.of(x), number("to", to));
    }

    @Test
    void numbersChangeTheirType() {
        assertArray(dims(3), of(-2, 2, 0), cast(floats(dims(3), -2.9, 2.9, 0.5), 7));
        assertEquals(DType.I64, cast(floats(dims(1), 1), 7).type());
        assertArray(dims(3), of(1, 1, 0), cast(floats(dims(3), -2.9, 0.5, 0), 9));
        assertEquals(DType.BOOL, cast(floats(dims(1), 1), 9).type());
        ConstantArray real = cast(list(1, 2), 1);
        assertArray(dims(2), of(1, 2), real);
        assertEquals(DType.F32, real.type());
        assertEquals(DType.F32, cast(typed(DType.BOOL, 1), 11).type());
        for (int[] held : new int[][] {{2, 0, 255}, {3, -128, 127}, {5, -32768, 32767}, {6, Integer.MIN_VALUE,
            Integer.MAX_VALUE}}) {
            assertArray(dims(2), of(held[1], held[2]), cast(list(held[1], held[2]), held[0]));
            refused("which holds no such number", () -> cast(list(held[1] - 1L), held[0]));
            refused("which holds no such number", () -> cast(list(held[2] + 1L), held[0]));
        }
        refused("turns values into ONNX's type 8", () -> cast(list(1), 8));
        assertEquals(DType.I32, run(15, "CastLike", List.of(floats(dims(1), 1.5), typed(DType.I32, 0))).type());
        assertEquals(DType.F32, run(15, "CastLike", List.of(list(1), floats(dims(1), 0))).type());
        assertArray(dims(2), of(1, 2), run(13, "Identity", List.of(list(1, 2))));
    }

    @Test
    void nodesHoldConstants() {
        assertArray(dims(2), of(3, -4), run(13, "Constant", List.of(), ints("value_ints", 3, -4)));
        assertArray(dims(), of(5), run(13, "Constant", List.of(), number("value_int", 5)));
        assertArray(dims(), of(0.5), run(13, "Constant", List.of(), real("value_float", 0.5f)));
        assertArray(dims(2), of(0.5, 2), run(13, "Constant", List.of(), AttributeProto.newBuilder()
                .setName("value_floats").setType(AttributeType.FLOATS).addFloats(0.5f).addFloats(2).build()));
        refused("has no numeric value", () -> run(13, "Constant", List.of()));
        assertArray(dims(2, 1), of(0, 0), run(13, "ConstantOfShape", List.of(list(2, 1))));
        assertArray(dims(), of(0), run(13, "ConstantOfShape", List.of(list())));
    }

    @Test
    void valuesOfTheImageChangeTheirShapeToo() {
        assertEquals(Shape.of(8, 8, 3), OperatorRunner.of("Transpose").numbers("perm", 0, 1, 3, 2).run().shape());
        assertEquals("Permute", OperatorRunner.of("Transpose").numbers("perm", 0, 1, 3, 2).run().kinds());
        assertEquals("", OperatorRunner.of("Identity").run().kinds());
        assertEquals(Shape.of(192), OperatorRunner.of("Flatten").run().shape());
        assertEquals("Flatten", OperatorRunner.of("Flatten").run().kinds());
        assertEquals(Shape.of(192), OperatorRunner.of("Reshape").whole(1, -1).run().shape());
        OperatorRunner half = OperatorRunner.of("Cast").number("to", 10).run();
        assertTrue(half.result().assumed().contains("float32 for what the graph computes in float16"));
        refused("turns values into ONNX's type 7", () -> OperatorRunner.of("Cast").number("to", 7).run());
    }

    /** A batch of two images stays a batch: what would mix its images is refused. */
    @Test
    void imagesOfABatchAreNotMixed() {
        assertEquals(Shape.of(192), OperatorRunner.of("Flatten").dims(2, 3, 8, 8).run().shape());
        assertEquals(Shape.of(192), OperatorRunner.of("Reshape").dims(2, 3, 8, 8).whole(2, 192).run().shape());
        refused("of a batch of 2 images, which mixes the images",
                () -> OperatorRunner.of("Reshape").dims(2, 3, 8, 8).whole(1, 384).run());
        refused("which mixes the images", () -> OperatorRunner.of("Reshape").dims(2, 3, 8, 8).whole(384).run());
        refused("works along the batch of 2 images",
                () -> OperatorRunner.of("Transpose").dims(2, 3, 8, 8).numbers("perm", 1, 0, 2, 3).run());
        refused("works along the batch of 2 images",
                () -> OperatorRunner.of("ReduceMean").dims(2, 3, 8, 8).whole(0).run());
        refused("works along the batch of 2 images",
                () -> OperatorRunner.of("Gather").dims(2, 3, 8, 8).whole(0).run());
        refused("with numbers of its own", () -> OperatorRunner.of("Add").dims(2, 3).weight(2, 3).run());
        assertEquals(Shape.of(3), OperatorRunner.of("Add").dims(2, 3).weight(1, 3).run().shape());
        refused("with numbers of its own", () -> OperatorRunner.of("Add").dims(2, 3).weight(1, 2, 3).run());
    }

    @Test
    void axesOfTheImageAreReduced() {
        assertEquals("AdaptiveAvgPool2d", OperatorRunner.of("ReduceMean").whole(2, 3).run().kinds());
        assertEquals("GlobalMaxPool2d", OperatorRunner.of("ReduceMax").whole(2, 3).run().kinds());
        assertEquals("ReduceMean", OperatorRunner.of("ReduceMean").whole(2).run().kinds());
        assertEquals(List.of(2L), OperatorRunner.of("ReduceMin").whole(1).run().setting("axes"));
        assertEquals("Abs, ReduceSum", OperatorRunner.of("ReduceL1").whole(1).run().kinds());
        assertEquals("Power, ReduceSum", OperatorRunner.of("ReduceSumSquare").whole(1).run().kinds());
        assertEquals(Shape.of(8, 8), OperatorRunner.of("ReduceSum").whole(1).number("keepdims", 0).run().shape());
        assertEquals("", OperatorRunner.of("ReduceSum").whole(0).run().kinds());
        assertEquals("Abs", OperatorRunner.of("ReduceL2").whole(0).run().kinds());
        refused("axis 4 does not exist among 4", () -> OperatorRunner.of("ReduceSum").whole(4).run());
    }

    @Test
    void partsOfTheImageAreTaken() {
        OperatorRunner even = OperatorRunner.of("Gather").whole(0, 2).number("axis", 1).run();
        assertEquals("Slice", even.kinds());
        assertEquals(List.of(2L, 0L, 2L, 2L), List.of(even.setting("axis"), even.setting("start"),
                even.setting("step"), even.setting("count")));
        OperatorRunner uneven = OperatorRunner.of("Gather").whole(0, 2, 2).number("axis", 1).run();
        assertEquals("Gather", uneven.kinds());
        assertEquals(List.of(0L, 2L, 2L), uneven.setting("indices"));
        assertEquals("Gather", OperatorRunner.of("Gather").whole(1, 1).number("axis", 1).run().kinds());
        assertEquals("", OperatorRunner.of("Gather").whole(0, 1, 2).number("axis", 1).run().kinds());
        refused("takes 0 elements of axis 1", () -> OperatorRunner.of("Gather").whole().number("axis", 1).run());
        refused("axis 3 does not exist among 3", () -> OperatorRunner.of("Gather").whole(3).number("axis", 1).run());
        assertEquals(Shape.of(8, 8, 1), OperatorRunner.of("Slice").whole(1).whole(2).whole(1).run().shape());
        refused("takes no element of axis 1", () -> OperatorRunner.of("Slice").whole(2).whole(2).whole(1).run());
        OperatorRunner tiled = OperatorRunner.of("Tile").whole(1, 2, 1, 1).run();
        assertEquals(Shape.of(8, 8, 6), tiled.shape());
        refused("has 2 repeats for shape", () -> OperatorRunner.of("Tile").whole(1, 2).run());
        assertEquals(Shape.of(8, 16, 3), OperatorRunner.of("Concat").image().number("axis", 3).run().shape());
        refused("differ besides axis 1",
                () -> OperatorRunner.of("Concat").reshaped(1, 3, 4, 16).number("axis", 1).run());
        refused("of 4 and of 2 axes", () -> OperatorRunner.of("Concat").reshaped(1, 192).number("axis", 1).run());
        assertEquals(Shape.of(8, 8, 5),
                OperatorRunner.of("Concat").weight(1, 2, 8, 8).number("axis", 1).run().shape());
        assertEquals(Shape.of(16, 16, 1), OperatorRunner.of("DepthToSpace").dims(1, 4, 8, 8).number("blocksize", 2)
                .run().shape());
        assertEquals(Shape.of(4, 4, 12), OperatorRunner.of("SpaceToDepth").number("blocksize", 2).run().shape());
        refused("takes blocks of 0", () -> OperatorRunner.of("SpaceToDepth").number("blocksize", 0).run());
        refused("takes blocks of 1025", () -> OperatorRunner.of("SpaceToDepth").number("blocksize", 1025).run());
        refused("from shape", () -> OperatorRunner.of("SpaceToDepth").number("blocksize", 3).run());
        assertEquals(Shape.of(8, 8, 3), OperatorRunner.of("Expand").whole(1, 1, 8, 8).run().shape());
        assertEquals(Shape.of(4, 3), OperatorRunner.of("Expand").dims(1, 1, 3).whole(4, 1).run().shape());
    }

    @Test
    void elementsOfTheImageAreReplaced() {
        OperatorRunner constant = OperatorRunner.of("ScatterND").dims(1, 3).constant(whole(dims(1, 2), 0, 1))
                .floats(dims(1), 7).run();
        assertArrayEquals(new float[] {1, 0, 1}, constant.result().nodes().get(0).tensors().get("weight").tensor()
                .data());
        assertArrayEquals(new float[] {0, 7, 0}, constant.tensor("bias"));
        OperatorRunner elements = OperatorRunner.of("ScatterElements").dims(1, 3).constant(whole(dims(1, 1), -1))
                .floats(dims(1, 1), 7).number("axis", 1).run();
        assertArrayEquals(new float[] {0, 0, 7}, elements.tensor("bias"));
        assertEquals("", OperatorRunner.of("ScatterND").dims(1, 3).constant(whole(dims(1, 1), 0)).image().run()
                .kinds());
        refused("has 1 positions for 2 elements", () -> OperatorRunner.of("ScatterND").dims(1, 3)
                .constant(whole(dims(1, 2), 0, 1)).floats(dims(2), 7, 8).run());
        refused("has 1 positions for 2 elements", () -> OperatorRunner.of("ScatterElements").dims(1, 3)
                .constant(whole(dims(1, 1), 0)).floats(dims(1, 2), 7, 8).number("axis", 1).run());
        refused("has indices of shape 1x3 for shape 1x3", () -> OperatorRunner.of("ScatterND").dims(1, 3)
                .constant(whole(dims(1, 3), 0, 1, 0)).floats(dims(1), 7).run());
        refused("adds to elements", () -> OperatorRunner.of("ScatterND").dims(1, 3).constant(whole(dims(1, 2), 0, 1))
                .floats(dims(1), 7).text("reduction", "add").run());
        refused("changes a batch of 2", () -> OperatorRunner.of("ScatterND").dims(2, 3)
                .constant(whole(dims(1, 2), 0, 1)).floats(dims(1), 7).run());
    }

    @Test
    void integersOfTheNetworkAreDequantizedAtOnce() {
        refused("its integers are the output of the graph",
                () -> OperatorRunner.of("QuantizeLinear").floats(dims(), 0.5).run());
        refused("has another scale than the QuantizeLinear before it, or none",
                () -> OperatorRunner.of("DequantizeLinear").floats(dims(), 0.5).run());
    }
}
