package dev.sectional.attribution;

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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an explanation allocates once the engine's pool has the buffers of its sizes. */
class MemoryTest {
    private static final int SIDE = 32;
    private static final int CHANNELS = 16;

    private static Tensor random(Shape shape, long seed) {
        return Verification.random(shape, new Random(seed));
    }

    private static Network network(Engine engine) {
        return Network.builder().engine(engine)
                .card(ModelCard.fromMetadata(Map.of("sectional.input", "1," + SIDE + "," + SIDE)))
                .add("first", Conv2d.of(random(Shape.of(CHANNELS, 1, 1, 1), 1))).add("relu1", new ReLU())
                .add("second", Conv2d.of(random(Shape.of(CHANNELS, CHANNELS, 1, 1), 2))).add("relu2", new ReLU())
                .add("pool", new AdaptiveAvgPool2d(1, 1)).add("flatten", new Flatten())
                .add("head", Linear.of(random(Shape.of(2, CHANNELS), 3))).build();
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
        Tensor image = random(Shape.of(1, SIDE, SIDE), 4);
        long least = Long.MAX_VALUE;
        try (Engine engine = Engine.open(Provider.SCALAR, 1); Network network = network(engine)) {
            for (int i = 0; i < 3; i++) {
                long before = allocated();
                Methods.named(method).explainAll(network, image, List.of(Target.top(2)));
                least = Math.min(least, allocated() - before);
            }
        }
        assertTrue(least <= Long.parseLong(most.replace("_", "")), "an explanation allocates " + least + " bytes, more than " + most);
    }

    /** Returns the bytes that this thread has allocated. By reflection, because the module reads java.base alone. */
    private static long allocated() throws Exception {
        Object threads = Class.forName("java.lang.management.ManagementFactory").getMethod("getThreadMXBean")
                .invoke(null);
        return (long) Class.forName("com.sun.management.ThreadMXBean").getMethod("getThreadAllocatedBytes", long.class)
                .invoke(threads, Thread.currentThread().getId());
    }
}
