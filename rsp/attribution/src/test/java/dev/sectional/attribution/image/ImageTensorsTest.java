package dev.sectional.attribution.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.ModelCard;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ImageTensorsTest {
    /** Two pixels beside each other: (255, 51, 0) and (102, 0, 204). */
    private static final byte[] BYTES = {(byte) 255, 51, 0, 102, 0, (byte) 204};
    private static final int[] PIXELS = {0xFF3300, 0x6600CC};

    private static ModelCard card(String channels, String mean) {
        Map<String, String> metadata = new HashMap<>(Map.of("sectional.input", "3,1,2",
                "sectional.channels", channels));
        if (mean != null) {
            metadata.put("sectional.mean", mean);
            metadata.put("sectional.std", "0.5,0.25,0.2");
        }
        ModelCard card = ModelCard.fromMetadata(metadata);
        return mean == null ? card.toBuilder().normalisation(List.of(), List.of()).build() : card;
    }

    @Test
    void normalisesEachChannel() {
        Tensor rgb = ImageTensors.normalised(BYTES, 2, 1, card("RGB", "0.5,0.2,0.4"));

        assertEquals(Shape.of(3, 1, 2), rgb.shape());
        assertArrayEquals(new float[] {1, -0.2f, 0, -0.8f, -2, 2}, rgb.data(), 1e-6f);
        Tensor bgr = ImageTensors.normalised(BYTES, 2, 1, card("BGR", "0.5,0.2,0.4"));
        assertArrayEquals(new float[] {-2, 2, 0, -0.8f, 1, -0.2f}, bgr.data(), 1e-6f);
    }

    @Test
    void pixelsInvertTheNormalisation() {
        for (String channels : new String[] {"RGB", "BGR"}) {
            ModelCard card = card(channels, "0.5,0.2,0.4");
            assertArrayEquals(PIXELS, ImageTensors.pixels(ImageTensors.normalised(BYTES, 2, 1, card), card), channels);
        }
    }

    @Test
    void pixelsAreClippedAndUnknownValuesScaled() {
        ModelCard known = card("RGB", "0.5,0.2,0.4");
        Tensor far = Tensor.of(Shape.of(3, 1, 2), 9, -9, 9, -9, -9, 9);
        assertArrayEquals(new int[] {0xFFFF00, 0x0000FF}, ImageTensors.pixels(far, known));
        ModelCard unknown = card("RGB", null);
        Tensor values = Tensor.of(Shape.of(3, 1, 2), -2, 0, 2, -2, -2, 2);
        assertArrayEquals(new int[] {0x00FF00, 0x8000FF}, ImageTensors.pixels(values, unknown));
        Tensor constant = Tensor.of(Shape.of(3, 1, 2), 7, 7, 7, 7, 7, 7);
        assertArrayEquals(new int[] {0, 0}, ImageTensors.pixels(constant, unknown));
    }

    @Test
    void otherNumbersOfChannelsAreGreyAndAlphaIsNotShown() {
        ModelCard one = ModelCard.builder(Shape.of(1, 1, 2)).normalisation(List.of(0.5f), List.of(0.25f)).build();
        assertArrayEquals(new int[] {0x333333, 0xFFFFFF},
                ImageTensors.pixels(Tensor.of(Shape.of(1, 1, 2), -1.2f, 9), one));
        ModelCard two = ModelCard.builder(Shape.of(2, 1, 2)).normalisation(List.of(0f, 0.2f), List.of(1f, 2f)).build();
        assertArrayEquals(new int[] {0x666666, 0x808080},
                ImageTensors.pixels(Tensor.of(Shape.of(2, 1, 2), 0.2f, 0.402f, 0.2f, 0.2f), two));
        ModelCard four = ModelCard.builder(Shape.of(4, 1, 1)).normalisation(List.of(0f, 0f, 0f, 0f),
                List.of(1f, 1f, 1f, 1f)).build();
        assertArrayEquals(new int[] {0xFF3300},
                ImageTensors.pixels(Tensor.of(Shape.of(4, 1, 1), 1, 0.2f, 0, 0.5f), four));
    }

    @Test
    void reorderingTwiceIsNothing() {
        Tensor image = Tensor.of(Shape.of(3, 1, 2), 1, 2, 3, 4, 5, 6);
        assertSame(image, ImageTensors.reordered(image, card("RGB", null)));
        Tensor reversed = ImageTensors.reordered(image, card("BGR", null));
        assertArrayEquals(new float[] {5, 6, 3, 4, 1, 2}, reversed.data());
        assertArrayEquals(image.data(), ImageTensors.reordered(reversed, card("BGR", null)).data());
    }

    @Test
    void refusesWhatDoesNotFit() {
        assertThrows(IllegalArgumentException.class,
                () -> ImageTensors.normalised(BYTES, 1, 1, card("RGB", "0.5,0.2,0.4")));
        InputException e = assertThrows(InputException.class,
                () -> ImageTensors.normalised(BYTES, 2, 1, card("RGB", null)));
        assertTrue(e.getMessage().contains("--mean"), e.getMessage());
        assertThrows(IllegalArgumentException.class,
                () -> ImageTensors.reordered(Tensor.of(Shape.of(2), 1, 2), card("RGB", null)));
    }

    @Test
    void pixelsHaveTwoForms() {
        assertArrayEquals(PIXELS, Pixels.ofBytes(BYTES));
        assertArrayEquals(BYTES, Pixels.toBytes(PIXELS));
        assertThrows(IllegalArgumentException.class, () -> Pixels.ofBytes(new byte[4]));
    }
}
