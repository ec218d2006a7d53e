package dev.sectional.attribution.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.junit.jupiter.api.Test;

class HeatmapTest {
    private static final int RED = 0xB2182B;
    private static final int BLUE = 0x2166AC;

    /** Five pixels: percentile 75 is exactly the fourth smallest; between two pixels the greater one counts. */
    @Test
    void scalesByTheExactPercentile() {
        Tensor relevance = Tensor.of(Shape.of(1, 1, 5), 1, -2, 4, -8, 16);
        assertArrayEquals(new float[] {0.125f, -0.25f, 0.5f, -1, 1}, Heatmap.of(relevance, 75).values());
        assertArrayEquals(new float[] {1 / 16f, -2 / 16f, 0.25f, -0.5f, 1}, Heatmap.of(relevance, 76).values());
        assertArrayEquals(Heatmap.of(relevance, 100).values(), Heatmap.of(relevance, 76).values());
        assertArrayEquals(new float[] {0.5f, -1, 1, -1, 1}, Heatmap.of(relevance, 25).values());
    }

    @Test
    void sumsOverChannels() {
        Heatmap map = Heatmap.of(Tensor.of(Shape.of(2, 1, 2), 1, 2, 1, -6), 100);
        assertEquals(2, map.width());
        assertEquals(1, map.height());
        assertArrayEquals(new float[] {0.5f, -1}, map.values());
        assertArrayEquals(new int[] {BLUE}, new int[] {map.rgb()[1]});
    }

    @Test
    void tiesAndZerosHaveAScale() {
        assertArrayEquals(new float[] {1, -1, 1}, Heatmap.of(Tensor.of(Shape.of(1, 1, 3), 2, -2, 2), 50).values());
        Tensor single = Tensor.of(Shape.of(1, 1, 4), 0, 0, 0, 3);
        assertArrayEquals(new float[] {0, 0, 0, 1}, Heatmap.of(single, 50).values(), "the greatest in place of 0");
        Heatmap none = Heatmap.of(Tensor.zeros(Shape.of(3, 1, 2)), 99.5);
        assertArrayEquals(new int[] {0xFFFFFF, 0xFFFFFF}, none.rgb());
        assertArrayEquals(new int[] {0x123456, 7}, none.overlay(new int[] {0x123456, 7}));
    }

    @Test
    void drawsRedForAndBlueAgainst() {
        Heatmap map = Heatmap.of(Tensor.of(Shape.of(1, 1, 3), 1, -1, 0.3f), 100);
        assertArrayEquals(new int[] {RED, BLUE, 0xFFFFFF}, map.rgb(1), "one shade: 0.3 rounds to white");
        assertArrayEquals(new int[] {RED, BLUE, 0xD98C95}, map.rgb(2), "two shades: 0.3 rounds to a half");
    }

    /** The chunks of the file, read by hand: a palette of the colours, then one filter byte and the pixels per row. */
    @Test
    void aFileHoldsTheColoursOfTheDefaultPercentile() throws DataFormatException {
        Tensor relevance = Tensor.of(Shape.of(1, 2, 2), 1, 0, -1, 0);
        Heatmap map = Heatmap.of(relevance);
        assertArrayEquals(Heatmap.of(relevance, Heatmap.DEFAULT_PERCENTILE).values(), map.values());
        ByteBuffer file = ByteBuffer.wrap(map.png()).position(8);
        byte[] palette = null;
        byte[] rows = new byte[2 * 3];
        while (file.hasRemaining()) {
            byte[] content = new byte[file.getInt()];
            int type = file.getInt();
            file.get(content).getInt();
            if (type == 0x504C5445) {   // PLTE
                palette = content;
            } else if (type == 0x49444154) {   // IDAT
                Inflater inflater = new Inflater();
                inflater.setInput(content);
                assertEquals(rows.length, inflater.inflate(rows));
                inflater.end();
            }
        }
        int[] pixels = new int[4];
        for (int i = 0; i < 4; i++) {
            assertEquals(0, rows[i / 2 * 3], "no filter");
            int entry = 3 * rows[i / 2 * 3 + 1 + i % 2];
            pixels[i] = (palette[entry] & 0xFF) << 16 | (palette[entry + 1] & 0xFF) << 8 | palette[entry + 2] & 0xFF;
        }
        assertArrayEquals(map.rgb(), pixels);
    }

    @Test
    void refusesRelevanceThatIsNotFinite() {
        for (float wrong : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            Tensor relevance = Tensor.zeros(Shape.of(1, 2, 3));
            relevance.data()[5] = wrong;
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Heatmap.of(relevance));
            assertEquals("relevance is not finite: " + wrong + " at row 1, column 2", e.getMessage());
        }
    }

    @Test
    void refusesOtherShapesAndPercentiles() {
        Tensor relevance = Tensor.zeros(Shape.of(1, 1, 2));
        assertThrows(IllegalArgumentException.class, () -> Heatmap.of(Tensor.zeros(Shape.of(2, 2)), 99));
        assertThrows(IllegalArgumentException.class, () -> Heatmap.of(relevance, 0));
        assertThrows(IllegalArgumentException.class, () -> Heatmap.of(relevance, 100.1));
        assertThrows(IllegalArgumentException.class, () -> Heatmap.of(relevance, 99).overlay(new int[1]));
        assertThrows(IllegalArgumentException.class, () -> Heatmap.of(relevance, 99).rgb(0));
    }
}
