package dev.sectional.testing;

import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.Methods;
import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.ReLU;
import java.util.Random;

/** A program of an embedder: every method once, on a network of three layers. {@link ReloadTest} loads it anew. */
public final class ReloadedProgram implements Runnable {
    private final Random random = new Random(1);

    @Override
    public void run() {
        try (Engine engine = Engine.open(Provider.configured(), 2);
             Network network = Network.builder(Shape.of(3, 4, 4)).engine(engine)
                     .add("conv1", Conv2d.of(drawn(4, 3, 3, 3)).bias(drawn(4)).padding(1)).add("relu1", new ReLU())
                     .add("conv2", Conv2d.of(drawn(4, 4, 3, 3)).padding(1)).add("relu2", new ReLU())
                     .add("flatten", new Flatten()).add("head", Linear.of(drawn(3, 4 * 16))).build()) {
            Tensor image = drawn(3, 4, 4);
            Methods.all().forEach(entry -> entry.method().explain(network, image, Target.top(1)));
        }
    }

    private Tensor drawn(int... dims) {
        Tensor tensor = Tensor.zeros(Shape.of(dims));
        for (int i = 0; i < tensor.data().length; i++) {
            tensor.data()[i] = (float) random.nextGaussian();
        }
        return tensor;
    }
}
