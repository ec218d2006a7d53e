package dev.sectional.attribution.method;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Completeness;
import dev.sectional.attribution.Method;
import dev.sectional.attribution.StridedNetwork;
import dev.sectional.attribution.Target;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.NetworkBuilder;
import dev.sectional.nn.layer.AdaptiveAvgPool2d;
import dev.sectional.nn.layer.Add;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.ReLU;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/** The gradient family against its formulas in double precision, at a convolution, a ReLU and a linear layer. */
class GradientsTest {
    private static final float[] IMAGE = StridedNetwork.image().data();

    private static double[] gradient(float[] image, int target) {
        return StridedNetwork.backward(image, target, (activation, received) -> activation > 0 ? received : 0);
    }

    private static void assertMaps(Method method, IntFunction<double[]> expected) {
        try (Network network = StridedNetwork.network()) {
            List<Attribution> all = method.explainAll(network, StridedNetwork.image(),
                    List.of(Target.of(2), Target.of(0), Target.of(1)));
            for (Attribution each : all) {
                double[] map = expected.apply(each.target());
                for (int i = 0; i < map.length; i++) {
                    assertEquals(map[i], each.relevance().data()[i], 1e-5, method.name() + " " + each.target());
                }
            }
        }
    }

    @Test
    void gradientAndItsProductWithTheImage() {
        assertMaps(Gradients.plain(), target -> gradient(IMAGE, target));
        assertMaps(Gradients.timesInput(), target -> {
            double[] map = gradient(IMAGE, target);
            for (int i = 0; i < map.length; i++) {
                map[i] *= IMAGE[i];
            }
            return map;
        });
    }

    @Test
    void reluGradients() {
        assertMaps(ReluGradient.guided(), target -> StridedNetwork.backward(IMAGE, target,
                (activation, received) -> activation > 0 ? Math.max(0, received) : 0));
        assertMaps(ReluGradient.deconvnet(), target -> StridedNetwork.backward(IMAGE, target,
                (activation, received) -> Math.max(0, received)));
    }

    @Test
    void integratedGradientsWeighTheirPoints() {
        for (Quadrature rule : Quadrature.values()) {
            for (int steps : new int[] {1, 2, 5}) {
                assertMaps(Gradients.integrated(steps, rule), target -> {
                    double[] sum = new double[IMAGE.length];
                    for (Quadrature.Point point : rule.points(steps)) {
                        float[] image = IMAGE.clone();
                        for (int i = 0; i < image.length; i++) {
                            image[i] *= (float) point.at();
                        }
                        double[] there = gradient(image, target);
                        for (int i = 0; i < sum.length; i++) {
                            sum[i] += point.weight() * there[i] * IMAGE[i];
                        }
                    }
                    return sum;
                });
            }
        }
    }

    /** Without biases the gradient is the same along the path, and the logit of the zero image is 0. */
    @Test
    void theAccountOfCompleteness() {
        try (Network network = StridedNetwork.network()) {
            Attribution result = Gradients.integrated(3, Quadrature.GAUSS).explain(network, StridedNetwork.image(),
                    Target.of(1));
            assertEquals(result.logit(), result.completeness().orElseThrow().logitChange(), 1e-6);
            assertEquals(result.relevance().sum(), result.completeness().orElseThrow().relevanceSum(), 1e-6);
            assertEquals(0, result.completeness().orElseThrow().gap(), 1e-5);
            assertEquals(2.5, new Completeness(3, 0.5).gap());
            assertTrue(Gradients.plain().explain(network, StridedNetwork.image(), Target.of(1)).completeness()
                    .isEmpty());
        }
    }

    @Test
    void smoothGradAveragesOverNoise() {
        assertMaps(Gradients.smooth(3, 0, 1), target -> gradient(IMAGE, target));
        assertMaps(Gradients.smooth(4, 0.3, 7), target -> {
            Random random = new Random(7);
            double[] mean = new double[IMAGE.length];
            for (int sample = 0; sample < 4; sample++) {
                float[] noisy = IMAGE.clone();
                for (int i = 0; i < noisy.length; i++) {
                    noisy[i] += (float) (0.3 * (1.5 - -1) * random.nextGaussian());   // the image spans -1 to 1.5
                }
                double[] there = gradient(noisy, target);
                for (int i = 0; i < mean.length; i++) {
                    mean[i] += there[i] / 4;
                }
            }
            return mean;
        });
    }

