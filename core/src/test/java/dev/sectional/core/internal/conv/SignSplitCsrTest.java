package dev.sectional.core.internal.conv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.internal.exec.Execution;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SignSplitCsrTest {
    private static float[] values(Random random, int count, int oneIn) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = random.nextInt(oneIn) == 0 ? (float) random.nextGaussian() : random.nextBoolean() ? 0f : -0f;
        }
        return values;
    }

    /** The matrix whose products {@link SignSplitCsr#ofColumns} takes: a row for each sign of each column. */
    private static float[] signsOfColumns(float[] q, int rows, int columns) {
        float[] apart = new float[2 * columns * rows];
        for (int i = 0; i < q.length; i++) {
            apart[(2 * (i % columns) + (q[i] < 0 ? 1 : 0)) * rows + i / columns] = Math.abs(q[i]);
        }
        return apart;
    }

    private static float[] signsOfRows(float[] q, int rows, int columns) {
        float[] apart = new float[rows * 2 * columns];
        for (int i = 0; i < q.length; i++) {
            apart[2 * i + (q[i] < 0 ? 1 : 0)] = q[i];
        }
        return apart;
    }

    private static void check(String what, float[] a, int rows, float[] b, int width, float[] y) {
        int depth = a.length / rows;
        double[] expected = new double[rows * width];
        for (int i = 0; i < rows; i++) {
            for (int k = 0; k < depth; k++) {
                for (int j = 0; j < width; j++) {
                    expected[i * width + j] += (double) a[i * depth + k] * b[k * width + j];
                }
            }
        }
        Loops.requireClose(what, expected, y, 1e-5);
    }

    @Property(tries = 100)
    void agreesWithPlainLoops(@ForAll long seed, @ForAll @IntRange(min = 1, max = 300) int rows, @ForAll @IntRange(min = 1, max = 70) int columns,
                              @ForAll @IntRange(min = 1, max = 300) int width, @ForAll @IntRange(min = 1, max = 8) int oneIn) {
        Random random = new Random(seed);
        float[] q = values(random, rows * columns, oneIn);
        String what = rows + " x " + columns + " by " + width + ", one in " + oneIn;
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            float[] b = values(random, rows * width, 1);
            float[] y = new float[2 * columns * width];
            SignSplitCsr.ofColumns(Execution.of(engine), q, rows, columns).multiply(b, width, y);
            check("columns of " + what, signsOfColumns(q, rows, columns), 2 * columns, b, width, y);

            float[] twice = values(random, 2 * columns * width, 1);
            float[] z = new float[rows * width];
            SignSplitCsr.ofRows(Execution.of(engine), q, rows, columns, true).multiply(twice, width, z);
            check("rows apart of " + what, signsOfRows(q, rows, columns), rows, twice, width, z);

            float[] once = values(random, columns * width, 1);
            SignSplitCsr.ofRows(Execution.of(engine), q, rows, columns, false).multiply(once, width, z);
            check("rows of " + what, q, rows, once, width, z);
        }
    }

    @Property(tries = 50)
    void takesHalfOfASymmetricProduct(@ForAll long seed, @ForAll @IntRange(min = 1, max = 300) int rows, @ForAll @IntRange(min = 1, max = 40) int columns) {
        float[] q = values(new Random(seed), rows * columns, 2);
        float[] turned = new float[q.length];
        for (int i = 0; i < q.length; i++) {
            turned[i % columns * rows + i / columns] = q[i];
        }
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            float[] y = new float[rows * rows];
            SignSplitCsr.ofRows(Execution.of(engine), q, rows, columns, false).multiplySymmetric(turned, y);
            check(rows + " rows of " + columns, q, rows, turned, rows, y);
        }
    }

    @Property(tries = 50)
    void dividesWhatIsListed(@ForAll long seed, @ForAll @IntRange(min = 1, max = 200) int rows, @ForAll @IntRange(min = 1, max = 40) int columns) {
        Random random = new Random(seed);
        float[] q = values(random, rows * columns, 3);
        float[] z = values(random, 2 * columns * rows, 2);
        float[] apart = signsOfColumns(q, rows, columns);
        float[] expected = new float[z.length];
        double dead = 0;
        for (int i = 0; i < z.length; i++) {
            expected[i] = apart[i] != 0 && z[i] != 0 ? apart[i] / z[i] : 0f;
            dead += z[i] == 0 ? (i / rows % 2 == 0 ? apart[i] : -apart[i]) : 0;
        }
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            assertEquals(dead, SignSplitCsr.ofColumns(Execution.of(engine), q, rows, columns).divide(z, rows), 1e-5);
            assertArrayEquals(expected, z);
        }
    }

    @Test
    void bitsDoNotDependOnThreads() {
        Random random = new Random(1);
        float[] q = values(random, 300 * 150, 3);
        float[] b = values(random, 300 * 150, 1);
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
