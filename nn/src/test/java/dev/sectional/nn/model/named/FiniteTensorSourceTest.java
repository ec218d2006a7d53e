package dev.sectional.nn.model.named;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.TensorSource;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class FiniteTensorSourceTest {
    private static final int SIZE = 100_000;

    @Test
    void looksAtSmallTensorsAtOnce() {
        Tensor small = Tensor.of(Shape.of(3), 1, 2, 3);
        assertSame(small, FiniteTensorSource.of("f", "small", small));
        small.data()[1] = Float.NEGATIVE_INFINITY;
        assertEquals("f: tensor 'small' holds -Infinity at element 1",
                assertThrows(InputException.class, () -> FiniteTensorSource.of("f", "small", small)).getMessage());
    }

    @Test
    void looksAtEachPieceOfLargeOnesWhenItIsRead() {
        Tensor large = Tensor.zeros(Shape.of(SIZE));
        large.data()[70_000] = Float.NaN;
        TensorSource source = FiniteTensorSource.of("f", "large", large);
        float[] values = new float[30_000];
        source.read(0, values, 0, values.length);
        source.read(40_500, values, 1000, 29_000);   // ends a few hundred elements before
        for (int from : new int[] {41_001, 69_999, 70_000, 70_001}) {   // the last begins behind it, in the same chunk
            assertEquals("f: tensor 'large' holds NaN at element 70000",
                    assertThrows(InputException.class, () -> source.read(from, values, 1000, 29_000)).getMessage());
        }
        source.read(71_000, values, 0, SIZE - 71_000);
        assertThrows(InputException.class, source::tensor);
    }

    @Test
    void looksOnceAtRowsThatDoNotEndWithAPiece() {
        AtomicInteger reads = new AtomicInteger();
        TensorSource counting = new TensorSource() {
            @Override
            public Shape shape() {
                return Shape.of(SIZE);
            }

            @Override
            public void read(int from, float[] into, int at, int count) {
                reads.incrementAndGet();
            }
        };
        TensorSource source = FiniteTensorSource.of("f", "large", counting);
        float[] row = new float[700];
        for (int pass = 0; pass < 2; pass++) {
            reads.set(0);
            for (int from = 0; from <= SIZE - row.length; from += row.length) {
                source.read(from, row, 0, row.length);
            }
        }
        assertEquals(SIZE / row.length, reads.get(), "in the second pass only what was asked for is read");
    }
}
