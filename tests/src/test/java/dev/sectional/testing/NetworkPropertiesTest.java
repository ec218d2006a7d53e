package dev.sectional.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.Interest;
import dev.sectional.attribution.Method;
import dev.sectional.attribution.method.Rsp;
import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.laws.MethodProperties;
import dev.sectional.laws.Values;
import dev.sectional.nn.Network;
import dev.sectional.nn.Tape;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.MaxPool2d;
import dev.sectional.nn.rule.Rules;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Group;
import net.jqwik.api.Property;

/** Properties of RSP on random networks. */
class NetworkPropertiesTest {
    /** The start from one class. */
    @Group
    class FromTheTarget extends MethodProperties {
        @Override
        protected Method method() {
            return Rsp.reference();
        }
    }

    /** The start from one class against the others, with purging. */
    @Group
    class AgainstOthers extends MethodProperties {
        @Override
        protected Method method() {
            return Rsp.reference().relative(Interest.top(2)).purging(true);
        }
    }

    @Property(tries = 30)
    void anImageMovedByTheStrideInsideZerosMovesItsMap(@ForAll long seed) {
        Random random = new Random(seed);
        try (Engine engine = Engine.open(Provider.configured(), 2);
             Network network = Samples.network(engine, random, 64, false)) {
            // The patch is far from every border and moves by 8 pixels, a multiple of the stride of up to three
            // poolings. Without biases zeros stay zeros in every layer, so nothing else in the image changes.
            Tensor patch = Values.SIGNED.tensor(Shape.of(3, 8, 8), random);
            Tensor here = relevance(network, withPatch(patch, 24));
            Tensor moved = relevance(network, withPatch(patch, 32));
            double greatest = 0;
            for (float value : here.data()) {
                greatest = Math.max(greatest, Math.abs(value));
            }
            for (int i = 0; i < 3 * 64 * 64; i++) {
                int row = i / 64 % 64;
                int column = i % 64;
                float shifted = row + 8 < 64 && column + 8 < 64 ? moved.data()[i + 8 * 64 + 8] : 0;
                if (row < 56 && column < 56) {
                    assertEquals(here.data()[i], shifted, 1e-4 * greatest, "element " + i);
                }
            }
        }
    }

    private static Tensor withPatch(Tensor patch, int at) {
        Tensor image = Tensor.zeros(Shape.of(3, 64, 64));
        for (int i = 0; i < patch.data().length; i++) {
            image.data()[i / 64 * 4096 + (at + i / 8 % 8) * 64 + at + i % 8] = patch.data()[i];
        }
        return image;
    }

    /** Returns the relevance of the image when the activations are the start, so that the classifier takes no part. */
    private static Tensor relevance(Network network, Tensor image) {
        Tape tape = network.forward(image);
        int last = network.nodes().size() - 5;
        Tensor r = tape.output(last);
        for (int i = last; i >= 0; i--) {
            var layer = network.nodes().get(i).layer();
            var rule = i == 0 ? Rules.zBox()
                    : layer instanceof Conv2d ? Rsp.rule()
                    : layer instanceof MaxPool2d ? Rules.winner() : Rules.pass();
            r = rule.propagate(network.engine(), layer, tape.input(i), r).relevance();
        }
        return r.toChannelsFirst();
    }
}
