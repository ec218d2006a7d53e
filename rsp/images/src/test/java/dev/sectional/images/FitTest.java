package dev.sectional.images;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sectional.core.Shape;
import dev.sectional.nn.ModelCard;
import java.util.List;
import org.junit.jupiter.api.Test;

class FitTest {
    private static ModelCard card(int height, int width) {
        return ModelCard.builder(Shape.of(3, height, width)).normalisation(List.of(0.2f, 0.4f, 0.6f),
                List.of(1f, 1f, 1f)).build();
    }

    /** An image whose red rises from left to right and whose green rises from top to bottom. */
    private static Image ramp(int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < width * height; i++) {
            rgb[3 * i] = (byte) (255 * (i % width) / Math.max(1, width - 1));
            rgb[3 * i + 1] = (byte) (255 * (i / width) / Math.max(1, height - 1));
        }
        return Image.of(rgb, width, height);
    }

    /** torchvision: Resize(256), which gives 384x256, and CenterCrop(224), which starts at 80, 16. */
    @Test
    void cropsAsTorchvisionDoes() {
        Image image = ramp(300, 200);
        Fit.Fitted fitted = Fit.CROP.apply(image, card(224, 224));
        assertEquals(new Seen(80 * 300.0 / 384, 16 * 200.0 / 256, 304 * 300.0 / 384, 240 * 200.0 / 256), fitted.seen());
        byte[] resized = image.resized(384, 256);
        int first = 3 * (16 * 384 + 80);
        assertEquals((resized[first] & 0xFF) / 255f - 0.2f, fitted.tensor().data()[0], 1e-6);
        int last = 3 * (239 * 384 + 303);
        assertEquals((resized[last + 1] & 0xFF) / 255f - 0.4f, fitted.tensor().data()[2 * 224 * 224 - 1], 1e-6);
    }

    /** Inception takes 299 pixels out of 342, as torchvision publishes it. */
    @Test
    void cropsOtherSizesInProportion() {
        Seen seen = Fit.CROP.apply(ramp(342, 342), card(299, 299)).seen();
        assertEquals(new Seen(22, 22, 321, 321), seen, "21.5 rounds to the even 22, as in Python");
        assertEquals(Shape.of(3, 30, 60), Fit.CROP.apply(ramp(7, 90), card(30, 60)).tensor().shape());
    }

    @Test
    void padsWithTheMeanColour() {
        Image image = ramp(100, 50);
        Fit.Fitted fitted = Fit.PAD.apply(image, card(8, 8));
        assertEquals(new Seen(0, -25, 100, 75), fitted.seen());
        float[] red = fitted.tensor().data();
        assertEquals(0, red[0], 1 / 255.0, "the mean becomes 0");
        assertEquals((image.resized(8, 4)[0] & 0xFF) / 255f - 0.2f, red[2 * 8], 1e-6, "two rows of padding above");
        assertEquals(0, red[6 * 8], 1 / 255.0);
    }

    @Test
    void squashesByDefault() {
        Image image = ramp(10, 20);
        assertArrayEquals(image.input(card(4, 4)).data(), Fit.SQUASH.apply(image, card(4, 4)).tensor().data());
        assertEquals(Fit.PAD, Fit.named("pad"));
        assertThrows(IllegalArgumentException.class, () -> Fit.named("stretch"));
    }
}
