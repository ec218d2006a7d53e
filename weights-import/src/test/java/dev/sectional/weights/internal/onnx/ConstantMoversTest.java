package dev.sectional.weights.internal.onnx;

import static dev.sectional.weights.internal.onnx.ConstantRunner.dims;
import static dev.sectional.weights.internal.onnx.ConstantRunner.floats;
import static dev.sectional.weights.internal.onnx.ConstantRunner.list;
import static dev.sectional.weights.internal.onnx.ConstantRunner.number;
import static dev.sectional.weights.internal.onnx.ConstantRunner.run;
import static dev.sectional.weights.internal.onnx.ConstantRunner.whole;
import static dev.sectional.weights.internal.onnx.ModelBuilder.ints;
import static dev.sectional.weights.internal.onnx.ModelBuilder.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Operators that select, repeat, join and place elements of constants. */
class ConstantMoversTest {
    private static final ConstantArray ROWS = floats(dims(2, 3), 1, 2, 3, 4, 5, 6);
    private static final ConstantArray CUBE = floats(dims(2, 2, 2), 0, 1, 2, 3, 4, 5, 6, 7);

    private static void assertArray(int[] dims, double[] values, ConstantArray array) {
        assertArrayEquals(dims, array.dims());
        assertArrayEquals(values, array.values());
    }

    private static void refused(String said, Executable node) {
        String message = assertThrows(InputException.class, node).getMessage();
        assertTrue(message.startsWith("cannot read file: node 'node' (") && message.contains(said), message);
    }

    private static double[] of(double... values) {
        return values;
    }

    @Test
    void arraysAreJoined() {
        ConstantArray column = floats(dims(2, 1), 7, 8);
        assertArray(dims(2, 4), of(1, 2, 3, 7, 4, 5, 6, 8),
                run(13, "Concat", List.of(ROWS, column), number("axis", 1)));
        assertArray(dims(2, 4), of(7, 1, 2, 3, 8, 4, 5, 6),
                run(13, "Concat", List.of(column, ROWS), number("axis", -1)));
        assertArray(dims(4, 3), of(1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6),
                run(13, "Concat", List.of(ROWS, ROWS), number("axis", 0)));
        assertArray(dims(2, 4, 2), of(0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7),
                run(13, "Concat", List.of(CUBE, CUBE), number("axis", 1)));
        refused("joins shapes 2x3 and 2x1 along axis 0",
                () -> run(13, "Concat", List.of(ROWS, column), number("axis", 0)));
        refused("joins shapes", () -> run(13, "Concat", List.of(ROWS, CUBE), number("axis", 0)));
        refused("axis 1 does not exist among 1", () -> run(13, "Concat", List.of(ROWS, list(1)), number("axis", 1)));
    }

    private static ConstantArray sliced(double start, double end, double axis, double step) {
        return run(13, "Slice", List.of(ROWS, list(start), list(end), list(axis), list(step)));
    }

    @Test
    void slicesRunBothWays() {
        assertArray(dims(2, 2), of(2, 3, 5, 6), sliced(1, Long.MAX_VALUE, 1, 1));
        assertArray(dims(2, 2), of(1, 2, 4, 5), sliced(-3, -1, -1, 1));
        assertArray(dims(2, 2), of(1, 3, 4, 6), sliced(0, 3, 1, 2));
        assertArray(dims(2, 3), of(3, 2, 1, 6, 5, 4), sliced(-1, Long.MIN_VALUE + 1, 1, -1));
        assertArray(dims(2, 2), of(3, 2, 6, 5), sliced(9, 0, 1, -1));
        assertArray(dims(2, 1), of(3, 6), sliced(2, -9, 1, -7));
        assertArray(dims(2, 1), of(2, 5), sliced(1, 9, 1, 7));
        assertArray(dims(2, 0), of(), sliced(2, 2, 1, 1));
        assertArray(dims(2, 0), of(), sliced(2, 2, 1, 2));
        assertArray(dims(2, 0), of(), sliced(1, 2, 1, -1));
        assertArray(dims(1, 3), of(4, 5, 6), sliced(-1, 2, 0, 1));
        assertArray(dims(1, 3), of(1, 2, 3), sliced(-9, 1, 0, 1));
        refused("its step is 0", () -> sliced(0, 1, 0, 0));
        assertArray(dims(2, 1), of(1, 4), sliced(0, 1, 1, 9));
        assertArray(dims(2, 3), ROWS.values(), sliced(0, 3, 1, 1));
        refused("its step is -9223372036854775808", () -> sliced(0, 1, 0, Long.MIN_VALUE));
        assertArray(dims(1, 2), of(5, 6), run(13, "Slice", List.of(ROWS, list(1, 1), list(2, 3))));
        assertArray(dims(1, 2), of(5, 6), run(9, "Slice", List.of(ROWS), ints("starts", 1, 1), ints("ends", 2, 9)));
        assertArray(dims(2, 2), of(2, 3, 5, 6),
                run(9, "Slice", List.of(ROWS), ints("starts", 1), ints("ends", 3), ints("axes", 1)));
        assertArray(dims(1, 3), of(4, 5, 6), run(10, "Slice", List.of(ROWS, list(1), list(2))));
        refused("differ in length", () -> run(13, "Slice", List.of(ROWS, list(1), list(2, 3))));
        refused("differ in length", () -> run(13, "Slice", List.of(ROWS, list(1), list(2), list(0, 1))));
        refused("differ in length", () -> run(13, "Slice", List.of(ROWS, list(1), list(2), list(0), list(1, 1))));
        refused("differ in length", () -> run(9, "Slice", List.of(ROWS), ints("starts", 1)));
        refused("differ in length", () -> run(9, "Slice", List.of(ROWS), ints("ends", 1)));
    }

