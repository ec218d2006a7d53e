package dev.sectional.images;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.image.PngWriter;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Random;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The JDK's own decoder reads what the writer wrote. */
class PngWriterTest {
    private static BufferedImage written(int width, int height, int[] pixels) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PngWriter.write(out, width, height, pixels);
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(out.toByteArray()));
        assertEquals(width, image.getWidth());
        assertEquals(height, image.getHeight());
        int[] read = image.getRGB(0, 0, width, height, null, 0, width);
        assertArrayEquals(IntStream.of(pixels).map(pixel -> pixel | 0xFF000000).toArray(), read);
        return image;
    }

    /** Noise makes every filter the best one in some rows, and more than one chunk of data. */
    @Test
    void writesManyColours() throws IOException {
        Random random = new Random(1);
        int[] noise = random.ints(200 * 150L, 0, 1 << 24).toArray();
        assertTrue(!(written(200, 150, noise).getColorModel() instanceof IndexColorModel));
        int[] gradient = new int[300 * 40];
        for (int i = 0; i < gradient.length; i++) {
            gradient[i] = i % 300 * 0x10101 & 0xFFFFFF ^ (i / 300 * 6) << 8 ^ random.nextInt(2);
        }
        written(300, 40, gradient);
    }

    @Test
    void writesAPaletteForUpTo256Colours() throws IOException {
        int[] exactly = IntStream.range(0, 512).map(i -> i % 256 * 0x030201).toArray();
        assertTrue(written(16, 32, exactly).getColorModel() instanceof IndexColorModel);
        exactly[0] = 0xFFFFFF;
        exactly[256] = 0;
        assertTrue(!(written(16, 32, exactly).getColorModel() instanceof IndexColorModel), "257 colours");
        written(1, 1, new int[] {0x123456});
    }

    /** Blocks of rows are compressed on their own, and no thread changes a byte. */
    @ParameterizedTest
    @CsvSource({"700, 500", "87381, 4", "200001, 3", "3, 90000"})
    void threadsShareTheWork(int width, int height) throws IOException {
        Random random = new Random(2);
        int[] pixels = new int[width * height];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (i % width * 5 + i / width * 3) * 0x010203 + random.nextInt(4) & 0xFFFFFF;
        }
        written(width, height, pixels);
        byte[] alone = bytes(width, height, pixels, 1);
        assertArrayEquals(alone, bytes(width, height, pixels, 2));
        assertArrayEquals(alone, bytes(width, height, pixels, 7));
        assertThrows(IllegalArgumentException.class, () -> bytes(width, height, pixels, 0));
    }

    private static byte[] bytes(int width, int height, int[] pixels, int threads) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PngWriter.write(out, width, height, pixels, threads);
        return out.toByteArray();
    }

    @Test
    void refusesOtherSizes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThrows(IllegalArgumentException.class, () -> PngWriter.write(out, 2, 2, new int[3]));
        assertThrows(IllegalArgumentException.class, () -> PngWriter.write(out, 0, 2, new int[0]));
        assertEquals(0, out.size());
    }
}