    @Test
    void argumentsAreChecked() {
        for (int steps : new int[] {0, 10_001}) {
            assertThrows(InputException.class, () -> Gradients.integrated(steps, Quadrature.RIGHT));
        }
        assertEquals("integrated-gradients", Gradients.integrated(10_000, Quadrature.RIGHT).name());
        for (double noise : new double[] {-1e-9, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThrows(InputException.class, () -> Gradients.smooth(1, noise, 0));
        }
        assertThrows(InputException.class, () -> Gradients.smooth(0, 1, 0));
    }

    private static NetworkBuilder graph(int side) {
        return Network.builder().card(ModelCard.fromMetadata(Map.of("sectional.input", "1," + side + "," + side)));
    }

    /** More pixels than a chunk of a loop: the logit is twice the mean of x + 1. */
    @Test
    void everyPixelOfALargeImageCounts() {
        int side = 190;
        float[] pixels = new float[side * side];
        Arrays.fill(pixels, 3);
        Tensor image = Tensor.of(Shape.of(1, side, side), pixels);
        try (Network network = graph(side)
                .add("conv", Conv2d.of(Tensor.of(Shape.of(1, 1, 1, 1), 1)).bias(Tensor.of(Shape.of(1), 1)))
                .add("pool", new AdaptiveAvgPool2d(1, 1)).add("flatten", new Flatten())
                .add("head", Linear.of(Tensor.of(Shape.of(1, 1), 2))).build()) {
            for (Method method : List.of(Gradients.plain(), Gradients.smooth(1, 0, 0), Gradients.smooth(2, 0, 0))) {
                for (float value : method.explain(network, image, Target.of(0)).relevance().data()) {
                    assertEquals(2.0 / side / side, value, 1e-9, method.name());
                }
            }
            Completeness account = Gradients.integrated(2, Quadrature.GAUSS).explain(network, image, Target.of(0))
                    .completeness().orElseThrow();
            assertEquals(8 - 2, account.logitChange(), 1e-2, "the logit of the zero image is 2");
            assertEquals(6, account.relevanceSum(), 1e-2);
        }
    }

    /** Gradients are added up at a convolution if it alone reads the image: here a ReLU does too, or in its place. */
    @Test
    void everyReaderOfTheImageCounts() {
        Tensor image = Tensor.of(Shape.of(1, 2, 2), 1, 2, 3, -4);
        float[] head = {1, -1, 1, 1};
        for (boolean both : new boolean[] {true, false}) {
            NetworkBuilder graph = graph(2);
            Conv2d conv = Conv2d.of(Tensor.of(Shape.of(1, 1, 1, 1), 2));
            if (both) {
                graph.add("conv", conv, Network.IMAGE);
            }
            graph.add("relu", new ReLU(), Network.IMAGE);
            if (!both) {
                graph.add("conv", conv, "relu");
            }
            graph.add("sum", new Add(), "relu", "conv");
            graph.add("flatten", new Flatten());
            graph.add("head", Linear.of(Tensor.of(Shape.of(1, 4), head)));
            Random random = new Random(7);
            double[] mean = new double[4];
            for (int i = 0; i < 8 * 4; i++) {   // the image spans 7
                double noisy = image.data()[i % 4] + 0.3 * 7 * random.nextGaussian();
                double active = noisy > 0 ? 1 : 0;
                mean[i % 4] += head[i % 4] * (active + 2 * (both ? 1 : active)) / 8;
            }
            try (Network network = graph.build()) {
                float[] actual = Gradients.smooth(8, 0.3, 7).explain(network, image, Target.of(0)).relevance().data();
                for (int i = 0; i < 4; i++) {
                    assertEquals(mean[i], actual[i], 1e-6, "both " + both + ", pixel " + i);
                }
            }
        }
    }

    @Test
    void severalTargetsDoNotMix() {
        try (Network network = StridedNetwork.network()) {
            Tensor image = StridedNetwork.image();
            Method method = Gradients.smooth(2, 0.1, 3);
            List<Attribution> both = method.explainAll(network, image, List.of(Target.of(0), Target.of(1)));
            assertArrayEquals(method.explain(network, image, Target.of(1)).relevance().data(),
                    both.get(1).relevance().data());
        }
    }
}
