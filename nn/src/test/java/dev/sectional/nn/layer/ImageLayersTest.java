package dev.sectional.nn.layer;

import static dev.sectional.nn.TestTensors.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Engine;
import dev.sectional.core.PoolingGeometry;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.Window;
import dev.sectional.nn.Float64Layers.Reference;
import dev.sectional.nn.Float64Layers;
import dev.sectional.nn.layer.Resize.Coordinates;
import dev.sectional.nn.layer.Resize.Interpolation;
import dev.sectional.nn.layer.Resize.Rounding;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Resizing, transposed convolution and padding by the size of the input, by the contract of every layer. */
class ImageLayersTest extends LayerContract {
    static Stream<Example> layers() {
        return Stream.of(resizing(), transposed(), samePadding()).flatMap(each -> each);
    }

    private static Resize resize(int rows, int columns, Interpolation interpolation, Coordinates coordinates) {
        return new Resize(rows, columns, interpolation, coordinates, Rounding.ROUND_PREFER_FLOOR, -0.75, false, 0, 0);
    }

    /** The weights of 4 outputs from 3 inputs along a side, and of 2 from 3, were computed by hand. */
    private static Stream<Example> resizing() {
        Shape map = Shape.of(3, 2, 2);
        double[][] halfPixel = {{1, 0, 0}, {0.375, 0.625, 0}, {0, 0.625, 0.375}, {0, 0, 1}};
        double[][] corners = {{1, 0, 0}, {1.0 / 3, 2.0 / 3, 0}, {0, 2.0 / 3, 1.0 / 3}, {0, 0, 1}};
        double[][] nearest = {{1, 0, 0}, {0, 1, 0}, {0, 1, 0}, {0, 0, 1}};
        double[][] same = {{1, 0}, {0, 1}};
        double[][] cubic = {cubicAt(0.25), cubicAt(1.75)};
        double[][] excluding = {excluded(0.25), excluded(1.75)};
        return Stream.of(
                new Example(resize(4, 2, Interpolation.LINEAR, Coordinates.HALF_PIXEL), weights(halfPixel, same), map,
                        Shape.of(3, 2)),
                new Example(resize(4, 2, Interpolation.LINEAR, Coordinates.ALIGN_CORNERS), weights(corners, same), map,
                        Shape.of(3)),
                new Example(resize(4, 2, Interpolation.NEAREST, Coordinates.ASYMMETRIC), weights(nearest, same), map,
                        Shape.of(3)),
                new Example(resize(2, 2, Interpolation.CUBIC, Coordinates.HALF_PIXEL), weights(cubic, same), map,
                        Shape.of(3)),
                new Example(new Resize(2, 2, Interpolation.CUBIC, Coordinates.HALF_PIXEL, Rounding.FLOOR, -0.75, true,
                        0, 0), weights(excluding, same), map, Shape.of(3)),
                new Example(new Resize(0, 0, Interpolation.LINEAR, Coordinates.ASYMMETRIC, Rounding.FLOOR, 0, false,
                        1.5, 1), weights(new double[][] {{1, 0, 0}, {1.0 / 3, 2.0 / 3, 0}, {0, 2.0 / 3, 1.0 / 3},
                            {0, 0, 1}}, same), map, Shape.of(0, 2, 2)));
    }

    /** Returns the weights of three inputs at a coordinate: Keys' kernel with a = -0.75, edges repeated. */
    private static double[] cubicAt(double at) {
        double[] weights = new double[3];
        for (int i = -2; i < 5; i++) {
            weights[Math.max(0, Math.min(2, i))] += keys(at - i);
        }
        return weights;
    }

    private static double[] excluded(double at) {
        double[] weights = {keys(at), keys(at - 1), keys(at - 2)};
        double sum = weights[0] + weights[1] + weights[2];
        return new double[] {weights[0] / sum, weights[1] / sum, weights[2] / sum};
    }