    @Test
    void arraysAreSplit() {
        List<ConstantArray> given = run(13, "Split", 2, List.of(ROWS, list(1, 2)), number("axis", 1));
        assertArray(dims(2, 1), of(1, 4), given.get(0));
        assertArray(dims(2, 2), of(2, 3, 5, 6), given.get(1));
        List<ConstantArray> equal = run(13, "Split", 2, List.of(ROWS));
        assertArray(dims(1, 3), of(1, 2, 3), equal.get(0));
        assertArray(dims(1, 3), of(4, 5, 6), equal.get(1));
        List<ConstantArray> old = run(11, "Split", 3, List.of(ROWS), number("axis", 1), ints("split", 1, 1, 1));
        assertArray(dims(2, 1), of(3, 6), old.get(2));
        List<ConstantArray> uneven = run(18, "Split", 2, List.of(ROWS), number("axis", -1), number("num_outputs", 2));
        assertArray(dims(2, 2), of(1, 2, 4, 5), uneven.get(0));
        assertArray(dims(2, 1), of(3, 6), uneven.get(1));
    }

    @Test
    void elementsAreGathered() {
        assertArray(dims(2, 2), of(3, 1, 6, 4), run(13, "Gather", List.of(ROWS, list(-1, 0)), number("axis", 1)));
        assertArray(dims(3), of(4, 5, 6), run(13, "Gather", List.of(ROWS, whole(dims(), 1))));
        assertArray(dims(2, 2, 1, 2), of(2, 3, 0, 1, 6, 7, 4, 5),
                run(13, "Gather", List.of(CUBE, whole(dims(2, 1), 1, 0)), number("axis", 1)));
        for (double outside : new double[] {2, -3}) {
            refused("does not exist among 2", () -> run(13, "Gather", List.of(ROWS, list(outside))));
        }
        assertArray(dims(2, 2), of(2, 1, 4, 6), run(13, "GatherElements",
                List.of(ROWS, whole(dims(2, 2), 1, 0, 0, -1)), number("axis", 1)));
        assertArray(dims(1, 3), of(4, 2, 6), run(13, "GatherElements", List.of(ROWS, whole(dims(1, 3), 1, 0, 1))));
        refused("does not exist among 3",
                () -> run(13, "GatherElements", List.of(ROWS, whole(dims(1, 4), 0, 0, 0, 0))));
        refused("takes shape 2, wanted 2 axes", () -> run(13, "GatherElements", List.of(ROWS, list(0, 1))));
        assertArray(dims(2), of(6, 1), run(13, "GatherND", List.of(ROWS, whole(dims(2, 2), 1, 2, 0, 0))));
        assertArray(dims(2, 2), of(6, 7, 2, 3), run(13, "GatherND", List.of(CUBE, whole(dims(2, 2), -1, 1, 0, -1))));
        assertArray(dims(1, 2, 2), of(4, 5, 6, 7), run(13, "GatherND", List.of(CUBE, whole(dims(1, 1), 1))));
        refused("batch_dims are not supported", () -> run(13, "GatherND", List.of(ROWS, whole(dims(1, 1), 0)),
                number("batch_dims", 1)));
        refused("indices have shape 1x3 for shape 2x3",
                () -> run(13, "GatherND", List.of(ROWS, whole(dims(1, 3), 0, 0, 0))));
        refused("indices have shape scalar", () -> run(13, "GatherND", List.of(ROWS, whole(dims(), 0))));
    }

