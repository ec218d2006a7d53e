package dev.sectional.benchmarks;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.Rsp;
import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.Vgg;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

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

    /** The logits, by a forward pass. */
    float[] logits() {
        return network.logits(image).data();
    }

    /** The forward pass. */
    Contender forward() {
        return Contender.of("Sectional, forward", 1, this::logits);
    }

    /** The forward pass of several images together; the logits of the first, which is the one of {@link #forward}. */
    Contender batch(int count) {
        List<Tensor> images = IntStream.range(0, count).mapToObj(i -> i == 0 ? image : Generated.image(i, Vgg16.SIZE))
                .toList();
        return Contender.of("Sectional, forward, batch of " + count + ", each", count,
                () -> network.logits(images).get(0).data());
    }

    /** The forward pass and one map for each of the {@code targets} greatest logits. */
    Contender explain(int targets) {
        return Contender.of("Sectional, explain " + (targets == 1 ? "one target" : targets + " targets"), 1, () -> {
            List<Attribution> maps = Rsp.reference().explainAll(network, image, List.of(Target.top(targets)));
            return maps.get(0).logits().data();
        });
    }

    @Override
    public void close() {
        network.close();
        engine.close();
    }
}
