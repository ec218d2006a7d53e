package dev.sectional.core.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import org.junit.jupiter.api.Test;

class FilterLayoutTest {
    @Test
    void everyElementMovesToItsIndex() {
        for (int outputs : new int[] {1, 15, 16, 17, 40}) {
            Shape shape = Shape.of(outputs, 3, 2, 5);
            Tensor oihw = Tensor.zeros(shape);
            for (int i = 0; i < shape.size(); i++) {
                oihw.data()[i] = i;
            }
            Tensor filters = FilterLayout.fromOihw(oihw);
            assertEquals(Shape.of(2, 5, 3, outputs), filters.shape());
            for (int o = 0; o < outputs; o++) {
                for (int c = 0; c < 3; c++) {
                    for (int row = 0; row < 2; row++) {
                        for (int column = 0; column < 5; column++) {
                            assertEquals(oihw.get(o, c, row, column), filters.get(row, column, c, o));
                        }
                    }
                }
            }
            Tensor back = FilterLayout.toOihw(filters);
            assertEquals(shape, back.shape());
            assertArrayEquals(oihw.data(), back.data());
        }
    }

    @Test
    void refusesOtherRanksAndSaysWhatItGot() {
        Tensor matrix = Tensor.zeros(Shape.of(3, 4));
        String message = assertThrows(IllegalArgumentException.class, () -> FilterLayout.fromOihw(matrix)).getMessage();
        assertTrue(message.contains("(O, C, kh, kw)") && message.contains("3x4"), message);
        assertThrows(IllegalArgumentException.class, () -> FilterLayout.toOihw(matrix));
    }
}
