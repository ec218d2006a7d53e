package dev.sectional.images;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.sectional.nn.image.PilResize;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageResizeTest {
    /** The expected images are {@code Image.open("resize-source.png").resize((w, h), Image.BILINEAR)} of Pillow 9.4. */
    @ParameterizedTest
    @CsvSource({"7,5", "16,16", "61,20", "90,43", "130,3"})
    void equalsPillowToTheByte(int width, int height) throws IOException {
        byte[] resized = new Image(resource("resize-source.png"), 1, false, "").resized(width, height);

        assertArrayEquals(bytes(resource("resize-" + width + "x" + height + ".png")), resized);
    }

    @Test
    void leavesTheSameSizeAlone() throws IOException {
        BufferedImage source = resource("resize-source.png");

        assertArrayEquals(bytes(source), new Image(source, 1, false, "")
                .resized(source.getWidth(), source.getHeight()));
    }

    @Test
    void spreadsOnePixel() {
        byte[] resized = PilResize.resize((y, row) -> Arrays.fill(row, (byte) 200), 1, 1, 9, 4);

        byte[] expected = new byte[9 * 4 * 3];
        Arrays.fill(expected, (byte) 200);
        assertArrayEquals(expected, resized);
    }

    static BufferedImage resource(String name) throws IOException {
        return ImageIO.read(ImageResizeTest.class.getResource(name));
    }

    static byte[] bytes(BufferedImage image) {
        byte[] bytes = new byte[image.getWidth() * image.getHeight() * 3];
        for (int i = 0; i < bytes.length; i++) {
            int pixel = image.getRGB(i / 3 % image.getWidth(), i / 3 / image.getWidth());
            bytes[i] = (byte) (pixel >> 16 - 8 * (i % 3));
        }
        return bytes;
    }
}
