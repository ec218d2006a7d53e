package dev.sectional.nn.layer;

import static dev.sectional.nn.TestTensors.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.Window;
import dev.sectional.nn.ActivationFusion;
import dev.sectional.nn.Float64Layers.Reference;
import dev.sectional.nn.Float64Layers;
import dev.sectional.nn.Layer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The layers of convolutional networks, by the contract of every layer. */
class LayerGradientTest extends LayerContract {
    private static Example of(Layer layer, Reference reference, Shape input, Shape refused) {
        return new Example(layer, reference, input, refused);
    }

    static Stream<Example> layers() {
        return Stream.of(convolutions(), weighted(), poolings(), activations(), rearranging()).flatMap(each -> each);
    }

    private static Example convolution(Conv2d conv, Tensor weight, Tensor bias, Shape input, Shape refused) {
        return of(conv, Float64Layers.conv(weight, bias, conv.geometry(), conv.groups(), input), input, refused);
    }

    private static Stream<Example> convolutions() {
        Tensor square = random(Shape.of(5, 3, 3, 3), 1);
        Tensor tall = random(Shape.of(4, 2, 5, 3), 3);
        Tensor grouped = random(Shape.of(6, 2, 3, 2), 9);
        Tensor five = random(Shape.of(5), 2);
        Tensor six = random(Shape.of(6), 2);
        ConvolutionGeometry uneven = new ConvolutionGeometry(new Window(3, 1, 2, 0, 2), new Window(2, 2, 0, 1, 3));
        Conv2d named = Conv2d.of(grouped).bias(six).stride(1, 2).padding(2, 0, 0, 1).dilation(2, 3).groups(3);
        assertEquals(uneven, named.geometry());
        return Stream.of(
                convolution(Conv2d.of(square).bias(five)
                        .padding(1), square, five, Shape.of(7, 6, 3), Shape.of(7, 6, 4)),
                convolution(Conv2d.of(tall).stride(2).padding(1), tall, null, Shape.of(9, 8, 2), Shape.of(9, 8)),
                convolution(named, grouped, six, Shape.of(8, 9, 6), Shape.of(8, 9, 2)));
    }

    private static Stream<Example> weighted() {
        Tensor gamma = random(Shape.of(3), 1);
        Tensor beta = random(Shape.of(3), 2);
        Tensor mean = random(Shape.of(3), 3);
        Tensor variance = Tensor.of(Shape.of(3), 0.5f, 2, 1);
        Tensor small = random(Shape.of(6, 11), 4);
        Tensor bias = random(Shape.of(6), 5);
        Tensor wide = random(Shape.of(3, 40000), 6);
        return Stream.of(
                of(BatchNorm2d.of(mean, variance).weight(gamma).bias(beta).epsilon(1e-3),
                        Float64Layers.batchNorm(gamma, beta, mean, variance, 1e-3), Shape.of(4, 5, 3),
                        Shape.of(4, 5, 4)),
                of(BatchNorm2d.of(mean, variance), Float64Layers.batchNorm(Tensor.of(Shape.of(3), 1, 1, 1),
                        Tensor.zeros(Shape.of(3)), mean, variance, 1e-5), Shape.of(3), Shape.of(4)),
                of(Linear.of(small).bias(bias), Float64Layers.linear(small, bias), Shape.of(11), Shape.of(12)),
                of(Linear.of(wide), Float64Layers.linear(wide, null), Shape.of(40000), Shape.of(4)));
    }

