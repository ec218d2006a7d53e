package dev.sectional.nn.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

/** The test of the images module compares with files that Pillow wrote; here the weights are computed by hand. */
class PilResizeTest {
    private static byte[] grey(int... values) {
        byte[] rgb = new byte[3 * values.length];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) values[i / 3];
        }
        return rgb;
    }

    /** Halving reads four pixels with weights 1, 3, 3, 1; at the border 3, 3, 1. */
    @Test
    void averagesWhenItShrinks() {
        byte[] source = grey(0, 80, 160, 240);
        assertArrayEquals(grey(57, 183), PilResize.resize(source, 4, 1, 2, 1));
        assertArrayEquals(grey(57, 183), PilResize.resize(source, 1, 4, 1, 2), "the same along columns");
    }

    /** Doubling puts pixel centres at quarters; the border repeats. */
    @Test
    void interpolatesWhenItGrows() {
        assertArrayEquals(grey(0, 50, 150, 200), PilResize.resize(grey(0, 200), 2, 1, 4, 1));
    }

    @Test
    void refusesSizesThatDoNotFit() {
        assertThrows(IllegalArgumentException.class, () -> PilResize.resize(new byte[5], 2, 1, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> PilResize.resize(new byte[6], 2, 1, 0, 1));
    }
}
