package dev.sectional.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.io.Safetensors;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares with maps that PyTorch computed: {@code src/test/oracle/torchray.py}. */
class SaliencyTest {
    @ParameterizedTest
    @ValueSource(strings = {"up", "down", "line"})
    void resizesAsPyTorch(String name) throws Exception {
        try (Safetensors maps = maps()) {
            Tensor expected = maps.tensor(name + ".resized");

            Saliency resized = map(maps, name).resized(expected.shape().dim(1), expected.shape().dim(0));

            assertArrayEquals(expected.data(), resized.values(), 1e-6f);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"little", "usual", "much"})
    void smoothsAsTorchRay(String name) throws Exception {
        try (Safetensors maps = maps()) {
            Saliency smoothed = map(maps, name).smoothed(maps.tensor(name + ".sigma").data()[0]);

            assertArrayEquals(maps.tensor(name + ".smoothed").data(), smoothed.values(), 1e-6f);
        }
    }

    @Test
    void theFirstOfEqualValuesIsTheGreatest() {
        assertEquals(1, new Saliency(2, 2, new float[] {-1, 5, 5, 5}).greatest());
    }

    @Test
    void channelsBecomeOneValue() {
        Tensor relevance = Tensor.of(Shape.of(3, 1, 2), 1, -2, 3, 1, -7, 0);

        assertArrayEquals(new float[] {-3, -1}, Saliency.sum(relevance).values());
        assertArrayEquals(new float[] {7, 2}, Saliency.greatestAbsolute(relevance).values());
    }

    private static Saliency map(Safetensors maps, String name) {
        Tensor map = maps.tensor(name + ".map");
        return new Saliency(map.shape().dim(1), map.shape().dim(0), map.data());
    }

    private static Safetensors maps() throws Exception {
        return Safetensors.open(Path.of(SaliencyTest.class.getResource("maps.safetensors").toURI()));
    }
}
