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
import dev.sectional.weights.internal.onnx.proto.AttributeProto;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Arithmetic, quantisation, reduction and normalisation of constants: values computed by hand. */
class ConstantFolderTest {
    private static final ConstantArray ROWS = floats(dims(2, 3), 1, 2, 3, 4, 5, 6);

    private static void assertArray(int[] dims, double[] values, ConstantArray array) {
        assertArrayEquals(dims, array.dims());
        assertArrayEquals(values, array.values(), 1e-5);
    }

    private static void refused(String said, Executable node) {
        String message = assertThrows(InputException.class, node).getMessage();
        assertTrue(message.startsWith("cannot read file: node 'node' (") && message.contains(said), message);
    }

    private static double[] numbers(String text) {
        return Arrays.stream(text.split(" ")).mapToDouble(Double::parseDouble).toArray();
    }

    @ParameterizedTest
    @CsvSource({"Neg,-1.5 2,1.5 -2", "Abs,-1.5 2,1.5 2", "Sqrt,4 2.25,2 1.5", "Reciprocal,2 -4,0.5 -0.25",
        "Exp,0 1,1 2.718281828", "Log,1 2.718281828,0 1", "Sin,0 1,0 0.841470985", "Cos,0 1,1 0.540302306",
        "Tanh,0 1,0 0.761594156", "Sigmoid,0 1.098612289,0.5 0.75", "Relu,-2 3,0 3", "Floor,-1.5 1.5,-2 1",
        "Ceil,-1.5 1.5,-1 2", "Round,0.5 1.5 2.5 -0.6,0 2 2 -1", "Sign,-3 0 2,-1 0 1", "Not,0 1 2,1 0 0"})
    void functionsOfOneElement(String operator, String x, String expected) {
        double[] values = numbers(expected);
        assertArray(dims(values.length), values, run(13, operator, List.of(floats(dims(values.length), numbers(x)))));
    }

    @ParameterizedTest
    @CsvSource({"Add,11 21 31 12 22 32", "Sub,-9 -19 -29 -8 -18 -28", "Mul,10 20 30 20 40 60", "Max,10 20 30 10 20 30",
        "Min,1 1 1 2 2 2", "Sum,11 21 31 12 22 32", "Pow,1 1 1 1024 1048576 1073741824"})
    void functionsOfTwoBroadcastArrays(String operator, String expected) {
        assertArray(dims(2, 3), numbers(expected),
                run(13, operator, List.of(floats(dims(2, 1), 1, 2), floats(dims(3), 10, 20, 30))));
        refused("shapes 2 and 3 do not fit each other",
                () -> run(13, operator, List.of(floats(dims(2), 1, 2), floats(dims(3), 1, 2, 3))));
    }

    @Test
    void sumsAndMaximaTakeAnyNumberOfInputs() {
        List<ConstantArray> three = List.of(floats(dims(1), 5), floats(dims(2), 7, 1), floats(dims(), 2));
        assertArray(dims(2), new double[] {14, 8}, run(13, "Sum", three));
        assertArray(dims(2), new double[] {7, 5}, run(13, "Max", three));
        assertArray(dims(1), new double[] {5}, run(13, "Sum", three.subList(0, 1)));
    }

    @ParameterizedTest
    @CsvSource({"Equal,0 1 0", "Greater,0 0 1", "GreaterOrEqual,0 1 1", "Less,1 0 0", "LessOrEqual,1 1 0"})
    void comparisonsAreFlags(String operator, String expected) {
        ConstantArray flags = run(16, operator, List.of(list(1, 2, 3), list(2)));
        assertArray(dims(3), numbers(expected), flags);
        assertEquals(DType.BOOL, flags.type());
    }

    @ParameterizedTest
    @CsvSource({"And,0 0 0 1", "Or,0 1 1 1", "Xor,0 1 1 0"})
    void flagsAreCombined(String operator, String expected) {
        assertArray(dims(4), numbers(expected), run(13, operator, List.of(list(0, 0, 2, 2), list(0, 3, 0, 3))));
    }

    @Test
    void integersAreDividedTowardsZero() {
        assertArray(dims(2), new double[] {3.5, -3.5}, run(13, "Div", List.of(floats(dims(2), 7, -7),
                floats(dims(1), 2))));
        assertArray(dims(2), new double[] {3, -3}, run(13, "Div", List.of(list(7, -7), list(2))));
        assertArray(dims(2), new double[] {2, -2}, run(13, "Mod", List.of(list(-7, 7), list(3, -3))));
        assertArray(dims(2), new double[] {-1, 1}, run(13, "Mod", List.of(list(-7, 7), list(3, -3)),
                number("fmod", 1)));
        assertArray(dims(1), new double[] {0.5}, run(13, "Mod", List.of(floats(dims(1), 5.5), floats(dims(1), 2.5)),
                number("fmod", 1)));
        assertEquals(Double.POSITIVE_INFINITY,
                run(13, "Div", List.of(floats(dims(1), 1), floats(dims(1), 0))).values()[0]);
        for (String operator : List.of("Div", "Mod")) {
            refused("divides integers by 0", () -> run(13, operator, List.of(list(1, 2), list(1, 0))));
        }
    }

