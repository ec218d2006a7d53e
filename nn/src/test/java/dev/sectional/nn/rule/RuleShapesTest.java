package dev.sectional.nn.rule;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.layer.Add;
import dev.sectional.nn.layer.AvgPool2d;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Linear;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Rules at convolutions with windows and groups, at sums of broadcast inputs, and at more elements than a block. */
class RuleShapesTest {
    private static final List<Rule> RULES = List.of(Rules.zero(), Rules.epsilon(0.25), Rules.zPlus(),
            Rules.alphaBeta(2), Rules.gamma(0.5), Rules.alphaBetaApart(2), Rules.flat(), Rules.wSquare(), Rules.zBox(),
            Rules.rap());
    private final Engine engine = Engine.open();

    @AfterEach
    void close() {
        engine.close();
    }

    /** Multiples of 1/8 of both signs. */
    private static Tensor values(int step, int... dims) {
        Tensor tensor = Tensor.zeros(Shape.of(dims));
        for (int i = 0; i < tensor.data().length; i++) {
            tensor.data()[i] = ((i * step + 5) % 23 - 11) / 8f;
        }
        return tensor;
    }

    private static void assertClose(Tensor expected, Tensor actual, String what) {
        for (int i = 0; i < expected.data().length; i++) {
            assertEquals(expected.data()[i], actual.data()[i], 1e-4, what + ", element " + i);
        }
    }

    private static void assertSame(Propagated expected, Propagated actual, String what) {
        assertClose(expected.relevance(), actual.relevance(), what);
        assertEquals(expected.absorbed().bias(), actual.absorbed().bias(), 1e-4, what);
        assertEquals(expected.absorbed().total(), actual.absorbed().total(), 1e-4, what);
    }

    /** A convolution with a window of the whole feature map is a linear layer. */
    @Test
    void oneWindowIsALinearLayer() {
        Tensor filters = values(7, 3, 2, 2, 2);
        Tensor matrix = Tensor.zeros(Shape.of(3, 8));
        for (int i = 0; i < 24; i++) {
            int position = i % 4;
            int channel = i / 4 % 2;
            matrix.data()[i / 8 * 8 + position * 2 + channel] = filters.data()[i];
        }
        Tensor bias = values(3, 3);
        Tensor x = values(9, 2, 2, 2);
        Tensor r = values(4, 1, 1, 3);
        for (Rule rule : RULES) {
            if (rule.name().equals("rap")) {
                continue;   // convolutions and linear layers differ by its formula
            }
            assertSame(rule.propagate(engine, Linear.of(matrix).bias(bias), Tensor.of(Shape.of(8), x.data()),
                    Tensor.of(Shape.of(3), r.data())),
                    rule.propagate(engine, Conv2d.of(filters).bias(bias), x, r), rule.name());
        }
    }

    /** Groups are weights of 0 between their channels. */
    @Test
    void groupsAreWeightsOfZero() {
        Tensor filters = values(7, 4, 2, 2, 2);
        Tensor dense = Tensor.zeros(Shape.of(4, 4, 2, 2));
        for (int o = 0; o < 4; o++) {
            System.arraycopy(filters.data(), o * 8, dense.data(), o * 16 + o / 2 * 8, 8);
        }
        Tensor x = values(5, 3, 3, 4);
        Tensor r = values(4, 2, 2, 4);
        for (Rule rule : RULES) {
            if (rule.name().equals("flat")) {
                continue;   // its weights are 1 where the filters are 0
            }
            assertSame(rule.propagate(engine, Conv2d.of(dense), x, r),
                    rule.propagate(engine, Conv2d.of(filters).groups(2), x, r), rule.name());
        }
    }

    @Test
    void aSumOfMoreThanABlockIsSharedEverywhere() {
        Tensor a = values(5, 1, 50, 97);
        Tensor b = values(9, 1, 50, 97);
        Tensor r = values(4, 1, 50, 97);
        Rule rule = Rules.proportional(0.25);
        Propagated actual = rule.propagate(engine, new Add(), List.of(a, b), r);
        double absorbed = 0;
        for (int i = 0; i < r.data().length; i++) {
            double z = a.data()[i] + b.data()[i];
            double s = r.data()[i] / (z + (z < 0 ? -0.25 : 0.25));
            assertEquals(a.data()[i] * s, actual.relevances().get(0).data()[i], 1e-4, "element " + i);
            assertEquals(b.data()[i] * s, actual.relevances().get(1).data()[i], 1e-4, "element " + i);
            absorbed += r.data()[i] - z * s;
        }
        assertEquals(absorbed, actual.absorbed().total(), 1e-2);
    }

    @Test
    void aBroadcastInputReceivesTheSumOfItsElements() {
        Rule rule = Rules.proportional(0);
        Propagated actual = rule.propagate(engine, new Add(), List.of(Tensor.of(Shape.of(2, 2), 1, 2, 3, 4),
                Tensor.of(Shape.of(2), 1, 2)), Tensor.of(Shape.of(2, 2), 4, 8, 8, 12));
        assertClose(Tensor.of(Shape.of(2, 2), 2, 4, 6, 8), actual.relevances().get(0), "whole");
        assertClose(Tensor.of(Shape.of(2), 2 + 2, 4 + 4), actual.relevances().get(1), "broadcast");
    }

    /** Each of the two windows holds both pixels; the output has the input's shape, as that of a sum. */
    @Test
    void anAverageOfTheInputsShapeIsNoSum() {
        Propagated actual = Rules.proportional(0).propagate(engine, AvgPool2d.of(3).stride(1).padding(1),
                Tensor.of(Shape.of(1, 2, 1), 1, 3), Tensor.of(Shape.of(1, 2, 1), 3, 5));
        assertClose(Tensor.of(Shape.of(1, 2, 1), 2, 6), actual.relevance(), "average");
    }

    @Test
    void severalRelevancesGiveTheBitsOfEach() {
        Tensor x = values(9, 8);
        Linear layer = Linear.of(values(7, 3, 8)).bias(values(3, 3));
        List<Tensor> rs = List.of(values(4, 3), values(5, 3));
        for (Rule rule : RULES) {
            List<Propagated> all = rule.propagateAll(engine, layer, List.of(x), rs);
            for (int i = 0; i < 2; i++) {
                Propagated one = rule.propagate(engine, layer, x, rs.get(i));
                assertArrayEquals(one.relevance().data(), all.get(i).relevance().data(), rule.name());
                assertEquals(one.absorbed(), all.get(i).absorbed(), rule.name());
            }
        }
        Tensor other = values(3, 8);
        Tensor r = values(4, 8);
        Rule shares = Rules.proportional(0.25);
        assertArrayEquals(shares.propagate(engine, new Add(), List.of(x, other), r).relevances().get(1).data(),
                shares.propagateAll(engine, new Add(), List.of(x, other), List.of(r, r)).get(1).relevances().get(1)
                        .data());
    }

    @Test
    void betaMayBeRounded() {
        assertEquals(Rules.alphaBeta(1000), Rules.alphaBeta(1000, 999.0005));
        assertThrows(IllegalArgumentException.class, () -> Rules.alphaBeta(1000, 999.002));
    }
}
