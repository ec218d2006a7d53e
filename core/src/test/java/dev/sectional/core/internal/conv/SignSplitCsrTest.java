package dev.sectional.core.internal.conv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SignSplitCsrTest {
    private static float[] random(Random random, int count, int oneIn) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            float zero = random.nextBoolean() ? 0f : -0f;
            values[i] = random.nextInt(oneIn) == 0 ? (float) random.nextGaussian() : zero;
        }
        return values;
    }

    /** The dense form of {@link SignSplitCsr#ofColumns}: a row for each sign of each column. */
    private static float[] signsOfColumns(float[] q, int rows, int columns) {
        float[] split = new float[2 * columns * rows];
        for (int i = 0; i < q.length; i++) {
            split[(2 * (i % columns) + (q[i] < 0 ? 1 : 0)) * rows + i / columns] = Math.abs(q[i]);
        }
        return split;
    }

    /** The dense form of {@link SignSplitCsr#ofRows} with separate signs: a column for each sign of each column. */
    private static float[] signsOfRows(float[] q) {
        float[] split = new float[2 * q.length];
        for (int i = 0; i < q.length; i++) {
            split[2 * i + (q[i] < 0 ? 1 : 0)] = q[i];
        }
        return split;
    }

    private static void check(String what, float[] a, int rows, float[] b, int width, float[] y) {
        FloatSums.product(a, b, rows, a.length / rows, width).require(what, Tensor.of(Shape.of(rows, width), y));
    }

    @Property(tries = 100)
    void productsAgreeWithPlainLoops(@ForAll long seed, @ForAll @IntRange(min = 1, max = 300) int rows,
                                     @ForAll @IntRange(min = 1, max = 70) int columns,
                                     @ForAll @IntRange(min = 1, max = 300) int width,
                                     @ForAll @IntRange(min = 1, max = 8) int oneIn) {
        Random random = new Random(seed);
        float[] q = random(random, rows * columns, oneIn);
        String what = rows + " x " + columns + " by " + width + ", one in " + oneIn;
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            Execution execution = Execution.of(engine);
            float[] b = random(random, rows * width, 1);
            float[] y = new float[2 * columns * width];
            SignSplitCsr.ofColumns(execution, q, rows, columns).multiply(b, width, y);
            check("columns of " + what, signsOfColumns(q, rows, columns), 2 * columns, b, width, y);

            float[] twice = random(random, 2 * columns * width, 1);
            float[] z = new float[rows * width];
            SignSplitCsr.ofRows(execution, q, rows, columns, true).multiply(twice, width, z);
            check("rows with separate signs of " + what, signsOfRows(q), rows, twice, width, z);

            float[] once = random(random, columns * width, 1);
            SignSplitCsr.ofRows(execution, q, rows, columns, false).multiply(once, width, z);
            check("rows of " + what, q, rows, once, width, z);
        }
    }

    @Property(tries = 50)
    void aSymmetricProductAgreesWithPlainLoops(@ForAll long seed, @ForAll @IntRange(min = 1, max = 300) int rows,
                                               @ForAll @IntRange(min = 1, max = 40) int columns) {
        float[] q = random(new Random(seed), rows * columns, 2);
        float[] transposed = new float[q.length];
        for (int i = 0; i < q.length; i++) {
            transposed[i % columns * rows + i / columns] = q[i];
        }
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            float[] y = new float[rows * rows];
            SignSplitCsr.ofRows(Execution.of(engine), q, rows, columns, false).multiplySymmetric(transposed, y);
            check(rows + " rows of " + columns, q, rows, transposed, rows, y);
        }
    }

    @Property(tries = 50)
    void dividesNonzeros(@ForAll long seed, @ForAll @IntRange(min = 1, max = 200) int rows,
                         @ForAll @IntRange(min = 1, max = 40) int columns) {
        Random random = new Random(seed);
        float[] q = random(random, rows * columns, 3);
        float[] z = random(random, 2 * columns * rows, 2);
        float[] split = signsOfColumns(q, rows, columns);
        float[] expected = new float[z.length];
        double dead = 0;
        double absolutes = 0;
        for (int i = 0; i < z.length; i++) {
            expected[i] = split[i] != 0 && z[i] != 0 ? split[i] / z[i] : 0f;
            dead += z[i] == 0 ? i / rows % 2 == 0 ? split[i] : -split[i] : 0;
            absolutes += split[i];
        }
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            double got = SignSplitCsr.ofColumns(Execution.of(engine), q, rows, columns).divide(z, rows);
            assertEquals(dead, got, q.length * Math.ulp(1.0) * absolutes);
            assertArrayEquals(expected, z);
        }
    }

    @Test
    void doesNotHideNaN() {
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            SignSplitCsr csr = SignSplitCsr.ofColumns(Execution.of(engine), new float[] {Float.NaN, 0, -1, 2}, 2, 2);
            float[] y = new float[4];
            csr.multiply(new float[] {1, 1}, 1, y);
            assertArrayEquals(new float[] {Float.NaN, 1, 2, 0}, y);
        }
    }

    @Test
    void bitsDoNotDependOnThreads() {
        Random random = new Random(1);
        float[] q = random(random, 300 * 150, 3);
        float[] b = random(random, 300 * 150, 1);
        float[] first = null;
        for (int threads : new int[] {1, 2, 3, 8}) {
            try (Engine engine = Engine.open(Provider.configured(), threads)) {
                float[] y = new float[2 * 150 * 150];
                SignSplitCsr.ofColumns(Execution.of(engine), q, 300, 150).multiply(b, 150, y);
                first = first == null ? y : first;
                assertArrayEquals(first, y);
            }
        }
    }
}
