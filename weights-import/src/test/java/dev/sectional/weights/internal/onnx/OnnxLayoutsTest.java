package dev.sectional.weights.internal.onnx;

import static dev.sectional.weights.internal.onnx.ConstantRunner.number;
import static dev.sectional.weights.internal.onnx.ModelBuilder.ints;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.nn.Network;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Values that graphs reshape, transpose, join and combine: computed from the image they are what the same nodes give on
 * constants, however they lie in memory.
 */
class OnnxLayoutsTest {
    private static final int[][] SHAPES = {{1, 4, 3, 4}, {1, 12, 4}, {1, 3, 16}, {1, 2, 2, 3, 4}, {1, 48}, {4, 12},
        {3, 4, 4}, {48}, {6, 8}, {1, 8, 6}, {1, 3, 4, 4}, {2, 24}, {1, 16, 1, 3}, {1, 1, 6, 8}, {2, 1, 24}};
    private static Engine engine;

    @BeforeAll
    static void open() {
        engine = Engine.open(Provider.SCALAR, 1);
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    /** A graph that grows by one random node at a time; each value has 48 elements. */
    private static final class Growing {
        private final Random random;
        private final GraphRunner graph;
        private final List<int[]> dims = new ArrayList<>();
        private int constants;

        Growing(Random random) {
            this.random = random;
            int[] first = SHAPES[random.nextInt(2) * random.nextInt(SHAPES.length)];
            first = first[0] == 1 ? first : SHAPES[0];
            graph = GraphRunner.of(first);
            dims.add(first);
        }

        private static String name(int i) {
            return i == 0 ? "x" : "v" + i;
        }

        private String whole(int... values) {
            String name = "c" + constants++;
            graph.whole(name, Arrays.stream(values).asDoubleStream().toArray());
            return name;
        }

        private String floats(int... shape) {
            String name = "c" + constants++;
            int size = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
            graph.floats(name, shape, IntStream.range(0, size).mapToDouble(i -> GraphRunner.element(i) / 4 + 1)
                    .toArray());
            return name;
        }

        private static int[] swapped(int rank, Random random) {
            List<Integer> order = new ArrayList<>(IntStream.range(0, rank).boxed().toList());
            Collections.shuffle(order, random);
            return order.stream().mapToInt(i -> i).toArray();
        }

        private void reshape(String from, String to) {
            int[] wanted = SHAPES[random.nextInt(SHAPES.length)];
            graph.node("Reshape", from + " " + whole(wanted), to);
            dims.add(wanted);
        }

        private void transpose(String from, String to, int[] own) {
            int[] order = swapped(own.length, random);
            graph.node("Transpose", from, to, ints("perm", Arrays.stream(order).asLongStream().toArray()));
            dims.add(Arrays.stream(order).map(i -> own[i]).toArray());
        }

        /** Combines a value with a constant, or with another value of the same shape. */
        private void combine(String from, String to, int[] own) {
            int[] same = IntStream.range(0, dims.size()).filter(i -> Arrays.equals(dims.get(i), own)).toArray();
            String kind = List.of("Add", "Sub", "Max").get(random.nextInt(3));
            String other = name(same[random.nextInt(same.length)]);
            if (random.nextBoolean()) {
                int[] shape = Arrays.copyOfRange(own, random.nextInt(own.length), own.length);
                for (int i = 0; i < shape.length; i++) {
                    shape[i] = random.nextInt(3) == 0 ? 1 : shape[i];
                }
                other = floats(shape);
                kind = random.nextInt(3) == 0 ? "Mul" : kind;
            }
            graph.node(kind, random.nextInt(3) == 0 ? other + " " + from : from + " " + other, to);
            dims.add(own);
        }

        /** Doubles an axis and takes one half, or every other element. */
        private void join(String from, String to, int[] own) {
            int axis = random.nextInt(own.length);
            int start = random.nextInt(2);
            graph.node("Concat", from + " " + from, to + "j", number("axis", axis));
            if (random.nextBoolean()) {
                graph.node("Slice", to + "j " + whole(start) + " " + whole(2 * own[axis]) + " " + whole(axis) + " "
                        + whole(2), to);
            } else {
                graph.node("Slice", to + "j " + whole(start * own[axis] / 2) + " " + whole(start * own[axis] / 2
                        + own[axis]) + " " + whole(axis), to);
            }
            dims.add(own);
        }

        private void spread(String from, String to, int[] own) {
            int axis = random.nextInt(own.length);
            graph.node("ReduceMean", from + " " + whole(axis), to + "m");
            graph.node(random.nextBoolean() ? "Add" : "Sub", from + " " + to + "m", to);
            dims.add(own);
        }

        private void multiply(String from, String to, int[] own) {
            if (own.length < 2) {
                graph.node("Neg", from, to);
            } else {
                int columns = own[own.length - 1];
                graph.node("MatMul", from + " " + floats(columns, columns), to + "p");
                graph.node("Tanh", to + "p", to);
            }
            dims.add(own);
        }

        void grow() {
            int at = random.nextInt(3) == 0 ? random.nextInt(dims.size()) : dims.size() - 1;
            int[] own = dims.get(at);
            String from = name(at);
            String to = name(dims.size());
            switch (random.nextInt(8)) {
                case 0, 1 -> reshape(from, to);
                case 2, 3 -> transpose(from, to, own);
                case 4 -> combine(from, to, own);
                case 5 -> join(from, to, own);
                case 6 -> spread(from, to, own);
                default -> multiply(from, to, own);
            }
        }

        GraphRunner ended() {
            return graph.node("Identity", name(dims.size() - 1), "y");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void graphsOfTheImageGiveWhatGraphsOfConstantsGive(int seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 12; i++) {
            Growing graph = new Growing(random);
            int nodes = 2 + random.nextInt(7);
            for (int k = 0; k < nodes; k++) {
                graph.grow();
            }
            graph.ended().assertSame(engine);
        }
    }

    private static GraphRunner map() {
        return GraphRunner.of(1, 4, 3, 2);
    }

    /** Pairs of moves that undo each other leave no node behind. */
    @Test
    void movesThatUndoEachOtherLeaveNothing() {
        GraphRunner twice = map().node("Transpose", "x", "t", ints("perm", 0, 2, 3, 1))
                .node("Transpose", "t", "y", ints("perm", 0, 3, 1, 2)).run();
        assertEquals("", twice.kinds());
        assertEquals(Network.IMAGE, twice.result().end());
        assertEquals("Neg, Abs", map().node("Transpose", "x", "t", ints("perm", 0, 2, 3, 1)).node("Neg", "t", "n")
                .node("Transpose", "n", "u", ints("perm", 0, 3, 1, 2)).node("Abs", "u", "y").run().kinds());
        assertEquals("Neg", map().whole("rows", 1, 4, 6).whole("map", 1, 4, 3, 2).node("Reshape", "x rows", "r")
                .node("Neg", "r", "n").node("Reshape", "n map", "y").run().kinds());
        assertEquals("Reshape, Linear, Reshape", map().whole("rows", 1, 4, 6).whole("map", 1, 2, 3, 4)
                .floats("w", new int[] {4, 4}, new double[16]).node("Reshape", "x rows", "r")
                .node("Transpose", "r", "t", ints("perm", 0, 2, 1)).node("MatMul", "t w", "m")
                .node("Transpose", "m", "u", ints("perm", 0, 2, 1)).whole("back", 1, 4, 3, 2)
                .node("Reshape", "u back", "y").run().kinds(), "channels are last already");
    }

    /** Two readers of a value in the same order share the node that arranges it. */
    @Test
    void arrangementsAreMadeOnce() {
        GraphRunner shared = map().whole("row", 1, 24).floats("w", new int[] {24, 2}, new double[48])
                .floats("v", new int[] {24, 2}, new double[48]).node("Reshape", "x row", "r")
                .node("MatMul", "r w", "a").node("MatMul", "r v", "b").node("Sub", "a b", "y").run();
        assertEquals("Flatten, Linear, Linear, Subtract", shared.kinds());
        GraphRunner rows = map().whole("s", 1, 12, 2).floats("w", new int[] {2, 2}, new double[4])
                .node("Reshape", "x s", "r").node("MatMul", "r w", "a").node("MatMul", "r w", "b")
                .node("Sub", "a b", "y").run();
        assertEquals(1, rows.nodes().stream().filter(each -> each.kind().equals("Permute")).count(), rows.kinds());
    }

    /** A value that was rearranged and is asked for as it was before is the value before. */
    @Test
    void arrangementsAreUndone() {
        for (int[] shape : new int[][] {{1, 4, 3, 2}, {1, 4, 6, 1}, {1, 4, 1, 6}}) {
            GraphRunner back = GraphRunner.of(shape).whole("rows", 1, 8, 3).whole("none", 0, 0, 0, 0, 0, 0)
                    .whole("map", shape[0], shape[1], shape[2], shape[3]).node("Reshape", "x rows", "r")
                    .node("Pad", "r none", "p").node("Reshape", "p map", "y");
            back.assertSame(engine);
            assertEquals("", back.kinds());
        }
        GraphRunner blocks = GraphRunner.of(1, 6, 4).whole("s", 1, 2, 3, 4).whole("t", 1, 6, 4).whole("u", 1, 8, 3)
                .whole("none", 0, 0, 0, 0, 0, 0).node("Reshape", "x s", "r")
                .node("Transpose", "r", "a", ints("perm", 0, 2, 1, 3)).node("Reshape", "a u", "b")
                .node("Pad", "b none", "p").node("Reshape", "p t", "y");
        blocks.assertSame(engine);
        assertEquals("Reshape, Permute, Reshape, Reshape", blocks.kinds());
    }

    /** Values that are combined are stored as the largest of them is. */
    @Test
    void combinedValuesAreStoredAlike() {
        GraphRunner turned = GraphRunner.of(1, 4, 6).node("Transpose", "x", "t", ints("perm", 0, 2, 1))
                .node("Neg", "t", "n").node("Sub", "t n", "s").node("Transpose", "s", "y", ints("perm", 0, 2, 1));
        turned.assertSame(engine);
        assertEquals("Neg, Subtract", turned.kinds());
        GraphRunner smaller = GraphRunner.of(1, 4, 6).whole("z", 0).whole("o", 1).whole("two", 2)
                .node("Transpose", "x", "t", ints("perm", 0, 2, 1)).node("Neg", "t", "n")
                .node("Slice", "t z o two", "c").node("Sub", "c n", "s")
                .node("Transpose", "s", "y", ints("perm", 0, 2, 1));
        smaller.assertSame(engine);
        assertEquals("Neg, Slice, Subtract", smaller.kinds());
        GraphRunner crossed = GraphRunner.of(1, 10).whole("z", 0).whole("four", 4).whole("ten", 10).whole("one", 1)
                .whole("two", 2).node("Slice", "x z four one", "a").node("Slice", "x four ten one", "b")
                .node("Unsqueeze", "a two", "c").node("Unsqueeze", "b one", "d").node("Add", "c d", "y");
        crossed.assertSame(engine);
        GraphRunner.of(1, 1).whole("s", 1).node("Reshape", "x s", "r").node("Neg", "r", "n").node("Abs", "r", "a")
                .node("Sub", "n a", "y").assertSame(engine);
    }

    /** An axis of size 1 may be stored or not; sizes that cut across each other are rearranged. */
    @Test
    void stepsBetweenSizesThatShareNoFactor() {
        GraphRunner.of(1, 6, 4).whole("s", 1, 4, 6).whole("t", 1, 8, 3).node("Reshape", "x s", "a")
                .node("Transpose", "a", "b", ints("perm", 0, 2, 1)).node("Reshape", "b t", "c")
                .node("Transpose", "c", "y", ints("perm", 0, 2, 1)).assertSame(engine);
        GraphRunner.of(1, 6, 1, 4).whole("s", 1, 1, 4, 6).node("Transpose", "x", "a",
                ints("perm", 2, 0, 3, 1)).node("Reshape", "a s", "y").assertSame(engine);
        GraphRunner.of(1, 6).whole("s", 6, 1).whole("t", 1, 1, 6).node("Reshape", "x s", "a")
                .node("Transpose", "a", "b", ints("perm", 1, 0)).node("Reshape", "b t", "y").assertSame(engine);
        GraphRunner.of(1, 1, 1, 1).whole("s", 1).node("Reshape", "x s", "a").node("Neg", "a", "y").assertSame(engine);
    }
}
