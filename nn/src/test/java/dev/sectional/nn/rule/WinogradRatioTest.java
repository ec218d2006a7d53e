package dev.sectional.nn.rule;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.conv.PreparedFilters;
import dev.sectional.core.internal.exec.Execution;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Both products of a ratio by Winograd's filtering against float64, and the outputs that count as weak. */
class WinogradRatioTest {
    private static final int HEIGHT = 11;
    private static final int WIDTH = 10;
    private static final int CHANNELS = 16;
    private static Engine engine;

    @BeforeAll
    static void open() {
        engine = Engine.open(Provider.configured(), 2);
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    private static ConvolutionGeometry padded(int padding) {
        return ConvolutionGeometry.of(3, 3, 1, padding);
    }

    private static Tensor random(Random random, Shape shape) {
        Tensor tensor = Tensor.zeros(shape);
        for (int i = 0; i < tensor.data().length; i++) {
            tensor.data()[i] = random.nextFloat() + 0.1f;
        }
        return tensor;
    }

    /** Calls the action with output, input and weight of each product of a convolution, as indices. */
    private static void forEachProduct(Tensor x, Tensor z, int padding, int outputs, Product action) {
        for (int i = 0; i < z.data().length * 9; i++) {
            int position = i / 9 / outputs;
            int row = position / z.shape().dim(1) - padding + i % 9 / 3;
            int column = position % z.shape().dim(1) - padding + i % 9 % 3;
            for (int c = 0; c < CHANNELS && row >= 0 && column >= 0 && row < HEIGHT && column < WIDTH; c++) {
                action.at(i / 9, (row * WIDTH + column) * CHANNELS + c,
                        (i % 9 * CHANNELS + c) * outputs + i / 9 % outputs);
            }
        }
    }

    private interface Product {
        void at(int output, int input, int weight);
    }

    /**
     * Three columns of the input are a million times weaker, so that outputs that read no other are weak: a few of them
     * have relevance. Their values need the precision of their own size, which Winograd's filtering does not give.
     */
    @ParameterizedTest
    @CsvSource({"0,4", "1,4", "1,0", "1,7", "1,8"})
    void weakOutputsAreAsPreciseAsStrongOnes(int padding, int first) {
        Random random = new Random(padding);
        int outputs = 19;
        Tensor x = random(random, Shape.of(HEIGHT, WIDTH, CHANNELS));
        for (int i = 0; i < x.data().length; i++) {
            int column = i / CHANNELS % WIDTH;
            x.data()[i] *= column >= first && column < first + 3 ? 1e-6f : 1;
        }
        Tensor w = random(random, Shape.of(3, 3, CHANNELS, outputs));
        Tensor r = random(random, padded(padding).outputShape(x.shape(), outputs));
        for (int i = 0; i < r.data().length; i++) {
            int left = i / outputs % r.shape().dim(1) - padding;
            boolean weak = Math.max(0, left) >= first && Math.min(WIDTH - 1, left + 2) < first + 3;
            boolean kept = i % outputs == 18 || i % outputs == 3 && i / outputs / r.shape().dim(1) % 2 == 0;
            if (weak && !kept) {
                r.data()[i] = 0;
            }
        }
        WinogradRatio products = of(padding, x, w, r).orElseThrow();
        double[] z = new double[r.data().length];
        forEachProduct(x, r, padding, outputs, (o, i, k) -> z[o] += (double) x.data()[i] * w.data()[k]);
        Tensor s = Tensor.zeros(r.shape());
        for (int i = 0; i < z.length; i++) {
            if (r.data()[i] != 0) {
                assertEquals(z[i], products.z().data()[i], 2e-5 * z[i], "z at " + i);
                s.data()[i] = (float) (r.data()[i] / z[i]);
            }
        }
        double[] shares = new double[x.data().length];
        forEachProduct(x, r, padding, outputs, (o, i, k) -> shares[i] += (double) s.data()[o] * w.data()[k]);
        float[] before = s.data().clone();
        Tensor got = products.inputGradient(s);
        for (int i = 0; i < shares.length; i++) {
            assertEquals(shares[i], got.data()[i], 1e-4 * shares[i], "share at " + i);
        }
        assertArrayEquals(before, s.data(), "the ratios are not changed");
    }

    @Test
    void outputsOfEmptyWindowsAreZeroToTheBit() {
        Random random = new Random(3);
        Tensor x = random(random, Shape.of(HEIGHT, WIDTH, CHANNELS));
        Arrays.fill(x.data(), 0, 3 * WIDTH * CHANNELS, 0f);
        Tensor r = Tensor.zeros(Shape.of(HEIGHT, WIDTH, 5));
        r.data()[7] = 1;
        r.data()[(WIDTH + 2) * 5 + 3] = -1;
        WinogradRatio products = of(1, x, random(random, Shape.of(3, 3, CHANNELS, 5)), r).orElseThrow();
        assertEquals(0f, products.z().data()[7]);
        assertEquals(0f, products.z().data()[(WIDTH + 2) * 5 + 3]);
    }

    /**
     * The mean input below the tile suggests an output's value: a single great input at a corner of the tile's 6 x 6
     * inputs makes the output weak if it exceeds a thousandth of the mean of one window, and none outside does.
     */
    @ParameterizedTest
    @CsvSource({"0,0,1,5,9", "4,8,1,5,9", "3,3,1,6,8", "5,4,1,6,8", "4,4,0,5,7", "2,5,0,6,8", "5,7,2,6,8", "1,3,2,6,8"})
    void anOutputIsWeakBelowAThousandthOfItsTile(int row, int column, int padding, int rows, int columns) {
        Shape input = Shape.of(rows + 2 - 2 * padding, columns + 2 - 2 * padding, CHANNELS);
        int top = row / 4 * 4 - padding;
        int left = column / 4 * 4 - padding;
        int seen = 0;
        int[] offsets = {-1, 0, 2, 5, 6};   // the tile's inputs are 0 to 5
        for (int corner = 0; corner < 25; corner++) {
            int y = top + offsets[corner / 5];
            int u = left + offsets[corner % 5];
            boolean inWindow = Math.abs(y - (row - padding + 1)) <= 1 && Math.abs(u - (column - padding + 1)) <= 1;
            if (y < 0 || u < 0 || y >= input.dim(0) || u >= input.dim(1) || inWindow) {
                continue;
            }
            boolean inTile = y >= top && y < top + 6 && u >= left && u < left + 6;
            String at = "great input at " + y + ", " + u;
            int great = (y * input.dim(1) + u) * CHANNELS;
            assertEquals(inTile, isWeak(row, column, padding, input, great, 4000 * 1.3f), at);
            assertEquals(false, isWeak(row, column, padding, input, great, 4000 * 0.7f), at);
            seen++;
        }
        assertTrue(seen > 2, seen + " great inputs");
    }

    /**
     * The window of the output holds a single input of 1 in each channel, and all weights are equal. Less than 50
     * positions: a weak one is more than a fiftieth, so that the direct algorithm takes over.
     */
    private static boolean isWeak(int row, int column, int padding, Shape input, int greatIndex, float great) {
        Tensor x = Tensor.zeros(input);
        int inside = Math.min(input.dim(0) - 1, Math.max(0, row - padding + 1)) * input.dim(1)
                + Math.min(input.dim(1) - 1, Math.max(0, column - padding + 1));
        Arrays.fill(x.data(), inside * CHANNELS, (inside + 1) * CHANNELS, 1f);
        Arrays.fill(x.data(), greatIndex, greatIndex + CHANNELS, great);
        Tensor w = Tensor.zeros(Shape.of(3, 3, CHANNELS, 4));
        Arrays.fill(w.data(), 0.5f);
        Tensor r = Tensor.zeros(padded(padding).outputShape(input, 4));
        int output = row * r.shape().dim(1) + column;
        Arrays.fill(r.data(), output * 4, output * 4 + 4, 1f);
        return of(padding, x, w, r).isEmpty();
    }

    @Test
    void theRatiosOfWeakOutputsAreNotChanged() {
        Random random = new Random(5);
        Tensor x = random(random, Shape.of(HEIGHT, WIDTH, CHANNELS));
        Arrays.fill(x.data(), 0, 3 * WIDTH * CHANNELS, 0f);
        Tensor r = Tensor.zeros(Shape.of(HEIGHT, WIDTH, 1));
        Arrays.fill(r.data(), 0, 2, 1f);   // the only filter has two weak outputs
        WinogradRatio products = of(1, x, random(random, Shape.of(3, 3, CHANNELS, 1)), r).orElseThrow();
        Tensor s = Tensor.zeros(r.shape());
        Arrays.fill(s.data(), 2f);
        products.inputGradient(s);
        assertEquals(2f, s.data()[0]);
        assertEquals(2f, s.data()[1]);
    }

    @Test
    void withoutWeakOutputsTheRatiosServeAsTheyAre() {
        Random random = new Random(4);
        Tensor x = random(random, Shape.of(HEIGHT, WIDTH, CHANNELS));
        Tensor r = random(random, Shape.of(HEIGHT, WIDTH, 7));
        WinogradRatio products = of(1, x, random(random, Shape.of(3, 3, CHANNELS, 7)), r).orElseThrow();
        assertEquals(r.shape(), products.z().shape());
        assertSame(products.z(), products.z());
        assertEquals(x.shape(), products.inputGradient(r).shape());
    }

    private static Optional<WinogradRatio> of(int padding, Tensor x, Tensor w, Tensor r) {
        PreparedFilters filters = new PreparedFilters(w);
        Tensor z = WinogradRatio.forward(Execution.of(engine), padded(padding), x, filters);
        return WinogradRatio.of(engine, padded(padding), x, filters, z, r);
    }
}
