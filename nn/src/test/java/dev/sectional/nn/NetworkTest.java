package dev.sectional.nn;

import static dev.sectional.nn.TestTensors.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.ConvolutionGeometry;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.layer.AdaptiveAvgPool2d;
import dev.sectional.nn.layer.Add;
import dev.sectional.nn.layer.BatchNorm2d;
import dev.sectional.nn.layer.Concat;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.ReLU;
import dev.sectional.nn.plan.ConvolutionAlgorithm;
import dev.sectional.nn.plan.LayerPlan;
import dev.sectional.nn.plan.NetworkPlan;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Graphs of layers: order, branches that meet, names, and what is refused. */
class NetworkTest {
    private static final ModelCard CARD = ModelCard.fromMetadata(Map.of("sectional.input", "3,8,8"));

    private static Conv2d conv(int outputs, int channels, int kernel, long seed) {
        return Conv2d.of(random(Shape.of(outputs, channels, kernel, kernel), seed))
                .bias(random(Shape.of(outputs), seed + 1)).padding(kernel / 2);
    }

    /** A residual sum, two branches side by side, and a convolution whose output is taken before its ReLU too. */
    private static NetworkBuilder branching() {
        return Network.builder().card(CARD)
                .add("stem.conv", conv(4, 3, 3, 1))
                .add("stem.relu", new ReLU())
                .add("block.conv", conv(4, 4, 3, 3))
                .add("block.add", new Add(), "block.conv", "stem.relu", "stem.conv")
                .add("block.relu", new ReLU())
                .add("left", conv(5, 4, 1, 5))
                .add("left.relu", new ReLU())
                .add("right", conv(3, 4, 3, 7), "block.relu")
                .add("fire.concat", new Concat(), "left.relu", "right", "block.relu")
                .add("avgpool", new AdaptiveAvgPool2d(2, 2))
                .add("flatten", new Flatten())
                .add("fc", Linear.of(random(Shape.of(6, 48), 9)));
    }

    @Test
    void logitsAloneAreThoseOfAWholePass() {
        try (Engine engine = Engine.open(Provider.configured(), 2);
             Network network = branching().engine(engine).build()) {
            List<Tensor> images = List.of(random(Shape.of(3, 8, 8), 21), random(Shape.of(3, 8, 8), 22),
                    random(Shape.of(3, 8, 8), 23));
            float[][] before = images.stream().map(image -> image.data().clone()).toArray(float[][]::new);
            // Memory that was given back too early or twice would show from the second on.
            for (int pass = 0; pass < 3; pass++) {
                List<Tensor> together = network.logits(images);
                for (int i = 0; i < images.size(); i++) {
                    float[] whole = network.forward(images.get(i)).logits().data();
                    assertArrayEquals(whole, together.get(i).data());
                    assertArrayEquals(whole, network.logits(images.get(i)).data());
                    assertArrayEquals(before[i], images.get(i).data(), "the image is left alone");
                }
            }
            assertEquals(List.of(), network.logits(List.of()));
            assertThrows(IllegalArgumentException.class, () ->
                    network.logits(List.of(images.get(0), random(Shape.of(3, 8, 9), 24))));
        }
    }

    /** A batch enters the layers from large weights on together. */
    @Test
    void imagesThatShareLargeWeightsHaveTheBitsOfEachAlone() {
        Linear large = Linear.of(random(Shape.of(1000, 576), 7));
        for (int threads : new int[] {1, 3}) {
            try (Engine engine = Engine.open(Provider.configured(), threads);
                 Network network = Network.builder().card(CARD).engine(engine).add("conv", conv(9, 3, 3, 1))
                         .add("flatten", new Flatten()).add("large", large).add("relu", new ReLU())
                         .add("fc", Linear.of(random(Shape.of(6, 1000), 9))).build()) {
                List<Tensor> images = IntStream.range(0, 5).mapToObj(i -> random(Shape.of(3, 8, 8), 30 + i)).toList();
                List<Tensor> together = network.logits(images);
                for (int i = 0; i < images.size(); i++) {
                    assertArrayEquals(network.logits(images.get(i)).data(), together.get(i).data());
                }
            }
        }
    }

