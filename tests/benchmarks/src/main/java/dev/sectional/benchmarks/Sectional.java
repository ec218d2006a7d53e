package dev.sectional.benchmarks;

import com.sun.management.ThreadMXBean;
import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Rsp;
import dev.sectional.attribution.Target;
import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.Vgg;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;

/** Our engine with VGG16 loaded, and the jobs it is timed at. */
final class Sectional implements AutoCloseable {
    private final Engine engine;
    private final Network network;
    private final Tensor image;

    Sectional(Path weights, Tensor image, Provider provider, int threads) {
        this.image = image;
        engine = Engine.open(provider, threads);
        network = Vgg.load(weights, engine);
    }

    String description() {
        return engine.describe();
    }

    /** The forward pass. */
    Contender forward() {
        return contender("Sectional forward", () -> network.forward(image).logits().data());
    }

    /** The forward pass and one map for each of the {@code targets} greatest logits. */
    Contender explain(int targets) {
        String name = "Sectional explain, " + targets + (targets == 1 ? " target" : " targets");
        return contender(name, () -> {
            List<Attribution> maps = Rsp.released().explainAll(network, image, List.of(Target.top(targets)));
            return maps.get(0).logits().data();
        });
    }

    /** Bytes that the calling thread allocates for one explanation; all of them when the engine has one thread. */
    long allocatedByExplain() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        Rsp.released().explainAll(network, image, List.of(Target.top(1)));
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    private interface Job {
        float[] run();
    }

    private static Contender contender(String name, Job job) {
        return new Contender() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public float[] run() {
                return job.run();
            }
        };
    }

    @Override
    public void close() {
        network.close();
        engine.close();
    }
}
