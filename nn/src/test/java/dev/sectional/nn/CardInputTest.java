package dev.sectional.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** RGB bytes as the input of a network. The resized bytes are Pillow's (11.3, BILINEAR, convert to L and to RGBA). */
class CardInputTest {
    private static final byte[] IMAGE = image(5 * 3);
    private static final int[] RESIZED = {90, 143, 172, 86, 181, 208, 151, 152, 128, 152, 144, 169};
    private static final int[] GREY = {130, 156, 148, 149};

    private static byte[] image(int pixels) {
        byte[] rgb = new byte[3 * pixels];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (37 * i * i + 11 * i);
        }
        return rgb;
    }

    private static ModelCard card(int channels, Float... means) {
        return ModelCard.builder(Shape.of(channels, 2, 2))
                .normalisation(List.of(means), Collections.nCopies(means.length, 0.5f)).build();
    }

    private static float[] expected(int[] bytes, int step, int channel, float mean) {
        float[] values = new float[4];
        for (int i = 0; i < 4; i++) {
            values[i] = (bytes[step * i + channel] / 255f - mean) / 0.5f;
        }
        return values;
    }

    private static float[] channel(Tensor input, int channel) {
        return Arrays.copyOfRange(input.data(), 4 * channel, 4 * channel + 4);
    }

    /** A field of its own in files too: 0..255 are refused where the file states its mean, also after a copy. */
    @Test
    void statesWhetherTheNormalisationIsAssumed() {
        assertTrue(ModelCard.fromMetadata(Map.of("sectional.mean", "0")).normalisationAssumed(), "no deviation");
        ModelCard stated = ModelCard.fromMetadata(Map.of("sectional.mean", "0", "sectional.std", "1",
                "sectional.assumed", "[\"the mean of something else\"]"));
        ModelCard assumed = stated.toBuilder().normalisationAssumed(true).build();
        for (ModelCard card : List.of(stated, assumed)) {
            ModelCard again = ModelCard.fromMetadata(card.toMetadata()).toBuilder().build();
            assertEquals(card, again);
            assertEquals(card == assumed, again.normalisationAssumed());
        }
        assertNotEquals(stated, assumed);
        assumed.requireNormalised(255);
        assertThrows(IllegalArgumentException.class, () -> stated.requireNormalised(255));
    }

    @Test
    void resizesAndNormalisesEachChannel() {
        ModelCard rgb = card(3, 0.1f, 0.2f, 0.3f);
        Tensor input = rgb.input(IMAGE, 5, 3);
        assertEquals(Shape.of(3, 2, 2), input.shape());
        Tensor bgr = rgb.toBuilder().channels(ModelCard.Channels.BGR).build().input(IMAGE, 5, 3);
        for (int c = 0; c < 3; c++) {
            float[] expected = expected(RESIZED, 3, c, rgb.mean().get(c));
            assertArrayEquals(expected, channel(input, c));
            assertArrayEquals(expected, channel(bgr, 2 - c));
        }
    }

    @Test
    void makesGreyAndOpaqueImages() {
        assertArrayEquals(expected(GREY, 1, 0, 0.4f), card(1, 0.4f).input(IMAGE, 5, 3).data());
        Tensor opaque = card(4, 0f, 0f, 0f, 0f).input(IMAGE, 5, 3);
        assertArrayEquals(expected(RESIZED, 3, 1, 0), channel(opaque, 1));
        assertArrayEquals(new float[] {2, 2, 2, 2}, channel(opaque, 3));
    }

    @Test
    void refusesWhatDoesNotFit() {
        ModelCard rgb = card(3, 0.1f, 0.2f, 0.3f);
        assertThrows(IllegalArgumentException.class, () -> rgb.input(IMAGE, 5, 4));
        assertThrows(IllegalArgumentException.class, () -> rgb.input(new byte[0], 0, 0));
        assertThrows(IllegalArgumentException.class, () -> rgb.normalised(IMAGE, -5, -3));
        assertTrue(assertThrows(InputException.class, () -> card(2, 0f, 0f).input(IMAGE, 5, 3)).getMessage()
                .contains("2 channels"));
        assertTrue(assertThrows(InputException.class, () -> card(3).input(IMAGE, 5, 3)).getMessage()
                .contains("does not say how images are prepared"));
    }
}
