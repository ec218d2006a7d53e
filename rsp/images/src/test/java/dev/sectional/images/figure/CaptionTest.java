package dev.sectional.images.figure;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Completeness;
import dev.sectional.attribution.LayerAccount;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.images.ImageFile;
import dev.sectional.images.InputImage;
import dev.sectional.images.Seen;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.rule.AbsorbedRelevance;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/** What a figure says beside its pixels: what the network did not see, what was assumed, what values mean. */
class CaptionTest {
    private static final ModelCard CARD = ModelCard.builder(Shape.of(3, 2, 2)).labels(List.of("cat", "dog")).build();

    private static InputImage image(int kind, int pixel) throws IOException {
        BufferedImage image = new BufferedImage(2, 2, kind);
        for (int i = 0; i < 4; i++) {
            image.setRGB(i % 2, i / 2, pixel);
        }
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        return new InputImage(Path.of("a.png"), Tensor.zeros(Shape.of(3, 2, 2)), ImageFile.read("a.png",
                png.toByteArray()), new Seen(0, 0, 2, 2));
    }

    private static ModelCard card(int channels) {
        return ModelCard.builder(Shape.of(channels, 2, 2)).labels(List.of("cat", "dog")).build();
    }

    @Test
    void saysWhatTheNetworkDidNotSee() throws IOException {
        InputImage opaque = image(BufferedImage.TYPE_INT_ARGB, 0xFF204060);
        InputImage clear = image(BufferedImage.TYPE_INT_ARGB, 0x10204060);
        InputImage deep = image(BufferedImage.TYPE_USHORT_GRAY, 0xFF808080);
        assertEquals(List.of(), Subject.notes(opaque, CARD));
        assertEquals(List.of("the photo as the network saw it: transparency ignored"), Subject.notes(clear, CARD));
        assertEquals(List.of(), Subject.notes(clear, card(4)));
        assertEquals(List.of("the photo as the network saw it: 16-bit samples cut to their upper 8 bits"),
                Subject.notes(deep, CARD));
        assertEquals(List.of("the photo as the network saw it: colours turned into grey"),
                Subject.notes(opaque, card(1)));
    }

    /** A network of one channel sees no colours, and its figures show none. */
    @Test
    void photosOfAGreyNetworkAreGrey() throws IOException {
        InputImage colours = image(BufferedImage.TYPE_INT_RGB, 0xFF2040E0);
        byte[] pixels = colours.photo().seenBy(1).resized(1, 1);
        assertTrue(pixels[0] == pixels[1] && pixels[1] == pixels[2]);
        assertArrayEquals(colours.photo().resized(1, 1, 1), new byte[] {pixels[0]});
        assertFalse(colours.photo().seenBy(3).resized(1, 1)[0] == colours.photo().seenBy(3).resized(1, 1)[2]);
    }

    @Test
    void saysWhatWasAssumed() throws IOException {
        ModelCard open = ModelCard.builder(Shape.of(3, 2, 2)).assumed(List.of("pixels 0..1", "stride 2")).build();
        Subject subject = Subject.of(image(BufferedImage.TYPE_INT_RGB, 0), "a.png", "squashed to 2x2", open);
        assertEquals(" Assumed, because the weights file does not say: pixels 0..1; stride 2."
                + " No names of the classes are known: numbers count from 0.", subject.caption());
    }

    private static Attribution result(String label, float start, float relevance, boolean propagates) {
        Tensor logits = Tensor.of(Shape.of(2), 0, start);
        List<LayerAccount> layers = propagates ? List.of(new LayerAccount("fc", "zero", start, relevance,
                AbsorbedRelevance.NONE, 1, Set.of())) : List.of();
        return new Attribution("any", 1, label, start, 0.5f, logits, logits, Tensor.of(Shape.of(1, 1, 1), relevance),
                layers, Map.of(), Optional.empty());
    }

    @Test
    void saysWhatValuesMean() {
        List<Attribution> both = List.of(result("cat", 4, 3, true), result("1", 2, -1, true));
        assertEquals("unit: the logit; relevance sums to 3.00 (4.00 at its start) for cat, -1.00 (2.00 at its start)"
                + " for class 1; layers absorbed or added the difference", Units.of("lrp-0:products=signal", both));
        assertTrue(Units.of("rsp:start=target,purge=false", both).contains("values of two classes do not compare"));
        assertTrue(Units.of("rsp:start=relative", both).contains("sums to 2 for the class and to -1 against it"));
        assertTrue(Units.of("excitation-backprop", both).startsWith("unit: shares of 1; relevance sums to 3.00"));
        List<Attribution> plain = List.of(result("cat", 4, 3, false));
        assertTrue(Units.of("smooth-grad:samples=2", plain).endsWith("normalised input; no sum is promised"));
        assertTrue(Units.of("gradient-x-input", plain).contains("to first order"));
        assertTrue(Units.of("grad-cam", plain).contains("position of the feature map"));
        assertEquals("unit: the logit; relevance sums to 3.00 where the logit rises by 3.50 from the mean colour to the"
                + " image", Units.of("integrated-gradients", List.of(plain.get(0).with(new Completeness(3, 3.5)))));
    }

    /** On the sheet of several methods, too. */
    @Test
    void saysOfWhichMethodsClassesDoNotCompare() {
        List<Attribution> results = List.of(result("1", 4, 3, true));
        String several = "Each method has a unit of its own: compare patterns, not values";
        assertEquals(several + "; of rsp, values of two classes do not compare either.",
                Units.ofSeveral(List.of(maps("lrp-0", results), maps("rsp:start=target", results))));
        assertEquals(several + ".",
                Units.ofSeveral(List.of(maps("lrp-0", results), maps("rsp:start=relative", results))));
    }

    private static MethodMaps maps(String method, List<Attribution> results) {
        return MethodMaps.of(method, results, RelevanceMap.of("lrp-0", results), 1, "as given");
    }

    @Test
    void figuresNameClassesAndUnits() {
        List<Attribution> results = List.of(result("1", 4, 3, true));
        MethodMaps maps = MethodMaps.of("lrp-0", results, RelevanceMap.of("lrp-0", results), 1, "as given");
        assertEquals("class 1", maps.targets().get(0).label());
        assertTrue(maps.unit().startsWith("unit: the logit"));
    }
}
