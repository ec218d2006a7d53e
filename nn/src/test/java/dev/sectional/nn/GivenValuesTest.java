package dev.sectional.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.layer.BatchNorm2d;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.rule.Composite;
import dev.sectional.nn.rule.Rules;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What programs give: weights, images and cards that are not usable are refused, and later changes do no harm. */
class GivenValuesTest {
    private static Tensor ones(int... dims) {
        Tensor tensor = Tensor.zeros(Shape.of(dims));
        Arrays.fill(tensor.data(), 1f);
        return tensor;
    }

    private static Tensor withNaN(int... dims) {
        Tensor tensor = ones(dims);
        tensor.data()[1] = Float.NaN;
        return tensor;
    }

    private static void refuses(String said, Executable call) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call);
        assertTrue(e.getMessage().contains(said), e.getMessage());
    }

    @Test
    void weightsAreFinite() {
        refuses("a convolution's weight is finite, got NaN at element 1", () -> Conv2d.of(withNaN(2, 1, 1, 1)));
        refuses("a convolution's bias", () -> Conv2d.of(ones(2, 1, 1, 1)).bias(withNaN(2)));
        refuses("a linear layer's weight", () -> Linear.of(withNaN(2, 2)));
        refuses("a linear layer's weight", () -> Linear.of(ones(2, 2)).weight(withNaN(2, 2)));
        refuses("a linear layer's bias", () -> Linear.of(ones(2, 2)).bias(withNaN(2)));
        refuses("a batch norm's variance", () -> BatchNorm2d.of(ones(2), withNaN(2)));
    }

    @Test
    void biasesAreCopied() {
        Tensor bias = ones(2);
        Linear linear = Linear.of(ones(2, 3)).bias(bias);
        bias.data()[0] = 7;
        assertArrayEquals(new float[] {1, 1}, linear.bias());
    }

    @Test
    void logitsAreFinite() {
        try (Network network = Network.builder(Shape.of(1, 2, 2)).add("flatten", new Flatten())
                .add("head", Linear.of(ones(2, 4))).build()) {
            Tensor huge = ones(1, 2, 2);
            Arrays.fill(huge.data(), 3e38f);
            for (Executable call : List.<Executable>of(() -> network.classify(huge), () -> network.forward(huge))) {
                InputException e = assertThrows(InputException.class, call);
                assertTrue(e.getMessage().contains("the logit of class 0 is Infinity"), e.getMessage());
            }
            assertEquals(4, network.classify(ones(1, 2, 2)).top().logit());
        }
    }

    @Test
    void cardsAreUsable() {
        InputException e = assertThrows(InputException.class, () -> ModelCard.builder(Shape.of(1, 2, 2))
                .normalisation(List.of(0.5f), List.of(1e-40f)).build());
        assertTrue(e.getMessage().contains("check mean and standard deviation"), e.getMessage());
        assertThrows(InputException.class, () -> ModelCard.builder(Shape.of(1, 2, 2))
                .normalisation(List.of(0.5f, 0.5f), List.of(1f)).build());
        assertThrows(InputException.class, () -> ModelCard.builder(Shape.of(1, 2, 2))
                .normalisation(List.of(0.5f), List.of(0f)).build());
    }

    @Test
    void messagesSayWhatWasGiven() {
        refuses("at least 0, got -1", () -> Classification.of(ones(2), ModelCard.builder(Shape.of(1, 2, 2)).build())
                .top(-1));
        refuses("'(' is not a regular expression", () -> Composite.of("mine").name("(", Rules.zPlus()));
        NullPointerException e = assertThrows(NullPointerException.class,
                () -> Network.builder(Shape.of(1, 2, 2)).add("a", null));
        assertTrue(e.getMessage().contains("layer of node 'a'"), e.getMessage());
    }
}