    @Test
    void elementsAreReplaced() {
        ConstantArray updates = floats(dims(2, 1), 10, 20);
        assertArray(dims(2, 3), of(1, 2, 10, 20, 5, 6), run(18, "ScatterElements",
                List.of(ROWS, whole(dims(2, 1), -1, 0), updates), number("axis", 1)));
        assertArray(dims(2, 3), of(1, 20, 3, 10, 5, 6), run(18, "ScatterElements",
                List.of(ROWS, whole(dims(1, 2), 1, 0), floats(dims(1, 2), 10, 20))));
        refused("takes shape 1, wanted 2 axes", () -> run(18, "ScatterElements",
                List.of(ROWS, list(0), floats(dims(1), 1))));
        refused("writes 1 elements in place of 2", () -> run(18, "ScatterElements",
                List.of(ROWS, whole(dims(2, 1), 0, 0), floats(dims(1, 1), 1)), number("axis", 1)));
        assertArray(dims(2, 3), of(1, 2, 10, 4, 20, 6), run(18, "ScatterND",
                List.of(ROWS, whole(dims(2, 2), 0, 2, 1, 1), floats(dims(2), 10, 20))));
        assertArray(dims(2, 3), of(1, 2, 3, 7, 8, 9), run(18, "ScatterND",
                List.of(ROWS, whole(dims(1, 1), 1), floats(dims(1, 3), 7, 8, 9))));
        assertArray(dims(2, 3), of(7, 8, 9, 1, 2, 3), run(18, "ScatterND",
                List.of(ROWS, whole(dims(2, 1), 1, 0), floats(dims(2, 3), 1, 2, 3, 7, 8, 9))));
        refused("writes 2 elements in place of 3", () -> run(18, "ScatterND",
                List.of(ROWS, whole(dims(1, 1), 1), floats(dims(1, 2), 7, 8))));
        for (String operator : List.of("ScatterND", "ScatterElements")) {
            refused("reductions are not supported", () -> run(18, operator,
                    List.of(ROWS, whole(dims(1, 1), 0), floats(dims(1, 1), 1)), text("reduction", "add")));
        }
    }

    @Test
    void arraysAreRepeated() {
        assertArray(dims(2, 2, 1), of(1, 2, 1, 2),
                run(13, "Expand", List.of(floats(dims(2, 1), 1, 2), list(2, 1, 1))));
        assertArray(dims(2, 3), of(1, 1, 1, 2, 2, 2), run(13, "Expand", List.of(floats(dims(2, 1), 1, 2), list(3))));
        assertArray(dims(2, 6), of(1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6), run(13, "Tile", List.of(ROWS, list(1, 2))));
        assertArray(dims(4, 3), of(1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6), run(13, "Tile", List.of(ROWS, list(2, 1))));
        assertArray(dims(0, 3), of(), run(13, "Tile", List.of(ROWS, list(0, 1))));
        refused("repeats -1 times", () -> run(13, "Tile", List.of(ROWS, list(1, -1))));
        refused("wanted 1 axes", () -> run(13, "Tile", List.of(ROWS, list(2))));
    }

    private static ConstantArray ranged(double start, double end, double step) {
        return run(13, "Range", List.of(whole(dims(), start), whole(dims(), end), whole(dims(), step)));
    }

    @Test
    void rangesEndBeforeTheirLimit() {
        assertArray(dims(3), of(1, 3, 5), ranged(1, 6, 2));
        assertArray(dims(3), of(1, 3, 5), ranged(1, 7, 2));
        assertArray(dims(2), of(5, 3), ranged(5, 1, -2));
        assertArray(dims(0), of(), ranged(5, 1, 2));
        refused("makes a range", () -> ranged(0, 1, 0));
        refused("makes a range", () -> ranged(0, Integer.MAX_VALUE, 1));
    }

    /** Constants of 2^28 elements are refused before they take 2 GB, whichever operator asks for them. */
    @Test
    void growthIsLimited() {
        String said = "the graph computes with constants of 268435456 elements";
        ConstantArray row = floats(dims(1, 1 << 16), new double[1 << 16]);
        refused(said, () -> run(13, "Expand", List.of(row, list(1 << 12, 1))));
        refused(said, () -> run(13, "Tile", List.of(row, list(1 << 12, 1))));
        refused(said, () -> run(13, "Tile", List.of(row, list(1, 1 << 12))));
        refused(said, () -> run(13, "Gather", List.of(row, list(new double[1 << 12]))));
        refused(said, () -> run(13, "GatherND", List.of(row, whole(dims(1 << 12, 1), new double[1 << 12]))));
        refused(said, () -> ranged(0, 1 << 28, 1));
        refused(said, () -> run(13, "Pad", List.of(row, list((1 << 12) - 1, 0, 0, 0))));
        refused(said, () -> run(13, "Add", List.of(row, floats(dims(1 << 12, 1), new double[1 << 12]))));
        refused("the graph computes with constants of 805306368 elements", () -> run(16, "Where",
                List.of(row, floats(dims(1 << 12, 1), new double[1 << 12]), row)));
    }

