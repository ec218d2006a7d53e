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
import dev.sectional.nn.Network;
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