    private static double keys(double distance) {
        double d = Math.abs(distance);
        return d <= 1 ? 1.25 * d * d * d - 2.25 * d * d + 1 : d < 2 ? -0.75 * (d * d * d - 5 * d * d + 8 * d - 4) : 0;
    }

    /** Returns a map (3, 2, 2) with rows and columns mixed by weights. */
    private static Reference weights(double[][] down, double[][] right) {
        return x -> {
            double[] y = new double[down.length * right.length * 2];
            for (int i = 0; i < y.length; i++) {
                for (int j = 0; j < x.length; j++) {
                    y[i] += i % 2 == j % 2 ? down[i / 2 / right.length][j / 4] * right[i / 2 % right.length][j / 2 % 2]
                            * x[j] : 0;
                }
            }
            return y;
        };
    }

    private static Stream<Example> transposed() {
        Tensor weight = random(Shape.of(4, 3, 3, 2), 1);
        Tensor bias = random(Shape.of(6), 2);
        ConvolutionGeometry geometry = new ConvolutionGeometry(new Window(3, 2, 1, 0, 1), new Window(2, 3, 0, 1, 2));
        ConvTranspose2d grouped = ConvTranspose2d.of(weight, geometry, 2, 1, 2).bias(bias);
        ConvTranspose2d plain = ConvTranspose2d.of(weight, ConvolutionGeometry.of(3, 2, 1, 0), 1, 0, 0);
        return Stream.of(
                new Example(grouped, scattered(weight, bias, geometry, 2, Shape.of(3, 2, 4), Shape.of(7, 7, 6)),
                        Shape.of(3, 2, 4), Shape.of(3, 2, 3)),
                new Example(plain, scattered(weight, null, ConvolutionGeometry.of(3, 2, 1, 0), 1, Shape.of(3, 2, 4),
                        Shape.of(5, 3, 3)), Shape.of(3, 2, 4), Shape.of(4)));
    }

    /** Adds each input times the filter to the outputs that it meets: the definition of a transposed convolution. */
    private static Reference scattered(Tensor weight, Tensor bias, ConvolutionGeometry geometry, int groups,
                                       Shape input, Shape output) {
        int own = weight.shape().dim(1);
        return x -> {
            double[] y = new double[output.size()];
            for (int i = 0; i < y.length && bias != null; i++) {
                y[i] = bias.data()[i % output.dim(2)];
            }
            for (int i = 0; i < x.length; i++) {
                int channel = i % input.dim(2);
                int first = channel / (input.dim(2) / groups) * own;
                for (int w = 0; w < own * weight.shape().dim(2) * weight.shape().dim(3); w++) {
                    int column = w % weight.shape().dim(3);
                    int row = w / weight.shape().dim(3) % weight.shape().dim(2);
                    int toRow = geometry.rows().position(i / input.dim(2) / input.dim(1), row);
                    int toColumn = geometry.columns().position(i / input.dim(2) % input.dim(1), column);
                    int o = first + w / (weight.shape().dim(2) * weight.shape().dim(3));
                    if (toRow >= 0 && toRow < output.dim(0) && toColumn >= 0 && toColumn < output.dim(1)) {
                        y[(toRow * output.dim(1) + toColumn) * output.dim(2) + o] += x[i]
                                * weight.get(channel, o - first, row, column);
                    }
                }
            }
            return y;
        };
    }