    @Test
    void aConditionChoosesElementByElement() {
        assertArray(dims(2, 2), new double[] {10, 11, 20, 30}, run(16, "Where", List.of(whole(dims(2, 1), 1, 0),
                floats(dims(2), 10, 11), floats(dims(1, 2), 20, 30))));
    }

    @Test
    void valuesAreClippedFromEitherSide() {
        ConstantArray x = floats(dims(3), -5, 0.5, 5);
        ConstantArray least = floats(dims(), -1);
        ConstantArray greatest = floats(dims(), 2);
        assertArray(dims(3), new double[] {-1, 0.5, 2}, run(13, "Clip", List.of(x, least, greatest)));
        assertArray(dims(3), new double[] {-1, 0.5, 5}, run(13, "Clip", List.of(x, least)));
        assertArray(dims(3), new double[] {-5, 0.5, 2}, run(13, "Clip", Arrays.asList(x, null, greatest)));
        assertArray(dims(3), new double[] {-1, 0.5, 2}, run(10, "Clip", List.of(x), real("min", -1), real("max", 2)));
        assertArray(dims(3), x.values(), run(10, "Clip", List.of(x)));
    }

    @Test
    void matricesAreMultiplied() {
        ConstantArray b = floats(dims(3, 2), 1, 2, 3, 4, 5, 6);
        assertArray(dims(2, 2), new double[] {22, 28, 49, 64}, run(13, "MatMul", List.of(ROWS, b)));
        ConstantArray stack = floats(dims(2, 1, 3), 1, 0, 0, 0, 1, 2);
        assertArray(dims(2, 1, 2), new double[] {1, 2, 13, 16}, run(13, "MatMul", List.of(stack, b)));
        for (List<ConstantArray> wrong : List.of(List.of(ROWS, ROWS), List.of(floats(dims(3), 1, 2, 3), b),
                List.of(ROWS, floats(dims(3), 1, 2, 3)), List.of(ROWS, floats(dims(1, 3, 1), 1, 2, 3)))) {
            refused("which is not supported", () -> run(13, "MatMul", wrong));
        }
        ConstantArray large = floats(dims(2049, 1024), new double[2049 * 1024]);
        refused("multiplies large constants", () -> run(13, "MatMul", List.of(large,
                floats(dims(1024, 1024), new double[1024 * 1024]))));
    }

    @Test
    void quantisedConstantsAreRoundedAndLimited() {
        ConstantArray x = floats(dims(5), 1, 2.6, -9, 300, 0.25);
        ConstantArray half = floats(dims(), 0.5);
        ConstantArray bytes = run(13, "QuantizeLinear", List.of(x, half, typed(DType.U8, 10)));
        assertArray(dims(5), new double[] {12, 15, 0, 255, 10}, bytes);
        assertEquals(DType.U8, bytes.type());
        assertArray(dims(5), new double[] {2, 5, 0, 255, 0}, run(13, "QuantizeLinear", List.of(x, half)));
        for (int[] stated : new int[][] {{2, 0, 255}, {3, -128, 127}, {5, -32768, 32767}}) {
            assertArray(dims(2), new double[] {stated[1], stated[2]}, run(21, "QuantizeLinear",
                    List.of(floats(dims(2), -1e6, 1e6), floats(dims(), 1)), number("output_dtype", stated[0])));
        }
        refused("quantises to ONNX's type 7", () -> run(21, "QuantizeLinear", List.of(x, half),
                number("output_dtype", 7)));
        refused("quantises to ONNX's type I64", () -> run(21, "QuantizeLinear", List.of(x, half, list(0))));
        for (String operator : List.of("QuantizeLinear", "DequantizeLinear")) {
            refused("a scale per block", () -> run(21, operator, List.of(x, half), number("block_size", 2)));
        }
    }

    @Test
    void quantisedChannelsHaveTheirOwnScale() {
        ConstantArray x = typed(DType.I8, 1, 2, 3, 4, 5, 6, 7, 8);
        ConstantArray cube = new ConstantArray(DType.I8, dims(2, 2, 2), x.values());
        ConstantArray scale = floats(dims(2), 10, 100);
        ConstantArray zero = typed(DType.I8, 0, 1);
        assertArray(dims(2, 2, 2), new double[] {10, 20, 200, 300, 50, 60, 600, 700},
                run(13, "DequantizeLinear", List.of(cube, scale, zero)));
        assertArray(dims(2, 2, 2), new double[] {10, 20, 30, 40, 400, 500, 600, 700},
                run(13, "DequantizeLinear", List.of(cube, scale, zero), number("axis", 0)));
        assertArray(dims(2, 2, 2), new double[] {10, 200, 30, 400, 50, 600, 70, 800},
                run(13, "DequantizeLinear", List.of(cube, scale), number("axis", -1)));
        assertArray(dims(8), new double[] {-1, 0, 1, 2, 3, 4, 5, 6},
                run(13, "DequantizeLinear", List.of(x, floats(dims(), 1), typed(DType.I8, 2))));
        refused("has 2 scales for shape 8", () -> run(13, "DequantizeLinear", List.of(x, scale), number("axis", 0)));
        refused("has 2 scales for shape 2x2x2",
                () -> run(13, "DequantizeLinear", List.of(cube, scale, typed(DType.I8, 0))));
    }