    /** A layer deep inside said that it wanted 576 values. */
    @Test
    void anotherSizeIsRefusedByTheSizeThatTheNetworkTakes() {
        try (Engine engine = Engine.open(Provider.configured(), 1);
             Network network = Network.builder().card(CARD).add("flatten", new Flatten())
                     .add("fc", Linear.of(random(Shape.of(6, 192), 9))).engine(engine).build()) {
            String made = "' was made for images of 3x8x8 and does not take one of ";
            refused(network, Shape.of(3, 8, 9), made + "3x8x9: layer fc");
            refused(network, Shape.of(8, 8, 3), made + "8x8x3: channels come first; wanted");
            refused(network, Shape.of(1, 3, 8, 8), made + "1x3x8x8: give one image at a time");
        }
    }

    private static void refused(Network network, Shape shape, String said) {
        for (Consumer<Tensor> call : List.<Consumer<Tensor>>of(network::classify, network::forward, network::logits)) {
            String message = assertThrows(IllegalArgumentException.class, () -> call.accept(Tensor.zeros(shape)))
                    .getMessage();
            assertTrue(message.startsWith("network '") && message.contains(said), message);
        }
    }

    /** Explanations read the values below an activation; passes without a tape skip them. */
    @Test
    void aTapeKeepsSumsAndNormalisedValues() {
        try (Engine engine = Engine.open(Provider.configured(), 2);
             Network network = Network.builder().card(CARD)
                     .add("norm", BatchNorm2d.of(random(Shape.of(3), 1), Tensor.of(Shape.of(3), 2, 1, 3)))
                     .add("relu", new ReLU())
                     .add("add", new Add(), "relu", Network.IMAGE)
                     .add("relu_1", new ReLU())
                     .add("concat", new Concat(), "relu_1", Network.IMAGE, "relu")
                     .add("norm_1", BatchNorm2d.of(random(Shape.of(9), 2), Tensor.of(Shape.of(9),
                             2, 1, 3, 1, 2, 4, 1, 1, 2)).bias(random(Shape.of(9), 4)))
                     .add("relu_2", new ReLU())
                     .add("flatten", new Flatten())
                     .add("fc", Linear.of(random(Shape.of(6, 576), 9))).engine(engine).build()) {
            Tensor image = random(Shape.of(3, 8, 8), 21);
            Tape tape = network.forward(image);
            for (int node : new int[] {0, 2, 5}) {
                Tensor own = tape.output(node);
                assertTrue(IntStream.range(0, 192).anyMatch(i -> own.data()[i] < 0), "node " + node);
                assertArrayEquals(new ReLU().forward(engine, own).data(), tape.output(node + 1).data());
            }
            for (int pass = 0; pass < 2; pass++) {
                assertArrayEquals(tape.logits().data(), network.logits(image).data());
            }
        }
    }

    /** The branching network in float64, from an image {@code (8, 8, 3)}. */
    private static double[] inFloat64(double[] image) {
        double[] stem = reference(4, 3, 3, 1).apply(image);
        double[] stemRelu = Float64Layers.relu().apply(stem);
        double[] block = reference(4, 4, 3, 3).apply(stemRelu);
        for (int i = 0; i < block.length; i++) {
            block[i] = Math.max(block[i] + stemRelu[i] + stem[i], 0);
        }
        double[] left = reference(5, 4, 1, 5).then(Float64Layers.relu()).apply(block);
        double[] right = reference(3, 4, 3, 7).apply(block);
        double[] joined = new double[64 * 12];
        for (int position = 0; position < 64; position++) {
            System.arraycopy(left, position * 5, joined, position * 12, 5);
            System.arraycopy(right, position * 3, joined, position * 12 + 5, 3);
            System.arraycopy(block, position * 4, joined, position * 12 + 8, 4);
        }
        Shape pooled = Shape.of(2, 2, 12);
        return Float64Layers.adaptiveAveragePooling(Shape.of(8, 8, 12), pooled).then(Float64Layers.flatten(pooled))
                .then(Float64Layers.linear(random(Shape.of(6, 48), 9), null)).apply(joined);
    }

    private static Float64Layers.Reference reference(int outputs, int channels, int kernel, long seed) {
        return Float64Layers.conv(random(Shape.of(outputs, channels, kernel, kernel), seed),
                random(Shape.of(outputs), seed + 1),
                ConvolutionGeometry.of(kernel, kernel, 1, kernel / 2), 1, Shape.of(8, 8, channels));
    }