    /** A window of 3 that moves by 2 over 6 rows needs one padded row, and over 5 columns one at either side. */
    private static Stream<Example> samePadding() {
        Shape input = Shape.of(6, 5, 2);
        Tensor weight = random(Shape.of(3, 2, 3, 3), 1);
        Window after = new Window(3, 2, 0, 1, 1);
        Window before = new Window(3, 2, 1, 0, 1);
        Window both = new Window(3, 2, 1, 1, 1);
        Window moving = Window.of(3, 2, 0);
        Conv2d conv = Conv2d.of(weight).stride(2);
        PoolingGeometry pooling = new PoolingGeometry(moving, moving, false);
        return Stream.of(
                new Example(conv.autoPadding(AutoPadding.SAME_UPPER), Float64Layers.conv(weight, null,
                        new ConvolutionGeometry(after, both), 1, input), input, Shape.of(6, 5, 3)),
                new Example(conv.autoPadding(AutoPadding.SAME_LOWER), Float64Layers.conv(weight, null,
                        new ConvolutionGeometry(before, both), 1, input), input, Shape.of(6, 5, 3)),
                new Example(MaxPool2d.of(pooling).autoPadding(AutoPadding.SAME_UPPER), Float64Layers.maxPooling(after,
                        both, input, Shape.of(3, 3, 2)), input, Shape.of(6)),
                new Example(AvgPool2d.of(moving, moving).autoPadding(AutoPadding.SAME_UPPER).countPadding(true),
                        Float64Layers.averagePooling(after, both, input, Shape.of(3, 3, 2), (row, column) -> 9),
                        input, Shape.of(6)));
    }

    @ParameterizedTest
    @CsvSource({"6, 5, 1, 2", "7, 8, 2, 1", "5, 6, 2, 1"})
    void aPaddingBySizeIsThatOfEachInput(int rows, int columns, int above, int beside) {
        Tensor weight = random(Shape.of(3, 2, 3, 3), 1);
        Conv2d auto = Conv2d.of(weight).stride(2).autoPadding(AutoPadding.SAME_UPPER);
        Conv2d given = Conv2d.of(weight).stride(2).padding(above / 2, beside / 2, above - above / 2,
                beside - beside / 2);
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            Tensor x = random(Shape.of(rows, columns, 2), 2);
            Tensor y = given.forward(engine, x);
            assertArrayEquals(y.data(), auto.forward(engine, x).data());
            assertArrayEquals(given.filterGradient(engine, x, y).data(), auto.filterGradient(engine, x, y).data());
            assertArrayEquals(given.inputGradient(engine, y, given.weights(), x.shape()).data(),
                    auto.inputGradient(engine, y, auto.weights(), x.shape()).data());
        }
    }

    /** Positions that PyTorch and ONNX Runtime compute in float32 at each step; float64 puts 3 / 0.6f just below 5. */
    @ParameterizedTest
    @CsvSource({"11, 0.6, ASYMMETRIC, FLOOR, 0 1 3 5 6 8",
        "11, 2.2, ASYMMETRIC, FLOOR, 0 0 0 1 1 2 2 3 3 4 4 5 5 5 6 6 7 7 8 8 9 9 10 10",
        "9, 0.5, HALF_PIXEL_SYMMETRIC, CEIL, 1 3 5 7"})
    void nearestTakesThePositionsOfFloat32(int length, double scale, Coordinates coordinates, Rounding rounding,
            String expected) {
        Tensor x = Tensor.zeros(Shape.of(1, length, 1));
        for (int i = 0; i < length; i++) {
            x.data()[i] = i;
        }
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            Tensor y = new Resize(0, 0, Interpolation.NEAREST, coordinates, rounding, 0, false, 1, scale)
                    .forward(engine, x);
            StringBuilder positions = new StringBuilder();
            for (float value : y.data()) {
                positions.append(positions.isEmpty() ? "" : " ").append((int) value);
            }
            assertEquals(expected, positions.toString());
        }
    }

    @Test
    void refusesSettingsThatMakeNoLayer() {
        Tensor weight = random(Shape.of(2, 2, 3, 3), 1);
        assertThrows(IllegalArgumentException.class, () -> Conv2d.of(weight).padding(1)
                .autoPadding(AutoPadding.SAME_UPPER));
        assertThrows(IllegalArgumentException.class, () -> ConvTranspose2d.of(weight,
                ConvolutionGeometry.of(3, 3, 2, 0), 1, 2, 0));
        assertThrows(IllegalArgumentException.class, () -> resize(0, 3, Interpolation.LINEAR, Coordinates.HALF_PIXEL));
        assertEquals("Conv2d", Conv2d.of(weight).kind());
    }
}