    @ParameterizedTest
    @CsvSource({"ReduceSum,6 15", "ReduceMean,2 5", "ReduceMax,3 6", "ReduceMin,1 4", "ReduceProd,6 120",
        "ReduceL2,3.741657387 8.774964387", "ReduceL1,6 15", "ReduceSumSquare,14 77"})
    void rowsAreReduced(String operator, String expected) {
        AttributeProto axis = ints("axes", 1);
        boolean input = operator.equals("ReduceSum");
        List<ConstantArray> inputs = input ? List.of(ROWS, list(1)) : List.of(ROWS);
        AttributeProto[] attributes = input ? new AttributeProto[0] : new AttributeProto[] {axis};
        assertArray(dims(2, 1), numbers(expected), run(13, operator, inputs, attributes));
        AttributeProto[] flat = Arrays.copyOf(attributes, attributes.length + 1);
        flat[attributes.length] = number("keepdims", 0);
        assertArray(dims(2), numbers(expected), run(13, operator, inputs, flat));
        assertArray(dims(2, 1), numbers(expected), run(18, operator, List.of(ROWS, list(-1))));
    }

    @Test
    void axesMayBeSeveralAllOrNone() {
        ConstantArray cube = floats(dims(2, 1, 3), 1, 2, 3, 4, 5, -6);
        assertArray(dims(1, 1, 3), new double[] {5, 7, -3}, run(13, "ReduceSum", List.of(cube, list(0))));
        assertArray(dims(2), new double[] {6, 3}, run(13, "ReduceSum", List.of(cube, list(2, 1)),
                number("keepdims", 0)));
        assertArray(dims(1, 1, 1), new double[] {1.5}, run(18, "ReduceMean", List.of(cube)));
        assertArray(dims(), new double[] {21}, run(18, "ReduceL1", List.of(cube), number("keepdims", 0)));
        assertArray(dims(2, 1, 3), cube.values(), run(18, "ReduceMax", List.of(cube),
                number("noop_with_empty_axes", 1)));
    }

    @Test
    void constantsAreNormalised() {
        ConstantArray x = floats(dims(2, 2, 2), 1, 3, 10, 20, 5, 7, 30, 40);
        ConstantArray scale = floats(dims(2), 2, 1);
        ConstantArray shift = floats(dims(2), 100, 0);
        List<ConstantArray> five = List.of(x, scale, shift, floats(dims(2), 1, 10), floats(dims(2), 4, 25));
        assertArray(dims(2, 2, 2), new double[] {100, 102, 0, 2, 104, 106, 4, 6},
                run(15, "BatchNormalization", five, real("epsilon", 0)));
        assertEquals(100 + 4 / Math.sqrt(5), run(15, "BatchNormalization", five, real("epsilon", 1)).values()[1], 1e-5);
        double root = Math.sqrt(5);
        double wide = Math.sqrt(125);
        assertArray(dims(2, 2, 2), new double[] {100 - 6 / root, 100 - 2 / root, -15 / wide, -5 / wide,
            100 + 2 / root, 100 + 6 / root, 5 / wide, 15 / wide}, run(15, "BatchNormalization", five,
                    real("epsilon", 0), number("training_mode", 1)));
        assertArray(dims(2, 2, 2), new double[] {98, 102, -1, 1, 98, 102, -1, 1},
                run(15, "InstanceNormalization", List.of(x, scale, shift), real("epsilon", 0)));
        assertEquals(100 - 2 / Math.sqrt(4),
                run(15, "InstanceNormalization", List.of(x, scale, shift), real("epsilon", 3)).values()[0], 1e-5);
        refused("input 2 has 1 numbers, wanted 2",
                () -> run(15, "InstanceNormalization", List.of(x, floats(dims(1), 1), shift)));
        refused("normalises a constant of shape 2",
                () -> run(15, "BatchNormalization", List.of(scale, scale, scale, scale, scale)));
        refused("attribute gain is unknown", () -> run(15, "BatchNormalization", five, real("gain", 1)));
        assertEquals(8, run(13, "BatchNormalization", five, real("momentum", 1)).size());
        ConstantArray odd = floats(dims(1, 2, 3), 1, 2, 3, 4, 5, 6);
        assertArrayEquals(new double[] {98, 100, 102, -1, 0, 1}, run(15, "InstanceNormalization",
                List.of(odd, scale, shift), real("epsilon", 1 / 3f)).values(), 1e-4);
        refused("normalises a constant of shape 2",
                () -> run(15, "InstanceNormalization", List.of(scale, scale, shift)));
        assertArray(dims(1, 2), new double[] {100, 0}, run(15, "InstanceNormalization",
                List.of(floats(dims(1, 2), 5, 6), scale, shift)));
        refused("normalises a constant of shape 0x2",
                () -> run(15, "InstanceNormalization", List.of(floats(dims(0, 2)), scale, shift)));
    }
}
