package dev.sectional.attribution.method;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Method;
import dev.sectional.attribution.Target;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.layer.Clip;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.Linear;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Guided backpropagation and deconvnet through ReLU6, against their formulas. */
class ReluGradientTest {
    private static final int PIXELS = 4;
    private static final int UNITS = 5;
    private final Random random = new Random(7);
    private final Tensor image = noise(3, 2, 2);
    private final Tensor weights = noise(UNITS, 3, 1, 1);
    private final Tensor last = noise(2, UNITS * PIXELS);

    private Tensor noise(int... dims) {
        Tensor tensor = Tensor.zeros(Shape.of(dims));
        for (int i = 0; i < tensor.data().length; i++) {
            tensor.data()[i] = 3 * (float) random.nextGaussian();
        }
        return tensor;
    }

    @Test
    void clipsFromZeroAreReluWithAnUpperEnd() {
        Clip relu6 = new Clip(0, 6);
        int changed = check(ReluGradient.guided(), relu6, true);
        assertTrue(changed > 0, "the gradient differs");
        check(ReluGradient.deconvnet(), relu6, false);
    }

    /** Compares with the formula and returns how many elements of the plain gradient differ. */
    private int check(Method method, Clip clip, boolean onlyWhereActive) {
        ModelCard card = ModelCard.builder(Shape.of(3, 2, 2)).build();
        try (Network network = Network.builder().card(card).add("conv", Conv2d.of(weights)).add("clip", clip)
                .add("flatten", new Flatten()).add("fc", Linear.of(last)).build()) {
            Attribution attribution = method.explain(network, image, Target.of(1));
            Attribution plain = Methods.named("gradient").explain(network, image, Target.of(1));
            int changed = 0;
            int clipped = 0;
            for (int p = 0; p < PIXELS; p++) {
                double[] expected = new double[3];
                for (int u = 0; u < UNITS; u++) {
                    double y = 0;
                    for (int c = 0; c < 3; c++) {
                        y += (double) weights.data()[3 * u + c] * image.data()[PIXELS * c + p];
                    }
                    clipped += y > 6 ? 1 : 0;
                    double gradient = last.data()[UNITS * PIXELS + PIXELS * u + p];
                    double passed = onlyWhereActive && (y <= 0 || y >= 6) ? 0 : Math.max(gradient, 0);
                    for (int c = 0; c < 3; c++) {
                        expected[c] += passed * weights.data()[3 * u + c];
                    }
                }
                for (int c = 0; c < 3; c++) {
                    float got = attribution.relevance().data()[PIXELS * c + p];
                    assertEquals(expected[c], got, 1e-4, "channel " + c + ", pixel " + p);
                    changed += Math.abs(got - plain.relevance().data()[PIXELS * c + p]) > 1e-3 ? 1 : 0;
                }
            }
            assertTrue(clipped > 0, "some outputs exceed 6");
            return changed;
        }
    }
}
