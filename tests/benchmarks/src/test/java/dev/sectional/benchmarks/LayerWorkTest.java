package dev.sectional.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.nn.Layer;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Linear;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class LayerWorkTest {
    private static final Engine ENGINE = Engine.open(Provider.SCALAR, 1);

    @AfterAll
    static void close() {
        ENGINE.close();
    }

    private static Layer convolution(int channels, int outputs) {
        return Conv2d.of(new Generated(1, 0, 1, Shape.of(outputs, channels, 3, 3))).padding(1);
    }

    @Test
    void countsTheProductsOfEachAlgorithm() {
        Shape wide = Shape.of(224, 224, 64);
        LayerWork winograd = LayerWork.forward(ENGINE, convolution(64, 64), wide, wide);
        assertEquals("winograd", winograd.algorithm());
        assertEquals(56 * 56 * 36 * 64.0 * 64, winograd.multiplyAdds());
        assertEquals(4.0 * (2 * 224 * 224 * 64 + 9 * 64 * 64), winograd.bytes());
        LayerWork first = LayerWork.forward(ENGINE, convolution(3, 64), Shape.of(224, 224, 3), wide);
        assertEquals("direct", first.algorithm());
        assertEquals(224 * 224 * 27.0 * 64, first.multiplyAdds());
        assertEquals(4 * first.multiplyAdds(), LayerWork.rule(ENGINE, convolution(3, 64), Shape.of(224, 224, 3), wide,
                wide.size(), true).multiplyAdds());
        Shape deep = Shape.of(14, 14, 512);
        LayerWork gram = LayerWork.rule(ENGINE, convolution(512, 512), deep, deep, deep.size(), false);
        assertEquals("gram", gram.algorithm());
        assertEquals(196.0 * 196 * 6 * 512, gram.multiplyAdds());
        assertEquals(6 * winograd.multiplyAdds(),
                LayerWork.rule(ENGINE, convolution(64, 64), wide, wide, wide.size(), false).multiplyAdds());
        LayerWork sparse = LayerWork.rule(ENGINE, convolution(64, 64), wide, wide, wide.size() / 8, false);
        assertEquals("sparse", sparse.algorithm());
        assertEquals(27.0 * wide.size() / 8 * 64, sparse.multiplyAdds());
    }

    @Test
    void theHigherLimitCounts() {
        LayerWork linear = LayerWork.forward(ENGINE, Linear.of(new Generated(1, 0, 1, Shape.of(10, 100))),
                Shape.of(100), Shape.of(10));
        assertEquals(4.0 * (1000 + 110), linear.bytes());
        Machine slowMemory = new Machine(1000, 1e-3);
        assertEquals(4.44, linear.limit(slowMemory), 1e-9);
        assertEquals("memory", linear.boundBy(slowMemory));
        Machine slowArithmetic = new Machine(1e-3, 1000);
        assertEquals(2, linear.limit(slowArithmetic), 1e-9);
        assertEquals("arithmetic", linear.boundBy(slowArithmetic));
    }
}
