package dev.sectional.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import org.junit.jupiter.api.Test;

class FiniteWeightsTest {
    private static final int SIZE = 100_000;

    @Test
    void looksAtSmallTensorsAtOnce() {
        Tensor small = Tensor.of(Shape.of(3), 1, 2, 3);
        assertSame(small, FiniteWeights.of("f", "small", small));
        small.data()[1] = Float.NEGATIVE_INFINITY;
        assertEquals("f: tensor 'small' holds -Infinity at element 1",
                assertThrows(InputException.class, () -> FiniteWeights.of("f", "small", small)).getMessage());
    }

    @Test
    void looksAtEachPieceOfLargeOnesWhenItIsRead() {
        Tensor large = Tensor.zeros(Shape.of(SIZE));
        large.data()[70_000] = Float.NaN;
        TensorSource source = FiniteWeights.of("f", "large", large);
        float[] values = new float[30_000];
        source.read(0, values, 0, values.length);
        source.read(41_000, values, 1000, 29_000);   // up to the element before
        for (int from : new int[] {41_001, 70_000, 69_999}) {
            assertEquals("f: tensor 'large' holds NaN at element 70000",
                    assertThrows(InputException.class, () -> source.read(from, values, 1000, 29_000)).getMessage());
        }
        source.read(70_001, values, 0, SIZE - 70_001);
        assertThrows(InputException.class, source::tensor);
    }
}
