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
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import java.util.List;
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
