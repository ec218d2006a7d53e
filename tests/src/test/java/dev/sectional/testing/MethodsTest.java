package dev.sectional.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Method;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.GradCam;
import dev.sectional.attribution.method.Lrp;
import dev.sectional.attribution.method.Methods;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.Window;
import dev.sectional.laws.Values;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.NetworkBuilder;
import dev.sectional.nn.layer.AvgPool2d;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.ReLU;
import dev.sectional.nn.layer.Softmax;
import dev.sectional.nn.rule.Composite;
import dev.sectional.nn.rule.Rules;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Properties of every method, and single methods against values calculated by hand. */
class MethodsTest {
    private Engine engine;

    @BeforeEach
    void open() {
        engine = Engine.open(Provider.configured(), 2);
    }

    @AfterEach
    void close() {
        engine.close();
    }

    @Test
    void everyMethodGivesOneMapPerClassOfTheImagesShape() {
        Random random = new Random(1);
        try (Network network = Samples.graph(engine, random, 12)) {
            Tensor image = Values.SIGNED.tensor(Shape.of(3, 12, 12), random);
            for (Methods.Entry entry : Methods.all()) {
                Method method = entry.method();
                List<Attribution> all = method.explainAll(network, image,
                        List.of(Target.top(2), Target.of(0), Target.of(1)));
                assertEquals(all.size(), all.stream().map(Attribution::target).distinct().count(), "each class once");
                for (Attribution each : all) {
                    assertEquals(image.shape(), each.relevance().shape(), entry.name());
                    assertEquals(entry.name(), each.method());
                    assertArrayEquals(method.explain(network, image, Target.of(each.target())).relevance().data(),
                            each.relevance().data(), entry.name());
                }
            }
        }
    }

    @Test
    void bitsDoNotDependOnThreads() {
        for (Methods.Entry entry : Methods.all()) {
            List<float[]> maps = new ArrayList<>();
            for (int threads : new int[] {1, 3}) {
                Random random = new Random(2);
                try (Engine other = Engine.open(Provider.configured(), threads);
             Network network = Samples.graph(other, random, 12)) {
                    maps.add(entry.method().explain(network,
                            Values.SIGNED.tensor(Shape.of(3, 12, 12), random), Target.top(1))
                            .relevance().data());
                }
            }
            assertArrayEquals(maps.get(0), maps.get(1), entry.name());
        }
    }

    @Test
    void aSoftmaxLeftAtTheEndIsRefused() {
        NetworkBuilder graph = tiny(1);
        graph.add("prob", new Softmax());
        try (Network network = network(graph, 2)) {
            for (Methods.Entry entry : Methods.all()) {
                InputException e = assertThrows(InputException.class, () -> entry.method()
                        .explain(network, Tensor.zeros(Shape.of(1, 2, 2)), Target.of(0)));
                assertTrue(e.getMessage()
                        .startsWith("the network ends in a softmax, 'prob': relevance starts at the logits"),
                        e.getMessage());
            }
        }
    }

    /** The convolution passes x unchanged, so A = x, and the gradient of the logit is the weight of the head. */
    @Test
    void gradCamIsEnlargedBilinearly() {
        try (Network network = network(tiny(1), 2)) {
            Attribution map = GradCam.at("relu").explain(network, Tensor.of(Shape.of(1, 2, 2), 1, 2, 3, 4),
                    Target.of(0));
            assertArrayEquals(new float[] {2.5f, 5, 7.5f, 10}, map.relevance().data(), 1e-6f);   // mean weight 2.5
        }
        NetworkBuilder graph = Network.builder();
        graph.add("mean", AvgPool2d.of(Window.of(2, 2, 0), Window.of(2, 2, 0)));
        graph.add("flatten", new Flatten());
        graph.add("head", Linear.of(Tensor.of(Shape.of(1, 4), 4, 4, 4, 4)));
        try (Network network = network(graph, 4)) {
            Tensor image = Tensor.of(Shape.of(1, 4, 4), 0, 0, 4, 4, 0, 0, 4, 4, 8, 8, 16, 16, 8, 8, 16, 16);
            float[] map = GradCam.at("mean").explain(network, image, Target.of(0)).relevance().data();
            // The small map times 4 is 0 16, 32 64. Pixels between two positions take 1/4 and 3/4 of each.
            assertArrayEquals(new float[] {0, 4, 12, 16}, new float[] {map[0], map[1], map[2], map[3]}, 1e-5f);
            assertEquals(0.75f * 4 + 0.25f * (32 + 0.25f * 32), map[5], 1e-5f);
        }
    }

    /** The rules that a user composes are the rules in the account. */
    @Test
    void aCompositeOfOnesOwn() {
        try (Network network = network(tiny(1), 2)) {
            Composite mine = Composite.epsilonPlus().named("mine").first(Conv2d.class, Rules.flat())
                    .name("head", Rules.zero());
            Attribution map = Lrp.of(mine).keepingLayerRelevances(true)
                    .explain(network, Tensor.of(Shape.of(1, 2, 2), 1, 2, 3, 4), Target.of(0));
            assertEquals("mine", map.method());
            assertEquals(List.of("lrp-0", "pass", "pass", "flat"), map.layers().stream().map(layer -> layer.rule())
                    .toList());
            assertEquals(30, map.relevance().sum(), 1e-4);                 // 1 + 4 + 9 + 16
            assertArrayEquals(new float[] {1, 4, 9, 16}, map.layerRelevances().get("head").data(), 1e-6f);
        }
    }

    @Test
    void anImageThatLeavesTheBoxIsOneLine() {
        try (Network network = network(tiny(1), 2)) {
            Lrp boxed = Lrp.of(Composite.epsilonPlus().first(Conv2d.class, Rules.zBox(-1, 1)));
            InputException e = assertThrows(InputException.class, () ->
                    boxed.explain(network, Tensor.of(Shape.of(1, 2, 2), 1, 2, 3, 4), Target.of(0)));
            assertTrue(e.getMessage()
                    .startsWith("layer 'conv', rule z^B: the input leaves the box of z^B: it spans 1.0 .. 4.0"),
                    e.getMessage());
        }
    }

    /** Builds a 1x1 convolution with the given weight, a ReLU, and a head of two logits. */
    private static NetworkBuilder tiny(float weight) {
        NetworkBuilder graph = Network.builder();
        graph.add("conv", Conv2d.of(Tensor.of(Shape.of(1, 1, 1, 1), weight)));
        graph.add("relu", new ReLU());
        graph.add("flatten", new Flatten());
        graph.add("head", Linear.of(Tensor.of(Shape.of(2, 4), 1, 2, 3, 4, -1, 0, 1, 0)));
        return graph;
    }

    private Network network(NetworkBuilder graph, int side) {
        return graph.card(ModelCard.fromMetadata(Map.of("sectional.input", "1," + side + "," + side, "sectional.mean",
                "0", "sectional.std", "1"))).engine(engine).build();
    }
}
