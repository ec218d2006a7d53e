package dev.sectional.core.internal.conv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class GemmTest {
    /** Sizes below, at, above, and at multiples of the size of a tile. */
    private static int[] around(int size) {
        return new int[] {1, size - 1, size, size + 1, 3 * size, 3 * size + 2};
    }

    @Test
    void agreesWithPlainLoopsAroundTheTile() {
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            Execution execution = Execution.of(engine);
            for (int rows : around(execution.kernels().mr())) {
                for (int columns : around(execution.kernels().nr())) {
                    for (int depth : new int[] {1, 2, 7, 64}) {
                        check(execution, rows, depth, columns);
                    }
                }
            }
        }
    }

    @Test
    void agreesWithPlainLoopsAroundTheBlocks() {
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            for (int depth : new int[] {255, 256, 257, 512, 700}) {
                check(Execution.of(engine), 119, depth, 33);
                check(Execution.of(engine), 121, depth, 130);
                check(Execution.of(engine), 250, depth, 5);
            }
        }
    }

    private static void check(Execution execution, int rows, int depth, int columns) {
        Tensor a = Loops.random(rows, Shape.of(rows, depth));
        Tensor b = Loops.random(columns, Shape.of(depth, columns));
        PackedMatrix packed = PackedMatrix.of(execution, b.data(), depth, columns);
        FloatSums.product(a.data(), b.data(), rows, depth, columns)
                .require(rows + "x" + depth + "x" + columns, Gemm.multiply(execution, a, packed));
    }

    @Test
    void bitsDoNotDependOnThreadsOrCompilation() {
        Tensor a = Loops.random(1, Shape.of(333, 600));
        Tensor b = Loops.random(2, Shape.of(600, 150));
        float[] first = null;
        for (int threads : new int[] {1, 2, 3, 8}) {
            try (Engine engine = Engine.open(Provider.configured(), threads)) {
                Execution execution = Execution.of(engine);
                for (int repeat = 0; repeat < 20; repeat++) {
                    PackedMatrix packed = PackedMatrix.of(execution, b.data(), 600, 150);
                    float[] c = Gemm.multiply(execution, a, packed).data();
                    first = first == null ? c : first;
                    assertArrayEquals(first, c, threads + " threads, repeat " + repeat);
                }
            }
        }
    }

    /** Few rows and few panels, whose division into tasks depends on the threads. */
    @Test
    void bitsOfSmallProductsDoNotDependOnThreads() {
        for (int[] size : new int[][] {{49, 320, 160}, {196, 64, 96}, {784, 200, 40}, {961, 70, 300}, {20, 5000, 3}}) {
            Tensor a = Loops.random(1, Shape.of(size[0], size[1]));
            Tensor b = Loops.random(2, Shape.of(size[1], size[2]));
            float[] first = null;
            for (int threads : new int[] {1, 2, 5}) {
                try (Engine engine = Engine.open(Provider.configured(), threads)) {
                    Execution execution = Execution.of(engine);
                    PackedMatrix packed = PackedMatrix.of(execution, b.data(), size[1], size[2]);
                    float[] c = Gemm.multiply(execution, a, packed).data();
                    first = first == null ? c : first;
                    assertArrayEquals(first, c, Arrays.toString(size) + ", " + threads + " threads");
                    FloatSums.product(a.data(), b.data(), size[0], size[1], size[2])
                            .require(Arrays.toString(size), Tensor.of(Shape.of(size[0], size[2]), c));
                }
            }
        }
    }

    @Test
    void tasksCoverAllRowsAndPanelsInEvenParts() {
        try (Engine engine = Engine.open(Provider.SCALAR, 1)) {
            PackedMatrix b = PackedMatrix.uninitialized(Execution.of(engine), 320, 160);
            int panels = b.panelCount();
            for (int rows : new int[] {0, 1, 7, 49, 119, 120, 121, 196, 784, 3136}) {
                for (int threads : new int[] {1, 2, 16}) {
                    GemmTasks tasks = GemmTasks.of(rows, 120, 8, true, b, threads);
                    String what = rows + " rows, " + threads + " threads: " + tasks;
                    assertEquals(0, tasks.rowsOfTask() % 8, what);
                    assertTrue(tasks.rowsOfTask() <= 120, what);
                    assertEquals((rows + tasks.rowsOfTask() - 1) / tasks.rowsOfTask(), tasks.rowParts(), what);
                    assertTrue(tasks.panelParts() >= 1 && tasks.panelParts() <= panels, what);
                    boolean shared = threads == 1 ? tasks.panelParts() == 1   // nobody to share with
                            : tasks.rowParts() * tasks.panelParts() >= 2 * threads;
                    assertTrue(rows < 49 || threads > 2 || shared, what);
                }
            }
        }
    }

    @Test
    void blocksOfRowsAreEvenWhereTheyCan() {
        for (int mr : new int[] {4, 8, 10}) {
            for (int rows = 1; rows < 4000; rows += 7) {
                for (int most : new int[] {mr, 50, 120}) {
                    int size = GemmTasks.evenRows(rows, most, mr);
                    String what = rows + " rows, at most " + most + ", mr " + mr + ": " + size;
                    assertEquals(0, size % mr, what);
                    assertTrue(size > 0 && size <= Math.max(mr, most), what);
                }
            }
        }
        assertEquals(20, GemmTasks.evenRows(196, 120, 10), "10 blocks, not 7 of 30");
        assertEquals(100, GemmTasks.evenRows(784, 120, 10), "8 blocks, not 7 of 120");
    }

    /** Pairs share factors, lie apart, and end inside tiles, MC blocks and tasks. */
    @Test
    void productsOfPairsAgreeWithPlainLoopsForAnyThreads() {
        float[][] first = new float[2][];
        for (int threads : new int[] {1, 3}) {
            try (Engine engine = Engine.open(Provider.configured(), threads)) {
                Execution execution = Execution.of(engine);
                int next = 0;
                for (boolean transposed : new boolean[] {false, true}) {
                    checkPairs(execution, 1, 64, 49, transposed);
                    checkPairs(execution, 7, 5, 3, transposed);
                    checkPairs(execution, 121, 300, 33, transposed);
                    float[] large = checkPairs(execution, 487, 17, 65, transposed);
                    first[next] = first[next] == null ? large : first[next];
                    assertArrayEquals(first[next++], large, threads + " threads");
                }
            }
        }
    }

    private static float[] checkPairs(Execution execution, int rows, int depth, int columns, boolean transposed) {
        int[] aStarts = {3, 3, rows * depth + 5};
        int[] bStarts = {depth * columns + 1, 0, depth * columns + 1};
        Tensor a = Loops.random(rows, Shape.of(2 * rows * depth + 5));
        Tensor b = Loops.random(columns, Shape.of(2 * depth * columns + 1));
        float[] c = new float[3 * rows * columns];
        Gemm.multiplyPairs(execution, a.data(), aStarts, rows, b.data(), bStarts, transposed, depth, columns, c);
        for (int pair = 0; pair < 3; pair++) {
            float[] own = Arrays.copyOfRange(a.data(), aStarts[pair], aStarts[pair] + rows * depth);
            float[] other = new float[depth * columns];
            for (int i = 0; i < other.length; i++) {
                other[i] = b.data()[bStarts[pair]
                        + (transposed ? i % columns * depth + i / columns : i)];
            }
            FloatSums.product(own, other, rows, depth, columns).require("pair " + pair + " of " + rows + "x" + depth
                    + "x" + columns, Tensor.of(Shape.of(rows, columns),
                    Arrays.copyOfRange(c, pair * rows * columns, (pair + 1) * rows * columns)));
        }
        return c;
    }

    /** Micro-kernels multiply the padding columns of the last panel, and stale subnormals there would be slow. */
    @Test
    void thePaddingOfPooledMemoryIsZero() {
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            Execution execution = Execution.of(engine);
            int nr = execution.kernels().nr();
            float[] stale = execution.acquire(3 * 2 * nr);
            Arrays.fill(stale, Float.MIN_VALUE);
            execution.release(stale);
            PackedMatrix packed = PackedMatrix.uninitialized(execution, 3, nr + 1);
            assertTrue(packed.fits(execution));
            for (int row = 0; row < 3; row++) {
                for (int column = 1; column < nr; column++) {
                    assertEquals(0f, packed.panels()[packed.panelStart(1) + row * nr + column]);
                }
            }
        }
    }

    @Test
    void refusesShapesThatDoNotFit() {
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            Execution execution = Execution.of(engine);
            PackedMatrix b = PackedMatrix.of(execution, new float[6], 3, 2);
            Tensor twoColumns = Tensor.zeros(Shape.of(2, 2));
            assertThrows(IllegalArgumentException.class, () -> Gemm.multiply(execution, twoColumns, b));
            float[] five = new float[5];
            assertThrows(IllegalArgumentException.class, () -> Gemm.multiply(execution, five, 2, b, new float[4]));
            assertThrows(IllegalArgumentException.class, () -> PackedMatrix.zeroed(execution, -1, 2));
            assertThrows(IllegalArgumentException.class, () -> PackedMatrix.zeroed(execution, 1 << 16, 1 << 16));
        }
    }
}
