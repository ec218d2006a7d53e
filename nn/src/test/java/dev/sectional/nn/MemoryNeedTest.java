package dev.sectional.nn;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.layer.AvgPool2d;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.Pointwise;
import dev.sectional.nn.layer.ReLU;
import dev.sectional.nn.layer.ScalarFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A heap that is too small for a network gives one line that says what to change. */
class MemoryNeedTest {
    private static final Shape IMAGE = Shape.of(3, 2, 2);

    /** A layer that finds no memory, as a large one on a small heap. */
    private record Hungry(boolean forwards, boolean links) implements Layer {
        @Override
        public Shape outputShape(Shape input) {
            return input;
        }

        @Override
        public Tensor forward(Engine engine, Tensor x) {
            if (forwards) {
                throw full();
            }
            return x;
        }

        @Override
        public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
            throw full();
        }

        /** The JDK wraps a full heap in an InternalError where it links a lambda. */
        private VirtualMachineError full() {
            OutOfMemoryError full = new OutOfMemoryError("Java heap space");
            return links ? new InternalError(full) : full;
        }
    }

    private static Network network(Layer layer) {
        return Network.builder(IMAGE).name("large.onnx").add("hungry", layer).add("flatten", new Flatten()).build();
    }

    private static void assertExplained(InputException e) {
        assertTrue(e.getMessage().startsWith("network 'large.onnx': an image of 3x2x2 needs at least 1 MB")
                && e.getMessage().contains("-Xmx") && e.getMessage().contains("fewer targets"), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPassThatFindsNoMemorySaysWhatToChange(boolean links) {
        try (Network network = network(new Hungry(true, links))) {
            assertExplained(assertThrows(InputException.class, () -> network.forward(Tensor.zeros(IMAGE))));
            assertExplained(assertThrows(InputException.class, () -> network.logits(Tensor.zeros(IMAGE))));
        }
        try (Network network = network(new Hungry(false, links))) {
            Tape tape = network.forward(Tensor.zeros(IMAGE));
            assertExplained(assertThrows(InputException.class, () -> tape.gradient(tape.logits(), -1)));
        }
    }

    /** A convolution and a matrix for several vectors keep their weights packed; halves and vectors' do not. */
    @Test
    void weightsThatLayersKeepCount() {
        Shape image = Shape.of(2, 4, 4);
        Conv2d conv = Conv2d.of(Tensor.zeros(Shape.of(2, 2, 3, 3))).geometry(ConvolutionGeometry.of(3, 3, 1, 1));
        Linear tokens = Linear.of(Tensor.zeros(Shape.of(2, 2)));
        try (Network network = Network.builder(image).name("vit").add("a", conv).add("b", conv)
                .add("half", conv.keeping(Weights.F16)).add("tokens", tokens)
                .add("half tokens", tokens.keeping(Weights.F16)).add("flatten", new Flatten())
                .add("head", Linear.of(Tensor.zeros(Shape.of(3, 32)))).build()) {
            MemoryNeed need = new MemoryNeed("vit", image, network.graph(), network.shapes(image), 1 << 20);
            assertEquals(Float.BYTES * (2 * 2 * 3 * 3 + 2 * 2), need.ofKeptWeights());
        }
    }

    /** What is flattened may share memory with its input, and a ReLU computed with its convolution does. */
    @Test
    void aHeapSmallerThanTheTapeAndItsTargetsIsRefusedBeforehand() {
        Shape image = Shape.of(1, 512, 512);
        Tensor weight = Tensor.of(Shape.of(1, 1, 1, 1), 1);
        try (Network network = Network.builder(image).name("vit").add("conv", Conv2d.of(weight))
                .add("relu", new ReLU()).add("tanh", new Pointwise(ScalarFunction.TANH))
                .add("pool", AvgPool2d.of(2)).add("flatten", new Flatten()).build()) {
            long tape = (1 << 20) + (1 << 20) + (1 << 18);
            MemoryNeed least = new MemoryNeed("vit", image, network.graph(), network.shapes(image),
                    tape + (1 << 20) + Float.BYTES);
            assertEquals(Float.BYTES, least.ofKeptWeights());
            assertEquals(tape, least.ofTape());
            assertEquals(1 << 20, least.ofTarget(4, Network.IMAGE_INDEX));
            assertEquals(1 << 18, least.ofTarget(4, 3));
            assertDoesNotThrow(() -> least.require(0, true, 1 << 20));
            InputException e = assertThrows(InputException.class, () -> least.require(0, true, (1 << 20) + 1));
            assertTrue(e.getMessage().contains("needs at least 3 MB for the outputs of its layers, 1 MB for each "
                    + "target")
                    && e.getMessage().contains("up to 1 MB for weights") && e.getMessage().contains("has 4 MB"),
                    e.getMessage());
        }
    }
}
