package dev.sectional.attribution;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.method.Methods;
import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.layer.AdaptiveAvgPool2d;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.ReLU;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an explanation allocates once the engine's pool has the buffers of its sizes. */
class MemoryTest {
    private static Tensor random(Shape shape, long seed) {
        return Verification.random(shape, new Random(seed));
    }

    private static Network network(Engine engine, int side, int channels) {
        return Network.builder().engine(engine)
                .card(ModelCard.fromMetadata(Map.of("sectional.input", "1," + side + "," + side)))
                .add("first", Conv2d.of(random(Shape.of(channels, 1, 1, 1), 1))).add("relu1", new ReLU())
                .add("second", Conv2d.of(random(Shape.of(channels, channels, 1, 1), 2))).add("relu2", new ReLU())
                .add("pool", new AdaptiveAvgPool2d(1, 1)).add("flatten", new Flatten())
                .add("head", Linear.of(random(Shape.of(2, channels), 3))).build();
    }

    /**
     * Feature maps of 64 KB: a pass that kept one would allocate it anew. With the scalar kernels, because compilers
     * other than C2 box vectors.
     *
     * @param most bytes that an explanation of two classes may allocate: its results and objects
     */
    @ParameterizedTest
    @CsvSource({"rsp,540_000", "rsp:start=relative,955_000", "lrp-epsilon,450_000", "gradient,240_000",
        "smooth-grad:samples=2,570_000", "grad-cam,505_000", "guided-backprop,630_000"})
    void aWarmExplanationAllocatesItsResults(String method, String most) throws Exception {
        Tensor image = random(Shape.of(1, 32, 32), 4);
        long least = Long.MAX_VALUE;
        try (Engine engine = Engine.open(Provider.SCALAR, 1); Network network = network(engine, 32, 16)) {
            for (int i = 0; i < 3; i++) {
                long before = allocated();
                assertTrue(network.reusesMemory());
                Methods.named(method).explainAll(network, image, List.of(Target.top(2)));
                least = Math.min(least, allocated() - before);
            }
        }
        assertTrue(least <= Long.parseLong(most.replace("_", "")),
                "an explanation allocates " + least + " bytes, more than " + most);
    }

    /** A buffer that returned to the pool too early would be written by the next explanation. */
    @Test
    void laterExplanationsChangeNeitherImagesNorResults() {
        Tensor image = random(Shape.of(1, 4, 4), 4);
        Tensor other = random(Shape.of(1, 4, 4), 5);
        try (Engine engine = Engine.open(Provider.configured(), 2); Network network = network(engine, 4, 3)) {
            for (Methods.Entry entry : Methods.all()) {
                float[] before = image.data().clone();
                Attribution result = entry.method().explain(network, image, Target.of(1));
                List<float[]> values = List.of(result.relevance().data(), result.start().data(),
                        result.logits().data());
                List<float[]> copies = values.stream().map(float[]::clone).toList();
                entry.method().explain(network, other, Target.of(0));
                Attribution again = entry.method().explain(network, image, Target.of(1));
                assertArrayEquals(before, image.data(), entry.name());
                assertArrayEquals(copies.get(0), again.relevance().data(), entry.name());
                for (int i = 0; i < 3; i++) {
                    assertArrayEquals(copies.get(i), values.get(i), entry.name());
                }
            }
        }
    }

    /** Returns the bytes that this thread has allocated. By reflection, because the module reads java.base alone. */
    private static long allocated() throws Exception {
        Object threads = Class.forName("java.lang.management.ManagementFactory").getMethod("getThreadMXBean")
                .invoke(null);
        return (long) Class.forName("com.sun.management.ThreadMXBean").getMethod("getThreadAllocatedBytes", long.class)
                .invoke(threads, Thread.currentThread().getId());
    }
}
