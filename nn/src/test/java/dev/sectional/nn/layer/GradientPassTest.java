package dev.sectional.nn.layer;

import static dev.sectional.nn.TestTensors.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import dev.sectional.nn.Network;
import dev.sectional.nn.NetworkBuilder;
import dev.sectional.nn.Tape;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Gradients of layers that are computed together against those of one layer after the other: the same values. */
class GradientPassTest {
    private static final Layer RELU6 = new Clip(0, 6);

    private static Conv2d conv(int channels, int outputs, int kernel) {
        return Conv2d.of(random(Shape.of(outputs, channels, kernel, kernel), outputs + kernel)).padding(kernel / 2)
                .bias(random(Shape.of(outputs), 7));
    }

    private static Conv2d depthwise(int channels) {
        return Conv2d.of(random(Shape.of(channels, 1, 3, 3), channels)).groups(channels).padding(1)
                .bias(random(Shape.of(channels), 8));
    }

    private static BatchNorm2d norm(int channels) {
        return BatchNorm2d.of(random(Shape.of(channels), 3), random(Shape.of(channels), 4)).epsilon(2)
                .weight(random(Shape.of(channels), 5));
    }

    /** Inverted residual blocks of maps that leave the cache, with a sum. */
    private static NetworkBuilder mobile() {
        return Network.builder(Shape.of(3, 61, 58)).add("stem", conv(3, 8, 3)).add("stem.clip", RELU6)
                .add("a.expand", conv(8, 48, 1)).add("a.clip", RELU6)
                .add("a.depthwise", depthwise(48)).add("a.clip2", RELU6).add("a.project", conv(48, 8, 1))
                .add("a.sum", new Add(), "stem.clip", "a.project")
                .add("b.expand", conv(8, 48, 1)).add("b.relu", new ReLU()).add("b.pad", new Pad2d(1, 0, 1, 2))
                .add("b.depthwise", depthwise(48).padding(0).stride(2)).add("b.project", conv(48, 8, 1))
                .add("flatten", new Flatten()).add("linear", Linear.of(random(Shape.of(3, 31 * 29 * 8), 9)));
    }

    /** Residual, dense and fire blocks, and a convolution that computes the class scores. */
    private static NetworkBuilder branches() {
        return Network.builder(Shape.of(3, 23, 21)).add("stem", conv(3, 16, 3)).add("stem.relu", new ReLU())
                .add("pool", MaxPool2d.of(3).stride(2))
                .add("r1", conv(16, 16, 1), "pool").add("r1.relu", new ReLU())
                .add("r2", conv(16, 16, 3)).add("r2.relu", RELU6).add("r3", conv(16, 16, 1))
                .add("sum", new Add(), "r3", "pool").add("sum.relu", new ReLU())
                .add("d1", norm(16), "sum.relu").add("d1.relu", new ReLU()).add("d1.conv", conv(16, 8, 1))
                .add("cat1", new Concat(), "sum.relu", "d1.conv")
                .add("d2", norm(24)).add("d2.relu", new ReLU()).add("d2.conv", conv(24, 8, 1))
                .add("cat2", new Concat(), "sum.relu", "d1.conv", "d2.conv")
                .add("d3", norm(32)).add("d3.conv", conv(32, 12, 3))
                .add("squeeze", conv(12, 12, 1)).add("squeeze.relu", new ReLU())
                .add("e1", conv(12, 16, 1), "squeeze.relu").add("e1.relu", new ReLU())
                .add("e3", conv(12, 16, 3), "squeeze.relu").add("e3.relu", new ReLU())
                .add("fire", new Concat(), "e1.relu", "e3.relu").add("twice", new Add(), "fire", "fire")
                .add("scores", conv(32, 40, 1)).add("scores.relu", new ReLU())
                .add("mean", new AdaptiveAvgPool2d(1, 1)).add("flatten", new Flatten());
    }

    private static void assertSame(Tensor wanted, Tensor found, String where) {
        float[] values = wanted.data().clone();
        float[] others = found.data().clone();
        for (int i = 0; i < values.length; i++) {
            values[i] += 0f;   // a zero may have another sign
            others[i] += 0f;
        }
        assertEquals(wanted.shape(), found.shape(), where);
        assertArrayEquals(values, others, where);
    }

