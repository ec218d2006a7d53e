package dev.sectional.evaluation.metric.randomisation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.Rsp;
import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.evaluation.Case;
import dev.sectional.evaluation.Expected;
import dev.sectional.evaluation.Explainer;
import dev.sectional.evaluation.Figure;
import dev.sectional.evaluation.Metric;
import dev.sectional.evaluation.Summary;
import dev.sectional.evaluation.data.Mask;
import dev.sectional.evaluation.data.Sample;
import dev.sectional.evaluation.data.Truth;
import dev.sectional.evaluation.internal.CounterRandom;
import dev.sectional.nn.Layer;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.NetworkBuilder;
import dev.sectional.nn.layer.AdaptiveAvgPool2d;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.ReLU;
import dev.sectional.nn.rule.Rules;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class RandomisationTest {
    private static final int SIZE = 24;
    private static Engine engine;

    /** Two convolutions and a linear layer with random weights. */
    private final Network network = network();

    @BeforeAll
    static void open() {
        engine = Engine.open();
    }

    @AfterAll
    static void closeEngine() {
        engine.close();
    }

    private static Network network() {
        NetworkBuilder graph = Network.builder();
        graph.add("low", Conv2d.of(Expected.image(1, 3, 3).reshape(Shape.of(1, 3, 3, 3)))
                .bias(Tensor.of(Shape.of(1), 0.5f)).padding(1));
        graph.add("low.relu", new ReLU());
        graph.add("high", Conv2d.of(tensor(2, 8, 1, 3, 3)).bias(tensor(3, 8)).padding(1));
        graph.add("high.relu", new ReLU());
        graph.add("pool", new AdaptiveAvgPool2d(1, 1));
        graph.add("flatten", new Flatten());
        graph.add("head", Linear.of(tensor(4, 5, 8)).bias(tensor(5, 5)));
        return graph.card(ModelCard.fromMetadata(Map.of("sectional.input", "3," + SIZE + "," + SIZE))).engine(engine)
                .build();
    }

    private static Tensor tensor(long seed, int... dims) {
        Tensor tensor = Tensor.zeros(Shape.of(dims));
        double[] noise = Expected.noise(seed, tensor.data().length);
        for (int i = 0; i < noise.length; i++) {
            tensor.data()[i] = (float) noise[i];
        }
        return tensor;
    }

    @Test
    void layersAreUntrainedFromTheLogitsDown() {
        RandomisedNetworks randomisation = new RandomisedNetworks(network, 7);
        assertEquals(List.of("head", "high", "low"), randomisation.layers());
        Network two = randomisation.cascading(2);
        Network middle = randomisation.independent(1);
        assertSame(layer(network, "low"), layer(two, "low"));
        assertSame(layer(two, "high"), layer(middle, "high"), "a layer has the same weights in every variant");
        assertSame(layer(network, "head"), layer(middle, "head"));
        assertFalse(layer(network, "high") == layer(two, "high"));
        Conv2d high = (Conv2d) layer(two, "high");
        double bound = Math.sqrt(6.0 / 9);
        double[] weights = new double[72];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = high.weights().data()[i];
            assertTrue(Math.abs(weights[i]) <= bound);
        }
        assertArrayEquals(new float[8], high.bias());
        assertArrayEquals(new float[5], ((Linear) layer(two, "head")).bias());
    }

    @Test
    void weightsAreTheSameEverywhere() {
        Linear head = (Linear) layer(new RandomisedNetworks(network, 7).cascading(1), "head");
        float[] weights = head.weights().tensor().data();
        assertArrayEquals(new float[] {(float) -0.7084552116654682, (float) -0.7606322882970878,
                (float) -0.39310572955068757},
                new float[] {weights[0], weights[1], weights[2]});
        float[] part = new float[3];
        new HeUniform(Shape.of(5, 8), new CounterRandom(7).part("randomisation").part("head")).read(1, part, 0, 3);
        assertArrayEquals(new float[] {weights[1], weights[2], weights[3]}, part);
    }

    @Test
    void aMapThatIgnoresTheNetworkHasSimilarityOne() {
        Explainer edges = new Fixed("edges") {
            @Override
            Tensor explain(Network given, Tensor image, int target) {
                return image;
            }
        };
        Summary summary = summary(new ModelRandomisation(1), edges);
        for (String measure : List.of("ssim", "spearman", "spearman-abs", "hog", "pearson")) {
            assertEquals(1, summary.overall().get("cascading." + measure), 1e-9);
            assertEquals(1, summary.overall().get("independent." + measure), 1e-9);
        }
    }

    /**
     * What the documentation says of RSP in convolutions larger than 1x1: weights act through activations and start
     * alone.
     */
    @Test
    void rspPropagatesTheSameRelevanceThroughAnUntrainedLayer() {
        Layer untrained = layer(new RandomisedNetworks(network, 7).independent(1), "high");
        int high = network.indexOf("high");
        Tensor x = network.forward(Expected.image(9, SIZE, SIZE)).input(high);
        Tensor relevance = network.forward(Expected.image(10, SIZE, SIZE)).output(high);
        assertArrayEquals(Rsp.rule().propagate(engine, layer(network, "high"), x, relevance).relevance().data(),
                Rsp.rule().propagate(engine, untrained, x, relevance).relevance().data());
        assertFalse(Arrays.equals(Rules.zPlus().propagate(engine, layer(network, "high"), x, relevance).relevance()
                .data(),
                Rules.zPlus().propagate(engine, untrained, x, relevance).relevance().data()));
    }

    @Test
    void curvesGoFromTheLogitsDown() {
        Summary summary = summary(new ModelRandomisation(1), new RspExplainer());
        Summary.Curve curve = summary.curves().get(0);
        assertEquals(List.of("head", "high", "low"), curve.ticks());
        assertEquals("cascading randomisation, ssim", curve.name());
        assertTrue(curve.values().get(2) < 0.99, "with no layer trained the map is another");
        assertEquals(curve.values().get(2), summary.overall().get("all.ssim"));
        assertEquals(10, summary.curves().size());
        assertEquals(summary, summary(new ModelRandomisation(1), new RspExplainer()));
        assertFalse(summary.equals(summary(new ModelRandomisation(2), new RspExplainer())), "the seed counts");
    }

    @Test
    void undefinedSimilaritiesAreNoCases() {
        String low = "cascading.00.head.ssim";
        String all = "cascading.01.low.ssim";
        Metric metric = new ModelRandomisation(1);
        List<Metric.Row> rows = List.of(new Metric.Row("a", 0, Map.of(low, 0.5, all, 0.25)),
                new Metric.Row("b", 0, Map.of(low, Double.NaN, all, Double.NaN)),
                new Metric.Row("c", 0, Map.of(low, Double.NaN, all, 0.75)),
                new Metric.Row("d", 0, Map.of(low, 0.5, all, 0.5)));
        Map<String, Double> overall = metric.summary(rows, List.of("thing")).overall();
        assertEquals(Map.of("cascading.ssim", 0.5, "all.ssim", 0.5, "cases", 3.0), overall);
        Figure cascading = metric.figures(rows, List.of("thing")).get(0);
        assertTrue(cascading.terms().add(rows.get(2), new double[4]));
        assertFalse(cascading.terms().add(rows.get(1), new double[4]));
        double[] firstUndefined = {0, 0, 0.75, 1};
        assertEquals(0.75, cascading.value().applyAsDouble(firstUndefined));
        assertEquals("model-randomisation", metric.name());
        assertEquals("layers untrained from the logits down to", metric.curves(rows).get(0).xName());
    }

    @Test
    void classSensitivityReportsBothKinds() {
        Metric metric = new ClassSensitivity();
        List<String> names = metric.figures(List.of(), List.of()).stream().map(Figure::name).toList();
        assertEquals(11, names.size());
        assertTrue(names.containsAll(List.of("least.ssim", "other.pearson", "cases")), names.toString());
        assertEquals("class-sensitivity", metric.name());
    }

    /** Of the other classes in the image the one with the greatest logit counts. */
    @Test
    void classSensitivityTakesTheMostLikelyOtherClass() {
        float[] logits = network.forward(Expected.image(9, SIZE, SIZE)).logits().data();
        int first = logits[1] > logits[3] ? 1 : 3;
        Explainer byClass = new Fixed("by class") {
            @Override
            Tensor explain(Network given, Tensor image, int target) {
                return Expected.image(target == 4 - first ? 50 : 60, SIZE, SIZE);
            }
        };
        for (List<Integer> present : List.of(List.of(0, 1, 3), List.of(0, 3, 1))) {
            assertEquals(1, new ClassSensitivity().measure(evaluated(byClass, 0, present)).get("other.pearson"), 1e-9);
        }
    }

    @Test
    void classSensitivityComparesTheMapsOfTwoClasses() {
        Explainer blind = new Fixed("blind") {
            @Override
            Tensor explain(Network given, Tensor image, int target) {
                return image;
            }
        };
        Map<String, Double> same = new ClassSensitivity().measure(evaluated(blind, 2, List.of(2, 4)));
        assertEquals(1, same.get("least.ssim"), 1e-9);
        assertEquals(1, same.get("other.pearson"), 1e-9);
        Map<String, Double> second = new ClassSensitivity().measure(evaluated(blind, 4, List.of(2, 4)));
        assertFalse(second.containsKey("least.ssim"), "the top class is compared once an image");
        assertTrue(second.containsKey("other.ssim"));
        Map<String, Double> alone = new ClassSensitivity().measure(evaluated(blind, 2, List.of(2)));
        assertFalse(alone.containsKey("other.ssim"));
        Explainer byClass = new Fixed("by class") {
            @Override
            Tensor explain(Network given, Tensor image, int target) {
                return Expected.image(target, SIZE, SIZE);
            }
        };
        assertTrue(Math.abs(new ClassSensitivity().measure(evaluated(byClass, 2, List.of(2, 4)))
                .get("other.pearson")) < 0.3);
    }

    private Summary summary(Metric metric, Explainer explainer) {
        Map<String, Double> values = metric.measure(evaluated(explainer, 1, List.of(1)));
        return metric.summary(List.of(new Metric.Row("one", 0, values)), List.of("thing"));
    }

    private Case evaluated(Explainer explainer, int target, List<Integer> present) {
        Tensor image = Expected.image(9, SIZE, SIZE);
        Mask everything = Mask.rectangle(SIZE, SIZE, 0, 0, SIZE, SIZE);
        Truth truth = new Truth(0, everything, false, everything, Mask.empty(SIZE, SIZE));
        Sample sample = new Sample("one", SIZE, SIZE, List.of(truth), () -> null);
        Tensor relevance = explainer.explain(network, image, List.of(target)).get(0);
        return new Case(sample, truth, network, image, target, present, explainer, relevance,
                explainer.saliency(relevance));
    }

    private static Layer layer(Network of, String name) {
        return of.nodes().get(of.indexOf(name)).layer();
    }

    private abstract static class Fixed implements Explainer {
        private final String name;

        Fixed(String name) {
            this.name = name;
        }

        abstract Tensor explain(Network given, Tensor image, int target);

        @Override
        public String name() {
            return name;
        }

        @Override
        public List<Tensor> explain(Network given, Tensor image, List<Integer> targets) {
            return targets.stream().map(target -> explain(given, image, target)).toList();
        }
    }

    private static final class RspExplainer extends Fixed {
        RspExplainer() {
            super("rsp");
        }

        @Override
        Tensor explain(Network given, Tensor image, int target) {
            return Rsp.reference().explain(given, image, Target.of(target)).relevance();
        }
    }
}
