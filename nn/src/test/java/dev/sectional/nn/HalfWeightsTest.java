package dev.sectional.nn;

import static dev.sectional.nn.TestTensors.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.HalfTensor;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.io.SafetensorsWriter;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.ReLU;
import dev.sectional.nn.model.Models;
import dev.sectional.nn.model.Vgg;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Weights kept as half-precision numbers give what the network of the rounded weights gives, to the bit. */
class HalfWeightsTest {
    private static final Shape INPUT = Shape.of(3, 6, 6);
    private static final Tensor CONV = random(Shape.of(8, 3, 3, 3), 1);
    private static final Tensor DEPTHWISE = random(Shape.of(8, 1, 3, 3), 2);
    private static final Tensor HEAD = random(Shape.of(5, 8 * 36), 3);

    private static NetworkBuilder network(Tensor conv, Tensor depthwise, Tensor head) {
        return Network.builder(INPUT)
                .add("conv", Conv2d.of(conv).bias(random(Shape.of(8), 4)).padding(1)).add("relu", new ReLU())
                .add("depthwise", Conv2d.of(depthwise).groups(8).padding(1)).add("flatten", new Flatten())
                .add("head", Linear.of(head).bias(random(Shape.of(5), 5)));
    }

    private static Tensor rounded(Tensor weights, DType type) {
        Tensor rounded = weights.copy();
        for (int i = 0; i < rounded.data().length; i++) {
            float value = rounded.data()[i];
            rounded.data()[i] = type == DType.F16 ? DType.halfToFloat(DType.floatToHalf(value))
                    : DType.bfloat16ToFloat(DType.floatToBfloat16(value));
        }
        return rounded;
    }

    @Test
    void forwardAndBackwardGiveTheBitsOfRoundedWeights() {
        Tensor image = random(INPUT, 9);
        for (Weights form : List.of(Weights.F16, Weights.BF16)) {
            DType type = DType.valueOf(form.name());
            try (Network half = network(CONV, DEPTHWISE, HEAD).weights(form).build();
                 Network plain = network(rounded(CONV, type), rounded(DEPTHWISE, type), rounded(HEAD, type)).build()) {
                Tape tape = half.forward(image);
                Tape expected = plain.forward(image);
                assertArrayEquals(expected.logits().data(), tape.logits().data());
                assertArrayEquals(expected.gradient(expected.logits(), Network.IMAGE_INDEX).data(),
                        tape.gradient(tape.logits(), Network.IMAGE_INDEX).data());
                Linear head = (Linear) half.nodes().get(4).layer();
                assertInstanceOf(HalfTensor.class, head.weights());
            }
        }
    }

    /** Every finite float16: the branch-free widening is exact, also for subnormal numbers and both zeros. */
    @Test
    void wideningIsExact() {
        Tensor all = Tensor.zeros(Shape.of(1 << 16));
        for (int i = 0; i < 1 << 16; i++) {
            float value = DType.halfToFloat((short) i);
            all.data()[i] = Float.isFinite(value) ? value : 0;
        }
        float[] read = HalfTensor.of(all, DType.F16).tensor().data();
        for (int i = 0; i < 1 << 16; i++) {
            assertEquals(Float.floatToRawIntBits(all.data()[i]), Float.floatToRawIntBits(read[i]), "half " + i);
        }
    }

    @Test
    void refusesWhatDoesNotFit(@TempDir Path folder) {
        Tensor large = CONV.copy();
        large.data()[7] = 70_000;
        NetworkBuilder builder = network(large, DEPTHWISE, HEAD);
        String message = assertThrows(IllegalArgumentException.class, () -> builder.weights(Weights.F16).build())
                .getMessage();
        assertTrue(message.startsWith("layer 'conv': its weight 70000.0 at element 7"), message);
        network(large, DEPTHWISE, HEAD).weights(Weights.BF16).build().close();
        assertThrows(IllegalArgumentException.class, () -> HalfTensor.of(CONV, DType.F32));
        assertThrows(IllegalArgumentException.class, () -> HalfTensor.of(CONV, DType.F16).reshape(Shape.of(2)));
        Linear head = Linear.of(HEAD);
        assertSame(head, head.keeping(Weights.AS_GIVEN));

        Map<String, Tensor> tensors = new LinkedHashMap<>();
        Vgg.parameters(List.of("4", "M"), 3, 5, 2).forEach((name, shape) -> tensors.put(name, random(shape, 6)));
        Path file = folder.resolve("vgg.safetensors");
        SafetensorsWriter.write(file, Map.of("sectional.layers", "4,M", "sectional.input", "3,4,4"), tensors);
        try (Network half = Models.load(file, Weights.F16); Network plain = Models.load(file)) {
            Tensor image = random(Shape.of(3, 4, 4), 9);
            assertArrayEquals(plain.logits(image).data(), half.logits(image).data(), 1e-2f);
        }
        tensors.get("features.0.weight").data()[0] = -70_000;
        SafetensorsWriter.write(file, Map.of("sectional.layers", "4,M", "sectional.input", "3,4,4"), tensors);
        String refused = assertThrows(InputException.class, () -> Models.load(file, Weights.F16)).getMessage();
        assertTrue(refused.startsWith(file + ": ")
                && refused.contains("layer 'features.0': its weight -70000.0"), refused);
    }
}
