package dev.sectional.evaluation.metric.faithfulness;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.evaluation.Case;
import dev.sectional.evaluation.Expected;
import dev.sectional.evaluation.Explainer;
import dev.sectional.evaluation.Figure;
import dev.sectional.evaluation.Metric;
import dev.sectional.evaluation.Saliency;
import dev.sectional.evaluation.Summary;
import dev.sectional.evaluation.data.Mask;
import dev.sectional.evaluation.data.Sample;
import dev.sectional.evaluation.data.Truth;
import dev.sectional.evaluation.internal.CounterRandom;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.NetworkBuilder;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.Linear;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The values, figures and curves that each metric reports for one class of one image, with a linear network. */
class MeasuresTest {
    private static final int SIZE = 16;
    private static final int TARGET = 1;
    private final Engine engine = Engine.open();
    private final Network network = network();
    private final Tensor image = Expected.image(3, SIZE, SIZE);

    @AfterEach
    void close() {
        engine.close();
    }

    private Network network() {
        NetworkBuilder graph = Network.builder();
        graph.add("flatten", new Flatten());
        Tensor weights = Tensor.zeros(Shape.of(2, 3 * SIZE * SIZE));
        double[] noise = Expected.noise(2, weights.data().length);
        for (int i = 0; i < noise.length; i++) {
            weights.data()[i] = (float) noise[i] / 10;
        }
        graph.add("head", Linear.of(weights).bias(Tensor.of(Shape.of(2), 0.1f, 0.2f)));
        List<Float> half = List.of(0.5f, 0.5f, 0.5f);
        return graph.card(ModelCard.builder(Shape.of(3, SIZE, SIZE)).normalisation(half, half).build()).engine(engine)
                .build();
    }

    private Case evaluated(Network of) {
        Explainer given = new Explainer() {
            @Override
            public String name() {
                return "image";
            }

            @Override
            public boolean needsNetwork() {
                return of != null;
            }

            @Override
            public List<Tensor> explain(Network explained, Tensor at, List<Integer> targets) {
                return targets.stream().map(target -> at).toList();
            }
        };
        Mask everything = Mask.rectangle(SIZE, SIZE, 0, 0, SIZE, SIZE);
        Truth truth = new Truth(0, everything, false, everything, Mask.empty(SIZE, SIZE));
        Sample sample = new Sample("one", SIZE, SIZE, List.of(truth), () -> null);
        return new Case(sample, truth, of, image, TARGET, List.of(TARGET), given, image, Saliency.sum(image));
    }

    private static List<Metric> metrics() {
        return List.of(InsertionDeletion.insertion(), InsertionDeletion.deletion(), new PixelFlipping(),
                new Infidelity(4), new MaxSensitivity(4));
    }

    @Test
    void curvesStartAtTheScoreOfTheImageAndEndAtThatOfZeros() {
        double whole = network.forward(image).probabilities()[TARGET];
        double none = network.forward(Tensor.zeros(image.shape())).probabilities()[TARGET];
        Map<String, Double> deletion = InsertionDeletion.deletion().measure(evaluated(network));
        assertEquals(List.of("area", "floor", "deletion.000", "deletion.001", "deletion.002"),
                List.copyOf(deletion.keySet()));
        double middle = deletion.get("deletion.001");
        assertEquals(List.of((whole + none) / 4 + middle / 2, whole / 4, whole, none),
                List.of(deletion.get("area"), deletion.get("floor"), deletion.get("deletion.000"),
                        deletion.get("deletion.002")));
        Map<String, Double> insertion = InsertionDeletion.insertion().measure(evaluated(network));
        assertEquals(List.of("area", "insertion.000", "insertion.001", "insertion.002"),
                List.copyOf(insertion.keySet()));
        assertEquals(whole, insertion.get("insertion.002"));

        double logit = network.forward(image).logits().data()[TARGET];
        Map<String, Double> flipping = new PixelFlipping().measure(evaluated(network));
        assertEquals(List.of(logit, logit, (double) 0.2f, (double) 0.2f), List.of(flipping.get("morf.000"),
                flipping.get("lerf.000"), flipping.get("morf.032"), flipping.get("lerf.032")));
        assertEquals(flipping.get("morf") - flipping.get("lerf"), flipping.get("difference"));
        assertTrue(Math.abs(flipping.get("difference")) > 1e-3);
    }