    @Test
    void trianglesAreCutAlongADiagonal() {
        assertArray(dims(2, 3), of(1, 2, 3, 0, 5, 6), run(14, "Trilu", List.of(ROWS)));
        assertArray(dims(2, 3), of(1, 0, 0, 4, 5, 0), run(14, "Trilu", List.of(ROWS), number("upper", 0)));
        assertArray(dims(2, 3), of(0, 2, 3, 0, 0, 6), run(14, "Trilu", List.of(ROWS, whole(dims(), 1))));
        assertArray(dims(2, 3), of(1, 2, 0, 4, 5, 6), run(14, "Trilu", List.of(ROWS, whole(dims(), 1)),
                number("upper", 0)));
        assertArray(dims(2, 2, 2), of(0, 1, 0, 3, 4, 5, 0, 7), run(14, "Trilu", List.of(CUBE)));
        refused("takes shape 2", () -> run(14, "Trilu", List.of(list(1, 2))));
    }

    @Test
    void sumsRunAlongAnAxis() {
        assertArray(dims(2, 3), of(1, 3, 6, 4, 9, 15), run(14, "CumSum", List.of(ROWS, whole(dims(), 1))));
        assertArray(dims(2, 3), of(1, 2, 3, 5, 7, 9), run(14, "CumSum", List.of(ROWS, whole(dims(), -2))));
        assertArray(dims(2, 2, 2), of(0, 1, 2, 4, 4, 5, 10, 12), run(14, "CumSum", List.of(CUBE, whole(dims(), 1))));
        for (String option : List.of("exclusive", "reverse")) {
            refused("not supported", () -> run(14, "CumSum", List.of(ROWS, whole(dims(), 1)), number(option, 1)));
        }
    }

    @Test
    void positionsOfNonzerosAreFound() {
        assertArray(dims(2, 3), of(0, 1, 1, 1, 0, 2),
                run(13, "NonZero", List.of(floats(dims(2, 3), 0, 5, 0, -1, 0, 2))));
        assertArray(dims(2, 1), of(0, 1), run(13, "NonZero", List.of(floats(dims(1, 2), 0, 5))));
        assertArray(dims(1, 0), of(), run(13, "NonZero", List.of(floats(dims(2), 0, 0))));
    }

    @Test
    void constantsArePaddedAndCropped() {
        assertArray(dims(3, 5), of(0, 0, 0, 0, 0, 0, 1, 2, 3, 0, 0, 4, 5, 6, 0),
                run(13, "Pad", List.of(ROWS, list(1, 1, 0, 1))));
        assertArray(dims(3, 3), of(1, 2, 3, 4, 5, 6, 9, 9, 9),
                run(13, "Pad", List.of(ROWS, list(0, 0, 1, 0), floats(dims(), 9))));
        assertArray(dims(2, 2), of(2, 3, 5, 6), run(13, "Pad", List.of(ROWS, list(0, -1, 0, 0))));
        assertArray(dims(2, 1, 2), of(2, 3, 6, 7), run(13, "Pad", List.of(CUBE, list(0, -1, 0, 0, 0, 0))));
        assertArray(dims(2, 3, 2), of(0, 1, 2, 3, 0, 0, 4, 5, 6, 7, 0, 0),
                run(18, "Pad", Arrays.asList(CUBE, list(0, 1), null, list(1))));
        assertArray(dims(2, 4), of(0, 1, 2, 3, 0, 4, 5, 6), run(10, "Pad", List.of(ROWS), ints("pads", 0, 1, 0, 0)));
        refused("pads a constant by copies of its edge",
                () -> run(13, "Pad", List.of(ROWS, list(0, 1, 0, 0)), text("mode", "edge")));
        refused("pads [1, 1] do not fit 2 axes", () -> run(13, "Pad", List.of(ROWS, list(1, 1))));
        assertEquals(2, run(13, "Pad", List.of(ROWS, list(0, 0, 0, 0))).rank());
    }
}
