package dev.sectional.core.internal.conv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.kernel.Kernels;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GemmTest {
    /** Below, at, a multiple of, and above the size of a tile, a pass and a task. */
    private static int[] around(int size) {
        return new int[] {1, size - 1, size, size + 1, 3 * size, 3 * size + 2};
    }

    @Test
    void agreesWithPlainLoopsAroundTheTile() {
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            for (int rows : around(Execution.of(engine).kernels().mr())) {
                for (int columns : around(Execution.of(engine).kernels().nr())) {
                    for (int depth : new int[] {1, 2, 7, 64}) {
                        check(engine, rows, depth, columns);
                    }
                }
            }
        }
    }

    @Test
    void agreesWithPlainLoopsAroundThePassAndTheTask() {
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            for (int depth : new int[] {255, 256, 257, 512, 700}) {
                check(engine, 119, depth, 33);
                check(engine, 121, depth, 130);
                check(engine, 250, depth, 5);
            }
        }
    }

    private static void check(Engine engine, int rows, int depth, int columns) {
        Tensor a = Loops.random(rows, Shape.of(rows, depth));
        Tensor b = Loops.random(columns, Shape.of(depth, columns));
        Tensor c = Gemm.multiply(Execution.of(engine), a, PackedMatrix.of(Execution.of(engine), b.data(), depth, columns));
        Loops.requireClose(rows + "x" + depth + "x" + columns, Loops.product(a.data(), b.data(), rows, depth, columns),
                c.data(), 1e-5);
    }

    @Test
    void bitsDoNotDependOnThreadsOrHeat() {
        Tensor a = Loops.random(1, Shape.of(333, 600));
        Tensor b = Loops.random(2, Shape.of(600, 150));
        float[] first = null;
        for (int threads : new int[] {1, 2, 3, 8}) {
            try (Engine engine = Engine.open(Provider.configured(), threads)) {
                for (int repeat = 0; repeat < 20; repeat++) {
                    float[] c = Gemm.multiply(Execution.of(engine), a, PackedMatrix.of(Execution.of(engine), b.data(), 600, 150)).data();
                    first = first == null ? c : first;
                    assertArrayEquals(first, c, threads + " threads, repeat " + repeat);
                }
            }
        }
    }

    @Test
    void elementwiseKernelsAndDot() {
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            for (int count : new int[] {0, 1, 7, 8, 15, 16, 17, 63, 64, 65, 200}) {
                float[] x = Loops.random(3, Shape.of(count + 5)).data();
                float[] y = Loops.random(4, Shape.of(count + 9)).data();
                double dot = IntStream.range(0, count).mapToDouble(i -> (double) x[3 + i] * y[2 + i]).sum();
                Loops.requireClose("dot of " + count, new double[] {dot, 20}, new float[] {Execution.of(engine).kernels().dot(x, 3, y, 2, count), 20}, 1e-6);
                float[] sum = y.clone();
                Execution.of(engine).kernels().addScaled(0.5f, x, 3, sum, 2, count);
                double[] wanted = IntStream.range(0, y.length)
                        .mapToDouble(i -> i >= 2 && i < 2 + count ? y[i] + 0.5 * x[i + 1] : y[i]).toArray();
                Loops.requireClose("addScaled of " + count, wanted, sum, 1e-6);
            }
            float[] ratio = new float[4];
            Execution.of(engine).kernels().divide(new float[] {1, 2, 3, 0}, new float[] {2, 0, -0f, 0}, ratio, 0, 4);
            assertArrayEquals(new float[] {0.5f, 0, 0, 0}, ratio);
        }
    }

    private interface Loop {
        void on(Kernels kernels, float[] x, int xStart, float[] y, int yStart, int count);
    }

    /** Each kernel against one value at a time: whole vectors and what is left of them give the same bits. */
    @Test
    void theBitsDoNotDependOnWhereAValueLies() {
        List<Loop> loops = List.of(Kernels::add, Kernels::multiply, Kernels::max,
                (kernels, x, xStart, y, yStart, count) -> kernels.addScaled(0.7f, x, xStart, y, yStart, count),
                (kernels, x, xStart, y, yStart, count) -> kernels.reluBackward(x, y, yStart, yStart + count),
                (kernels, x, xStart, y, yStart, count) -> kernels.combineWithAbs(0.3f, -0.7f, x, xStart, y, yStart, count));
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            float[] x = Loops.random(5, Shape.of(90)).data();
            for (Loop loop : loops) {
                for (int count = 0; count <= 70; count++) {
                    float[] together = Loops.random(6, Shape.of(90)).data();
                    float[] apart = together.clone();
                    loop.on(Execution.of(engine).kernels(), x, 7, together, 3, count);
                    for (int i = 0; i < count; i++) {
                        loop.on(Execution.of(engine).kernels(), x, 7 + i, apart, 3 + i, 1);
                    }
                    assertArrayEquals(apart, together, "loop " + loops.indexOf(loop) + ", " + count + " values");
                }
            }
        }
    }

    @Test
    void refusesShapesThatDoNotFit() {
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            PackedMatrix b = PackedMatrix.of(Execution.of(engine), new float[6], 3, 2);
            assertThrows(IllegalArgumentException.class, () -> Gemm.multiply(Execution.of(engine), Tensor.zeros(Shape.of(2, 2)), b));
        }
    }
}