    @Test
    void randomMeasuresDependOnTheSeedAndTheImage() {
        Case one = evaluated(network);
        CounterRandom squares = new CounterRandom(4).part("infidelity").part("one");
        assertEquals(Infidelity.of(image, one.map(), squares, 512,
                x -> network.forward(x).logits().data()[TARGET]), new Infidelity(4).measure(one));
        CounterRandom noise = new CounterRandom(4).part("max-sensitivity").part("one");
        double radius = 5.1 / 255 / 0.5;
        double expected = MaxSensitivity.of(image, image, noise, 8, new double[] {radius, radius, radius}, x -> x);
        assertEquals(expected, new MaxSensitivity(4).measure(one).get("max-sensitivity"), 1e-8);
    }

    @Test
    void methodsWithoutANetworkAreNotMeasured() {
        for (Metric metric : metrics()) {
            assertEquals(Map.of(), metric.measure(evaluated(null)), metric.name());
        }
    }

    @Test
    void figuresSayWhatIsBetter() {
        List<String> expected = List.of("insertion: area HIGHER, cases NEITHER",
                "deletion: area LOWER, floor NEITHER, cases NEITHER",
                "flipping: morf HIGHER, lerf LOWER, difference HIGHER, cases NEITHER",
                "infidelity: infidelity LOWER, share LOWER, standard error NEITHER, cases NEITHER",
                "max-sensitivity: max-sensitivity LOWER, cases NEITHER");
        assertEquals(expected, metrics().stream().map(metric -> metric.name() + ": " + String.join(", ",
                metric.figures(List.of(), List.of()).stream().map(MeasuresTest::text).toList())).toList());
    }

    private static String text(Figure figure) {
        return figure.name() + " " + figure.better();
    }

    @Test
    void settingsAndCurvesSayWhatReplacesThePixels() {
        assertEquals(Map.of("baseline", "the blurred image", "steps", "one per 224 pixels"),
                InsertionDeletion.insertion().settings());
        assertEquals(Map.of("baseline", "0 of the normalised input", "steps", "3"),
                InsertionDeletion.deletion().steps(3).settings());
        assertEquals(Map.of("baseline", "0 of the normalised input", "steps", "32", "regions per side", "28"),
                new PixelFlipping().settings());
        assertEquals(List.of("share of the image inserted", "share of the image deleted",
                "share of the image replaced", "share of the image replaced"),
                metrics().stream().flatMap(metric -> metric.curves(List.of()).stream()).map(Summary.Curve::xName)
                        .toList());
    }

    /** The errors are 1, 4 and 9: their deviations from 14/3 have the squares 294/9, a sixth of which is 49/9. */
    @Test
    void theStandardErrorIsThatOfTheMeanError() {
        Iterator<Double> scores = List.of(0.0, -1.0, -2.0, -3.0).iterator();
        Map<String, Double> values = Infidelity.of(image, new Saliency(SIZE, SIZE, new float[SIZE * SIZE]),
                new CounterRandom(1), 3, x -> scores.next());
        assertEquals(14 / 3.0, values.get("infidelity"), 1e-12);
        assertEquals(7 / 3.0, values.get("standard error"), 1e-12);
    }

    @Test
    void eachChannelHasItsOwnRadius() {
        for (int of = 0; of < 3; of++) {
            int channel = of;
            double value = MaxSensitivity.of(image, channel(image, channel), new CounterRandom(1), 2,
                    new double[] {0, 0, 0.5}, x -> channel(x, channel));
            assertEquals(channel == 2, value > 0, "channel " + channel);
        }
    }

    private static Tensor channel(Tensor x, int channel) {
        int size = SIZE * SIZE;
        return Tensor.of(Shape.of(1, SIZE, SIZE), Arrays.copyOfRange(x.data(), channel * size, (channel + 1) * size));
    }

    @Test
    void squaresAtTheBorderAreCut() {
        Saliency map = new Saliency(3, 3, new float[] {0, 0, 9, 0, 0, 9, 1, 1, 3});
        int[][] expected = {{2, 5}, {8}, {6, 7}, {0, 1, 3, 4}};
        assertArrayEquals(expected, Regions.descending(map, 2));
        int steps = new PixelFlipping().scores(Expected.image(1, 28, 28), Expected.maps(1, 28, 28)[0], true, x -> 0)
                .length - 1;
        assertEquals(32, steps, "28 x 28 pixels are regions of their own");
    }
}