    @Test
    void aLastPassForgetsOutputsOnceItHasUsedThem() {
        try (Engine engine = Engine.open(Provider.configured(), 2);
             Network network = branching().engine(engine).build()) {
            Tensor image = random(Shape.of(3, 8, 8), 11);
            Tensor outputGradient = random(Shape.of(6), 12);
            float[] expected = network.forward(image).gradient(outputGradient, Network.IMAGE_INDEX).data();
            Tape tape = network.forward(image);
            int last = network.nodes().size() - 1;
            List<Tensor> gradients = tape.backward(last, List.of(outputGradient), Network.IMAGE_INDEX,
                    new Tape.Steps() {
                        @Override
                        public List<List<Tensor>> back(int node, List<Tensor> received) {
                            assertTrue(node + 1 >= last || !tape.records(node + 1), "node " + node);
                            return List.of(tape.gradients(node, received.get(0)));
                        }

                        @Override
                        public boolean isLast() {
                            return true;
                        }
                    });
            assertArrayEquals(expected, gradients.get(0).data());
            assertNotNull(tape.logits());
            assertTrue(IntStream.range(0, last).noneMatch(tape::records));
        }
    }

    /** Some 200 summands lie on the way of a gradient: each rounds by half a unit in the last place. */
    @Test
    void gradientsAddUpWhereBranchesMeet() {
        try (Engine engine = Engine.open(Provider.configured(), 2);
             Network network = branching().engine(engine).build()) {
            Tensor image = random(Shape.of(3, 8, 8), 11);
            Tensor outputGradient = random(Shape.of(6), 12);
            Tape tape = network.forward(image);
            float[] gradient = tape.gradient(outputGradient, Network.IMAGE_INDEX).data();
            double[] exact = Float64Layers.of(tape.image());
            double[] logits = inFloat64(exact);
            for (int i = 0; i < logits.length; i++) {
                assertEquals(logits[i], tape.logits().data()[i], Math.scalb(200, -24) * Math.abs(logits[i]), "logit "
                        + i);
            }
            double greatest = 0;
            for (float value : gradient) {
                greatest = Math.max(greatest, Math.abs(value));
            }
            for (int i = 0; i < gradient.length; i += 7) {
                double expected = Float64Layers.Derivative.of(NetworkTest::inFloat64, exact, outputGradient, i).value();
                assertEquals(expected, gradient[i], Math.scalb(200, -24) * greatest, "value " + i);
            }
        }
    }

    @Test
    void theOrderOfTheNodesDoesNotMatter() {
        try (Engine engine = Engine.open(Provider.configured(), 2);
             Network network = branching().engine(engine).build()) {
            List<Node> shuffled = new ArrayList<>(network.nodes());
            Collections.shuffle(shuffled, new Random(5));
            Tensor image = random(Shape.of(3, 8, 8), 11);
            try (Network other = Network.builder().card(CARD).addAll(shuffled).engine(engine).build()) {
                assertArrayEquals(network.forward(image).logits().data(), other.forward(image).logits().data());
                assertEquals("fc", other.nodes().get(other.nodes().size() - 1).name());
            }
        }
    }

    @Test
    void thePlanCountsEveryLayer() {
        try (Engine engine = Engine.open(Provider.SCALAR, 1); Network network = branching().engine(engine).build()) {
            NetworkPlan plan = network.plan(Shape.of(3, 6, 10));
            assertEquals(network.nodes().stream().map(Node::name).toList(), plan.layers().stream().map(LayerPlan::name)
                    .toList());
            LayerPlan stem = plan.layers().get(network.indexOf("stem.conv"));
            assertEquals("Conv2d", stem.kind());
            assertEquals(Shape.of(6, 10, 4), stem.output());
            assertEquals(ConvolutionAlgorithm.DIRECT, stem.work().algorithm().orElseThrow());
            assertEquals(27 * 60 * 4, stem.work().multiplyAdds());
            assertEquals(4 * 27 * 4, stem.weightBytes());
            assertEquals(4 * 60 * (3 + 4), stem.activationBytes());
            LayerPlan sum = plan.layers().get(network.indexOf("block.add"));
            assertEquals(Optional.empty(), sum.work().algorithm());
            assertEquals(4 * 60 * 4 * 4, sum.bytes(), "three inputs and the output");
            LayerPlan head = plan.layers().get(network.indexOf("fc"));
            assertEquals(6 * 48, head.work().multiplyAdds());
            assertEquals(60 * (27 * 4 + 36 * 4 + 4 * 5 + 36 * 3) + 6 * 48, plan.multiplyAdds());
            assertEquals(4 * (27 * 4 + 36 * 4 + 4 * 5 + 36 * 3 + 6 * 48), plan.weightBytes());
            assertThrows(IllegalArgumentException.class, () -> network.plan(Shape.of(4, 6, 10)));
        }
    }

