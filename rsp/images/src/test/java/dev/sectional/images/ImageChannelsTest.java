package dev.sectional.images;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.image.ImageTensors;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.ModelCard;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/** Images as the input of networks with one, four and other numbers of channels; expected bytes are Pillow 13.0.0's. */
class ImageChannelsTest {
    private static final int WIDTH = 7;
    private static final int HEIGHT = 5;
    private static final int[] OPACITIES = {0, 255, 128, 77, 200};

    private static Image image(boolean alpha) throws IOException {
        BufferedImage image = new BufferedImage(WIDTH, HEIGHT,
                alpha ? BufferedImage.TYPE_INT_ARGB : BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < WIDTH * HEIGHT; i++) {
            int rgb = i * 37 % 256 << 16 | (i * 91 + 13) % 256 << 8 | (i * 53 + 200) % 256;
            image.setRGB(i % WIDTH, i / WIDTH, OPACITIES[i % 5] << 24 | rgb);
        }
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        return ImageFile.read("x.png", png.toByteArray());
    }

    private static ModelCard card(String input, String mean) {
        return ModelCard.fromMetadata(Map.of("sectional.input", input, "sectional.mean", mean, "sectional.std", "0.5"));
    }

    private static void assertBytes(String expected, byte[] found) {
        StringBuilder text = new StringBuilder();
        for (byte value : found) {
            text.append(text.isEmpty() ? "" : ",").append(value & 0xFF);
        }
        assertEquals(expected, text.toString());
    }

    @Test
    void oneChannelIsPillowsGrey() throws IOException {
        assertBytes("89,113,143,147,86,109,143,152,82,114,142,149", image(false).resized(4, 3, 1));
        byte[] whole = image(false).resized(WIDTH, HEIGHT, 1);
        assertBytes("30,101,142,63,133,204,95,89", java.util.Arrays.copyOf(whole, 8));
    }

    @Test
    void fourChannelsAreColoursAndAlpha() throws IOException {
        assertBytes(
                "31,128,176,113,68,115,143,130,149,160,87,140,209,81,39,128,17,92,108,132,86,138,78,147,155,147,99,123"
                + ",200,157,120,112,28,112,112,154,94,85,127,116,149,90,97,133,214,91,130,158",
                        image(true).resized(4, 3, 4));
        byte[] opaque = image(false).resized(4, 3, 4);
        assertEquals(-1, opaque[3]);
        assertEquals(image(false).resized(4, 3)[0], opaque[0]);
    }

    @Test
    void theInputHasTheChannelsOfTheCard() throws IOException {
        Tensor grey = image(false).input(card("1,5,7", "0.25"));
        assertEquals(Shape.of(1, HEIGHT, WIDTH), grey.shape());
        assertEquals((30 / 255f - 0.25f) / 0.5f, grey.data()[0]);
        assertEquals(30 * 0x010101, ImageTensors.pixels(grey, card("1,5,7", "0.25"))[0]);
        Tensor four = image(true).input(card("4,5,7", "0,0.1,0.2,0.3"));
        assertEquals(Shape.of(4, HEIGHT, WIDTH), four.shape());
        assertEquals((1 - 0.3f) / 0.5f, four.data()[3 * WIDTH * HEIGHT + 1]);
        InputException e = assertThrows(InputException.class, () -> image(false).input(card("2,5,7", "0")));
        assertTrue(e.getMessage().contains("2 channels") && e.getMessage().contains(".npy"), e.getMessage());
    }

    /** A network of two channels is drawn on the mean of both. */
    @Test
    void anyNumberOfChannelsIsShown() {
        Tensor two = Tensor.of(Shape.of(2, 1, 2), 0, 1, 1, 1);
        ModelCard card = ModelCard.fromMetadata(Map.of("sectional.input", "2,1,2"));
        assertArrayEquals(new int[] {0x808080, 0xFFFFFF}, ImageTensors.pixels(two, card));
        assertEquals(java.util.List.of("pixels in 0..1 (--preset, or --mean and --std, state others)"),
                card.assumed());
    }
}
