package dev.sectional.attribution.method;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.StridedNetwork;
import dev.sectional.attribution.Target;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.layer.AdaptiveAvgPool2d;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.ReLU;
import org.junit.jupiter.api.Test;

/** Grad-CAM against its formula in double precision. */
class GradCamTest {
    private static double[] map(int target) {
        double[][] activations = StridedNetwork.activations();
        double[] map = new double[activations[0].length];
        for (int p = 0; p < map.length; p++) {
            for (int c = 0; c < activations.length; c++) {
                map[p] += activations[c][p] * StridedNetwork.weight(target, c);
            }
            map[p] = Math.max(0, map[p]);
        }
        return map;
    }

    /** Interpolates with the value of each position at its centre, and the outermost values beyond the centres. */
    private static double enlarged(double[] map, int y, int x) {
        double value = 0;
        for (int row = 0; row < StridedNetwork.ROWS; row++) {
            for (int column = 0; column < StridedNetwork.COLUMNS; column++) {
                value += map[row * StridedNetwork.COLUMNS + column] * share(y, row, StridedNetwork.ROWS)
                        * share(x, column, StridedNetwork.COLUMNS);
            }
        }
        return value;
    }

    private static double share(int pixel, int position, int count) {
        double at = Math.max(0, Math.min(count - 1, (pixel + 0.5) / 2 - 0.5));
        return Math.max(0, 1 - Math.abs(at - position));
    }

    @Test
    void equalsItsFormulaAtEveryPixel() {
        try (Network network = StridedNetwork.network()) {
            boolean positive = false;
            for (int target = 0; target < StridedNetwork.CLASSES; target++) {
                Tensor relevance = GradCam.atLastFeatureMap().explain(network, StridedNetwork.image(),
                        Target.of(target)).relevance();
                assertEquals(Shape.of(1, 4, 6), relevance.shape());
                double[] map = map(target);
                for (int i = 0; i < 24; i++) {
                    assertEquals(enlarged(map, i / 6, i % 6), relevance.data()[i], 1e-6, target + ", pixel " + i);
                    positive |= relevance.data()[i] > 0.1;
                }
            }
            assertTrue(positive, "the maps are not empty");
        }
    }

    /** Each of the three channels receives a third. */
    @Test
    void theChannelsOfAnImageShareTheMap() {
        float[] kernels = {1, 0.5f, -0.25f, -1, 0.25f, 0.5f};
        float[] head = {1, -0.5f};
        Tensor image = Tensor.of(Shape.of(3, 2, 2), 1, -2, 3, 0.5f, -1, 4, 2, 1, 0.25f, 3, -1, 2);
        try (Network network = Network.builder().card(ModelCard.builder(image.shape()).build())
                .add("conv", Conv2d.of(Tensor.of(Shape.of(2, 3, 1, 1), kernels))).add("relu", new ReLU())
                .add("pool", new AdaptiveAvgPool2d(1, 1)).add("flatten", new Flatten())
                .add("head", Linear.of(Tensor.of(Shape.of(1, 2), head))).build()) {
            float[] relevance = GradCam.atLastFeatureMap().explain(network, image, Target.of(0)).relevance().data();
            for (int p = 0; p < 4; p++) {
                double map = 0;
                for (int o = 0; o < 2; o++) {
                    double sum = 0;
                    for (int c = 0; c < 3; c++) {
                        sum += kernels[o * 3 + c] * image.data()[c * 4 + p];
                    }
                    map += Math.max(0, sum) * head[o] / 4;
                }
                for (int c = 0; c < 3; c++) {
                    assertEquals(Math.max(0, map) / 3, relevance[c * 4 + p], 1e-6, "channel " + c + ", pixel " + p);
                }
            }
            assertTrue(relevance[0] > 0.01);
        }
    }

    @Test
    void aNamedLayerMustHaveAFeatureMap() {
        try (Network network = StridedNetwork.network()) {
            Tensor image = StridedNetwork.image();
            assertArrayEquals(GradCam.atLastFeatureMap().explain(network, image, Target.of(1)).relevance().data(),
                    GradCam.at("relu").explain(network, image, Target.of(1)).relevance().data());
            InputException e = assertThrows(InputException.class,
                    () -> GradCam.at("head").explain(network, image, Target.of(1)));
            assertTrue(e.getMessage().contains("'head'"), e.getMessage());
        }
    }
}