    @Test
    void namesOfModulesStandForTheirLastNode() {
        try (Engine engine = Engine.open(Provider.configured(), 1);
             Network network = branching().engine(engine).build()) {
            assertEquals(network.indexOf("block.relu"), network.indexOf("block"));
            assertEquals(network.indexOf("fire.concat"), network.lastFeatureMap());
            String message = assertThrows(InputException.class, () -> network.indexOf("layer4")).getMessage();
            assertTrue(message.contains("no layer 'layer4'") && message.contains("block.add"), message);
        }
    }

    @Test
    void refusesGraphsThatCannotRun() {
        refuses("cycle: a -> b -> a", new Node("a", new ReLU(), List.of("b")), new Node("b", new ReLU(), List.of("a")),
                new Node("end", new Flatten(), List.of(Network.IMAGE)));
        refuses("reads 'nothing'", new Node("a", new Flatten(), List.of("nothing")));
        refuses("occurs twice", new Node("a", new ReLU(), List.of(Network.IMAGE)),
                new Node("a", new Flatten(), List.of("a")));
        refuses("several outputs, a, b", new Node("a", new Flatten(), List.of(Network.IMAGE)),
                new Node("b", new Flatten(), List.of(Network.IMAGE)));
        refuses("no nodes");
        refuses("in shape 8x8x3", new Node("a", new ReLU(), List.of(Network.IMAGE)));
        assertThrows(IllegalArgumentException.class, () -> new Node("a", new ReLU(), List.of("b", "c")));
    }

    @Test
    void layersCanBeReplacedByOthersOfTheSameShape() {
        try (Engine engine = Engine.open(Provider.configured(), 1);
             Network network = branching().engine(engine).build()) {
            Linear head = (Linear) network.nodes().get(network.indexOf("fc")).layer();
            Linear other = head.weight(random(head.weightShape(), 20)).bias(Tensor.of(Shape.of(6), 1, 2, 3, 4, 5, 6));
            Network changed = network.replacing(Map.of("fc", other));
            Tensor image = random(Shape.of(3, 8, 8), 11);
            int below = network.indexOf("flatten");
            Tape tape = changed.forward(image);
            assertArrayEquals(network.forward(image).output(below).data(), tape.output(below).data(),
                    "what lies below is as before");
            assertArrayEquals(other.forward(engine, tape.output(below)).data(), tape.logits().data());
            changed.close();
            network.forward(image);
            assertTrue(assertThrows(InputException.class, () -> network.replacing(Map.of("none", other))).getMessage()
                    .contains("no layer 'none'"));
            assertTrue(assertThrows(InputException.class, () -> network.replacing(Map.of("block", new ReLU())))
                    .getMessage().contains("module"));
            assertThrows(IllegalArgumentException.class, () ->
                    network.replacing(Map.of("block.conv", conv(4, 5, 3, 1))));
            assertThrows(IllegalArgumentException.class, () -> head.weight(random(Shape.of(6, 47), 1)));
        }
    }

    private static void refuses(String part, Node... nodes) {
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            String message = assertThrows(InputException.class, () -> Network.builder().card(CARD)
                    .addAll(List.of(nodes)).engine(engine).build()).getMessage();
            assertTrue(message.contains(part), message);
        }
    }

    @Test
    void batchNormFoldsIntoTheConvolutionBeforeIt() {
        Tensor weight = random(Shape.of(4, 3, 3, 3), 1);
        Conv2d conv = Conv2d.of(weight).bias(random(Shape.of(4), 2)).padding(1);
        BatchNorm2d norm = BatchNorm2d.of(random(Shape.of(4), 5), Tensor.of(Shape.of(4), 0.1f, 1, 2, 3))
                .weight(random(Shape.of(4), 3)).bias(random(Shape.of(4), 4));
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            Tensor x = random(Shape.of(6, 5, 3), 6);
            assertArrayEquals(norm.forward(engine, conv.forward(engine, x)).data(), norm.after(conv, weight)
                    .forward(engine, x).data(), 1e-4f);
        }
    }
}