    private static void assertGradients(NetworkBuilder builder) {
        for (int threads = 1; threads <= 2; threads++) {
            try (Engine engine = Engine.open(Provider.configured(), threads);
                 Network network = builder.engine(engine).build()) {
                Tensor image = random(network.inputShape(), 11);
                Tape whole = network.forward(image);
                int last = network.nodes().size() - 1;
                List<Tensor> starts = IntStream.of(0, 2).mapToObj(target -> oneHot(network.classes(), target)).toList();
                for (int pass = 0; pass < 2; pass++) {   // the second one finds what the first released
                    for (int node = -1; node < last; node++) {
                        int to = node;
                        String where = node < 0 ? "image" : network.nodes().get(node).name();
                        List<Tensor> wanted = starts.stream().map(start ->
                                whole.backward(last, start, to, whole::gradients)).toList();
                        List<Tensor> found = whole.gradients(starts, node);
                        Tape tape = network.forwardForGradients(image, node);
                        List<Tensor> alone = tape.gradients(starts, node);
                        assertSame(whole.output(node), tape.output(node), where);
                        assertSame(whole.logits(), tape.logits(), where);
                        for (int i = 0; i < starts.size(); i++) {
                            assertSame(wanted.get(i), found.get(i), where);
                            assertSame(wanted.get(i), alone.get(i), where);
                        }
                    }
                }
            }
        }
    }

    private static Tensor oneHot(int classes, int target) {
        Tensor start = Tensor.zeros(Shape.of(classes));
        start.data()[target] = 1.5f;
        return start;
    }

    @Test
    void blocksOfLargeMapsHaveTheGradientsOfTheirLayers() {
        assertGradients(mobile());
    }

    @Test
    void branchesHaveTheGradientsOfTheirLayers() {
        assertGradients(branches());
    }

    @Test
    void gradientsOfLargeMapsRunInBands() {
        try (Engine one = Engine.open(Provider.SCALAR, 1); Engine many = Engine.open(Provider.SCALAR, 11)) {
            Tensor small = Tensor.zeros(Shape.of(60, 60, 8));
            Tensor large = Tensor.zeros(Shape.of(60, 60, 48));
            Conv2d project = conv(48, 8, 1);
            List<Layer> before = List.of(RELU6, depthwise(48), new ReLU(), conv(8, 48, 1), RELU6);
            List<Tensor> inputs = List.of(large, large, large, large, small, small);
            assertEquals(5, project.fusedGradients(one, before, inputs, false));
            assertEquals(2, project.fusedGradients(one, before.subList(0, 2), inputs, false));
            assertEquals(1, project.fusedGradients(one, before, inputs, true), "a sum before the activation");
            assertEquals(1, project.fusedGradients(many, before, inputs, false), "few rows for each thread");
            assertEquals(1, conv(48, 8, 3).fusedGradients(one, before, inputs, false), "a 3x3 kernel");
            assertEquals(2, project.fusedGradients(one, List.of(RELU6, norm(48), RELU6), inputs, false));
            assertEquals(1, project.fusedGradients(one, List.of(norm(48), norm(48)), inputs, true));
            assertEquals(0, project.fusedGradients(one, List.of(new Flatten()), inputs, true));
        }
    }

    @Test
    void outputsBelowTheNodeAreNotRecorded() {
        try (Network network = branches().build()) {
            int node = network.indexOf("cat2");
            Tape tape = network.forwardForGradients(random(network.inputShape(), 11), node);
            assertTrue(tape.records(node));
            assertFalse(tape.records(network.indexOf("stem")));
            String message = assertThrows(IllegalStateException.class, () -> tape.output(0)).getMessage();
            assertEquals("the output of 'stem' is not recorded: this tape begins at 'cat2'", message);
            int end = network.nodes().size();
            assertThrows(IndexOutOfBoundsException.class, () -> network.forwardForGradients(tape.image(), end));
        }
    }
}