    private static Stream<Example> poolings() {
        Shape input = Shape.of(6, 5, 3);
        Shape refused = Shape.of(4);
        Window two = Window.of(2, 2, 0);
        Window three = Window.of(3, 2, 1);
        Window left = Window.of(2, 1, 0);
        Window far = Window.of(3, 3, 1);
        MaxPool2d plain = MaxPool2d.of(2);
        MaxPool2d partial = MaxPool2d.of(3).stride(2).padding(1).ceil(true);
        AvgPool2d counting = AvgPool2d.of(three, left).ceil(true);
        AvgPool2d inside = AvgPool2d.of(three, far).ceil(true).countPadding(false);
        AvgPool2d usual = AvgPool2d.of(3).stride(2).padding(1);
        Shape larger = Shape.of(7, 5, 4);
        return Stream.of(
                of(plain, Float64Layers.maxPooling(two, two, input, plain.outputShape(input)), input,
                Shape.of(1, 1, 3)),
                of(partial, Float64Layers.maxPooling(three, three, input, partial.outputShape(input)), input, refused),
                // Rows -1..1, 1..3, 3..5 and, partial, 5..6 of 6 rows and one padded row at either end
                of(counting, Float64Layers.averagePooling(three, left, input, counting.outputShape(input),
                        (row, column) -> row == 3 ? 4 : 6), input, refused),
                of(inside, Float64Layers.averagePooling(three, far, input, inside.outputShape(input), (row, column) ->
                0),
                        input, Shape.of(1, 0, 3)),
                of(usual, Float64Layers.averagePooling(three, three, input, usual.outputShape(input),
                        (row, column) -> 9), input, refused),
                of(new AdaptiveAvgPool2d(3, 2), Float64Layers.adaptiveAveragePooling(larger, Shape.of(3, 2, 4)),
                larger, refused),
                of(new AdaptiveAvgPool2d(2, 2), Float64Layers.each(x -> x), Shape.of(2, 2, 4), refused));
    }

    private static Stream<Example> activations() {
        Shape any = Shape.of(4, 4, 3);
        return Stream.of(
                of(new ReLU(), Float64Layers.relu(), any, null),
                of(new LeakyReLU(0.2f), Float64Layers.each(x -> x > 0 ? x : 0.2f * x), any, null),
                of(new Clip(-0.4f, 0.3f), Float64Layers.each(x -> Math.min(Math.max(x, -0.4f), 0.3f)), any, null),
                of(new LocalResponseNorm(5, 0.7f, 0.75f, 1f), Float64Layers.localResponseNorm(5, 0.7f, 0.75f, 1f, 9),
                        Shape.of(3, 2, 9), Shape.of(9)),
                of(new LocalResponseNorm(4, 2f, 1.5f, 0.5f), Float64Layers.localResponseNorm(4, 2f, 1.5f, 0.5f, 3),
                        Shape.of(2, 3, 3), Shape.of(4)),
                of(new Dropout(), Float64Layers.each(x -> x), Shape.of(9), null));
    }

    private static Stream<Example> rearranging() {
        Shape input = Shape.of(3, 4, 2);
        return Stream.of(
                of(new Pad2d(1, 0, 2, 3), Float64Layers.pad(1, 0, input, Shape.of(6, 7, 2)), input, Shape.of(4)),
                of(new Add(), Float64Layers.each(x -> x), input, null),
                of(new Concat(), Float64Layers.each(x -> x), input, Shape.of()),
                of(new Flatten(), Float64Layers.flatten(input), input, Shape.of(4)),
                of(new Unflatten(4, 3, 2), Float64Layers.unflatten(4), Shape.of(24), Shape.of(23)));
    }

    static Stream<Example> fusing() {
        return Stream.concat(convolutions(), weighted().filter(each -> each.layer() instanceof ActivationFusion));
    }

    @ParameterizedTest
    @MethodSource("fusing")
    void aFusedActivationIsTheLayerAfterwards(Example example) {
        ActivationFusion layer = (ActivationFusion) example.layer();
        assertFalse(layer.canFuse(new LeakyReLU(0.1f)));
        try (Engine engine = Engine.open(Provider.configured(), 2)) {
            Tensor x = random(example.input(), 7);
            for (Layer next : new Layer[] {new ReLU(), new Clip(0, 0.5f), new Clip(-0.25f, 0.75f)}) {
                assertTrue(layer.canFuse(next));
                Tensor expected = next.forward(engine, layer.forward(engine, x));
                assertArrayEquals(expected.data(), layer.forwardFused(engine, List.of(x), next).get(0).data());
            }
        }
    }
}
