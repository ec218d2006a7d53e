package dev.sectional.core.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Engine;
import dev.sectional.core.PoolingGeometry;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.Window;
import dev.sectional.core.internal.conv.FloatSums;
import dev.sectional.core.internal.conv.Loops;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TensorOpsTest {
    private static final ConvolutionGeometry STRIDED =
            new ConvolutionGeometry(new Window(3, 2, 1, 0, 1), new Window(2, 1, 0, 2, 2));
    private static final float NAN = Float.NaN;
    private static final float INFINITY = Float.POSITIVE_INFINITY;

    private static Engine engine;
    private static TensorOps ops;

    @BeforeAll
    static void open() {
        engine = Engine.open(Provider.configured(), 2);
        ops = TensorOps.of(engine);
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    @Test
    void convolutionsAgreeWithLoopsInFloat64() {
        checkConvolution(Shape.of(9, 8, 5), 7, ConvolutionGeometry.of(3, 3, 1, 1));
        checkConvolution(Shape.of(9, 8, 20), 33, STRIDED);
        checkConvolution(Shape.of(1, 1, 40), 3, ConvolutionGeometry.of(1, 1, 1, 0));
    }

    private static void checkConvolution(Shape input, int outputs, ConvolutionGeometry geometry) {
        Tensor x = Loops.random(1, input);
        Shape kernel = Shape.of(geometry.rows().size(), geometry.columns().size(), input.dim(2), outputs);
        Tensor filters = Loops.random(2, kernel);
        Shape output = geometry.outputShape(input, outputs);
        Tensor g = Loops.random(3, output);
        FloatSums y = new FloatSums(output);
        FloatSums ofInput = new FloatSums(input);
        FloatSums ofFilters = new FloatSums(filters.shape());
        Loops.convolve(geometry, input, filters.shape(), output, (i, f, o) -> {
            y.add(o, x.data()[i], filters.data()[f]);
            ofInput.add(i, g.data()[o], filters.data()[f]);
            ofFilters.add(f, x.data()[i], g.data()[o]);
        });
        y.require("convolution, " + geometry, ops.convolution(x, filters, geometry));
        ofInput.require("input gradient, " + geometry, ops.convolutionInputGradient(g, filters, geometry, input));
        ofFilters.require("filter gradient, " + geometry, ops.convolutionFilterGradient(x, g, geometry));
    }

    @Test
    void productsWithMatricesAgreeWithLoopsInFloat64() {
        for (int rows : new int[] {1, 8, 31, 300}) {
            int columns = rows == 31 ? 9000 : 600;
            Tensor matrix = Loops.random(rows, Shape.of(rows, columns));
            Tensor x = Loops.random(1, Shape.of(columns));
            Tensor s = Loops.random(2, Shape.of(rows));
            s.data()[0] = rows > 1 ? 0 : s.data()[0];
            FloatSums y = new FloatSums(s.shape());
            FloatSums z = new FloatSums(x.shape());
            for (int i = 0; i < rows * columns; i++) {
                y.add(i / columns, matrix.data()[i], x.data()[i % columns]);
                z.add(i % columns, matrix.data()[i], s.data()[i / columns]);
            }
            y.require(rows + " rows", ops.linear(matrix, x));
            z.require(rows + " rows, transposed", ops.linearTransposed(matrix, s));
        }
    }

    @Test
    void partsBySignKeepZerosInfinitiesAndNaN() {
        Tensor x = vector(-2, -0f, 0, 3, INFINITY, -INFINITY, NAN);
        requireElements(ops.positivePart(x), 0, 0, 0, 3, INFINITY, 0, NAN);
        requireElements(ops.negativePart(x), -2, 0, 0, 0, 0, -INFINITY, NAN);
        requireElements(ops.absolute(x), 2, 0, 0, 3, INFINITY, INFINITY, NAN);
    }

    @Test
    void elementwiseArithmetic() {
        Tensor a = vector(1, -2, 3, 0);
        Tensor b = vector(4, 0.5f, -6, 8);
        requireElements(ops.sum(a, b), 5, -1.5f, -3, 8);
        requireElements(ops.product(a, b), 4, -1, -18, 0);
        requireElements(ops.scaled(-2, a), -2, 4, -6, 0);
    }

    @Test
    void aRatioIsZeroWhereTheDenominatorIsZero() {
        Tensor a = vector(1, 1, -1, 0, NAN, 6, 1);
        Tensor b = vector(0, -0f, 0, 0, 0, -3, NAN);
        requireElements(ops.ratio(a, b), 0, 0, 0, 0, 0, -2, NAN);
        requireElements(ops.ratio(a, b, 0), 0, 0, 0, 0, 0, -2, NAN);
    }

    @Test
    void theStabiliserHasTheSignOfTheDenominator() {
        requireElements(ops.ratio(vector(3, 3, 3, 3, 0), vector(1, -1, 0, -0f, 0), 0.5), 2, -2, 6, 6, 0);
        for (double epsilon : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThrows(IllegalArgumentException.class, () -> ops.ratio(vector(1), vector(1), epsilon));
        }
    }

    @Test
    void maxPoolingAndItsScatterAgreeWithAnExampleByHand() {
        Tensor x = Tensor.of(Shape.of(2, 4, 1), 1, 5, 5, 0, 2, 5, 3, 0);
        PoolingGeometry disjoint = PoolingGeometry.of(2, 2, 0, false);
        requireElements(ops.maxPooling(x, disjoint), 5, 5);
        requireElements(ops.scatterToMaxima(Tensor.of(Shape.of(1, 2, 1), 7, -9), x, disjoint), 0, 7, -9, 0, 0, 0, 0, 0);
        PoolingGeometry overlapping = PoolingGeometry.of(2, 1, 0, false);
        Tensor values = Tensor.of(Shape.of(1, 3, 1), 1, 2, 4);
        requireElements(ops.scatterToMaxima(values, x, overlapping), 0, 3, 4, 0, 0, 0, 0, 0);
    }

    @Test
    void sumsByChannelAndWhole() {
        Tensor x = Loops.random(1, Shape.of(70, 60, 17));
        double[] byChannel = new double[17];
        double[] byPosition = new double[70 * 60];
        double all = 0;
        for (int i = 0; i < x.data().length; i++) {
            byChannel[i % 17] += x.data()[i];
            byPosition[i / 17] += x.data()[i];
            all += x.data()[i];
        }
        double rounding = Math.ulp(1.0) * x.data().length * x.sumOfAbsolutes();
        assertEquals(all, ops.sum(x), rounding);
        assertArrayEquals(byChannel, ops.channelSums(x), rounding);
        Tensor positions = ops.sumOverChannels(x);
        assertEquals(Shape.of(70, 60), positions.shape());
        for (int i = 0; i < byPosition.length; i++) {
            assertEquals(byPosition[i], positions.data()[i], Math.ulp((float) byPosition[i]) + rounding);
        }
    }

    /**
     * Results belong to the caller: a later call of the same shape neither returns nor overwrites them, and arguments
     * stay unchanged.
     */
    @Test
    void resultsAreNewTensors() {
        Tensor x = Loops.random(1, Shape.of(6, 6, 4));
        Tensor filters = Loops.random(2, Shape.of(3, 3, 4, 4));
        ConvolutionGeometry padded = ConvolutionGeometry.of(3, 3, 1, 1);
        PoolingGeometry pooling = PoolingGeometry.of(3, 1, 1, false);
        checkOwnership(x, () -> ops.convolution(x, filters, padded));
        checkOwnership(x, () -> ops.convolutionInputGradient(x, filters, padded, x.shape()));
        checkOwnership(x, () -> ops.convolutionFilterGradient(x, x, padded));
        checkOwnership(x, () -> ops.maxPooling(x, pooling));
        checkOwnership(x, () -> ops.scatterToMaxima(x, x, pooling));
        checkOwnership(x, () -> ops.positivePart(x));
        checkOwnership(x, () -> ops.product(x, x));
        checkOwnership(x, () -> ops.ratio(x, x));
    }

    private static void checkOwnership(Tensor argument, Supplier<Tensor> operation) {
        float[] before = argument.data().clone();
        Tensor first = operation.get();
        float[] elements = first.data().clone();
        Tensor second = operation.get();
        assertNotSame(first.data(), second.data());
        assertNotSame(argument.data(), first.data());
        assertArrayEquals(elements, first.data());
        assertArrayEquals(elements, second.data());
        assertArrayEquals(before, argument.data());
    }

    @Test
    void refusesShapesThatDoNotFitAndSaysWhatItWantedAndGot() {
        Tensor x = Tensor.zeros(Shape.of(5, 5, 2));
        Tensor filters = Tensor.zeros(Shape.of(3, 3, 2, 4));
        ConvolutionGeometry valid = ConvolutionGeometry.of(3, 3, 1, 0);
        requireRefusal("5x5x2", "1x9x2x4", () -> ops.convolution(x, Tensor.zeros(Shape.of(1, 9, 2, 4)), valid));
        requireRefusal("5x5", "feature map", () -> ops.convolution(Tensor.zeros(Shape.of(5, 5)), filters, valid));
        Tensor wrong = Tensor.zeros(Shape.of(4, 3, 4));
        requireRefusal("3x3x4", "4x3x4", () -> ops.convolutionInputGradient(wrong, filters, valid, x.shape()));
        requireRefusal("3x3x4", "4x3x4", () -> ops.convolutionFilterGradient(x, wrong, valid));
        requireRefusal("matrix", "5x5x2", () -> ops.linear(x, vector(1)));
        requireRefusal("3", "1", () -> ops.linear(Tensor.zeros(Shape.of(2, 3)), vector(1)));
        requireRefusal("2", "3", () -> ops.linearTransposed(Tensor.zeros(Shape.of(2, 3)), vector(1, 2, 3)));
        requireRefusal("5x5x2", "3x3x2x4", () -> ops.sum(x, filters));
        requireRefusal("5x5x2", "3x3x2x4", () -> ops.product(x, filters));
        requireRefusal("5x5x2", "3x3x2x4", () -> ops.ratio(x, filters));
        requireRefusal("feature map", "3x3x2x4", () -> ops.maxPooling(filters, PoolingGeometry.of(2, 2, 0, false)));
        requireRefusal("2x2x2", "5x5x2", () -> ops.scatterToMaxima(x, x, PoolingGeometry.of(2, 2, 0, false)));
        requireRefusal("feature map", "3x3x2x4", () -> ops.channelSums(filters));
        requireRefusal("feature map", "3x3x2x4", () -> ops.sumOverChannels(filters));
    }

    private static void requireRefusal(String wanted, String got, Supplier<?> operation) {
        String message = assertThrows(IllegalArgumentException.class, operation::get).getMessage();
        assertTrue(message.contains(wanted) && message.contains(got), message);
    }

    private static Tensor vector(float... elements) {
        return Tensor.of(Shape.of(elements.length), elements);
    }

    /** Compares elements, 0 and -0 being equal. */
    private static void requireElements(Tensor got, float... wanted) {
        assertEquals(wanted.length, got.data().length);
        for (int i = 0; i < wanted.length; i++) {
            assertEquals(wanted[i] + 0f, got.data()[i] + 0f, "element " + i);
        }
    }
}
