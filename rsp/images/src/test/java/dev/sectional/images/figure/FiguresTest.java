package dev.sectional.images.figure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.images.Image;
import dev.sectional.images.Seen;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FiguresTest {
    private static final Look LOOK = new Look(ColourMap.BLUE_RED, 1);
    private static final int RED = 0xB2182B;
    private static final int BLUE = 0x2166AC;
    /** Checksums of two figures, which were looked at. */
    private static final long PANEL = 1977891998L;
    private static final long SHEET = 865459787L;

    private static Image grey(int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        Arrays.fill(rgb, (byte) 128);
        return Image.of(rgb, width, height);
    }

    private static Subject subject(int width, int height) {
        Image photo = grey(width, height);
        return new Subject("photo.png", photo, Seen.whole(photo), "squashed to 2x2", List.of());
    }

    private static MethodMaps maps(RelevanceMap map, String label, int targets) {
        return new MethodMaps("rsp", Collections.nCopies(targets, new MethodMaps.TargetMap(label, 0.5f, 2, map)), 2,
                "as --scale sets it", "unit: the logit");
    }

    private static RelevanceMap map(boolean coarse) {
        return RelevanceMap.sum(Tensor.of(Shape.of(2, 2, 2), 1, -1, 0, 4, 1, -1, 0, 4), coarse);
    }

    private static long crc(Canvas canvas) {
        CRC32 sum = new CRC32();
        for (int pixel : canvas.pixels()) {
            sum.update(pixel >> 16);
            sum.update(pixel >> 8);
            sum.update(pixel);
        }
        return sum.getValue();
    }

    /** Each value of the map is a block of its own colour; values beyond the scale have the colour of the scale. */
    @Test
    void drawsExactBlocks() {
        Canvas canvas = Figures.heatmap(subject(300, 300), map(false), 2, LOOK);
        assertEquals(300, canvas.width());
        assertEquals(RED, canvas.pixels()[0]);
        assertEquals(BLUE, canvas.pixels()[299]);
        assertEquals(BLUE, canvas.pixels()[149 * 300 + 150]);
        assertEquals(0xFFFFFF, canvas.pixels()[150 * 300 + 149]);
        assertEquals(RED, canvas.pixels()[299 * 300 + 299]);
        assertEquals(4, Arrays.stream(canvas.pixels()).distinct().count() + 1, "red, blue and white alone");
    }

    @Test
    void drawsCoarseMapsSmoothly() {
        Canvas canvas = Figures.heatmap(subject(300, 300), map(true), 2, LOOK);
        assertEquals(RED, canvas.pixels()[0]);
        assertEquals(Canvas.blended(0xFFFFFF, BLUE, 0.00667f), canvas.pixels()[150], "half way from 2 to -2");
        assertTrue(Arrays.stream(canvas.pixels()).distinct().count() > 100);
    }

    @Test
    void opacityOfTheOverlayFollowsTheAbsoluteValue() {
        RelevanceMap map = new RelevanceMap(2, 1, new float[] {1, 0}, true, false);
        int grey = 153 * 0x010101;
        Canvas linear = Figures.overlay(subject(300, 300), map, 2, LOOK);
        assertEquals(Canvas.blended(grey, RED, 0.45f), linear.pixels()[0]);
        assertEquals(grey, linear.pixels()[299]);
        Canvas strong = Figures.overlay(subject(300, 300), map, 2, new Look(ColourMap.PURPLE_ORANGE, 0.5));
        assertEquals(Canvas.blended(grey, 0xB35806, (float) (0.9 * Math.sqrt(0.5))), strong.pixels()[0]);
    }

    @Test
    void drawsTheChosenSignAlone() {
        RelevanceMap map = new RelevanceMap(3, 1, new float[] {2, 0, -2}, true, false);
        int grey = 153 * 0x010101;
        Look positive = new Look(ColourMap.BLUE_RED, 1, Look.Sign.FOR, 0.5);
        assertEquals(List.of(RED, 0xFFFFFF), Arrays.stream(Figures.heatmap(subject(300, 300), map, 2, positive)
                .pixels()).distinct().boxed().toList());
        assertEquals(List.of(Canvas.blended(grey, RED, 0.5f), grey), Arrays.stream(Figures.overlay(subject(300, 300),
                map, 2, positive).pixels()).distinct().boxed().toList());
        Look negative = new Look(ColourMap.BLUE_RED, 1, Look.Sign.named("against"), 0.9);
        assertEquals(List.of(0xFFFFFF, BLUE), Arrays.stream(Figures.heatmap(subject(300, 300), map, 2, negative)
                .pixels()).distinct().boxed().toList());
        assertThrows(IllegalArgumentException.class, () -> Look.Sign.named("minus"));
    }

    /** Lowering the resolution takes means, which keeps the sum. */
    @Test
    void averagesWhereTheMapIsFiner() {
        float[] values = new float[448 * 448];
        for (int i = 0; i < values.length; i++) {
            values[i] = i % 2;
        }
        Canvas canvas = Figures.heatmap(subject(224, 224), new RelevanceMap(448, 448, values, true, false), 1, LOOK);
        assertEquals(List.of(Canvas.blended(0xFFFFFF, RED, 0.5f)),
                Arrays.stream(canvas.pixels()).distinct().boxed().toList());
    }

    @Test
    void leavesWhatWasNotSeenGrey() {
        Image photo = grey(400, 200);
        Subject cropped = new Subject("p", photo, new Seen(100, 0, 300, 200), "cropped to 2x2", List.of());
        Canvas canvas = Figures.heatmap(cropped, map(false), 2, LOOK);
        assertEquals(0xE4E4E4, canvas.pixels()[99]);
        assertEquals(RED, canvas.pixels()[100]);
        assertEquals(BLUE, canvas.pixels()[299]);
        assertEquals(0xE4E4E4, canvas.pixels()[300]);
        Canvas whole = Figures.panel(new Subject("p", photo, Seen.whole(photo), "cropped to 2x2", List.of()),
                maps(map(false), "a", 1), LOOK);
        assertNotEquals(crc(whole), crc(Figures.panel(cropped, maps(map(false), "a", 1), LOOK)), "a frame is drawn");
    }

    @Test
    void saysWhatLiesOnThePadding() {
        Image photo = grey(100, 200);
        Tile tile = Tile.of(new Subject("p", photo, new Seen(-50, 0, 150, 200), "padded to 4x1", List.of()), 200);
        double[] sums = tile.sums(new RelevanceMap(4, 1, new float[] {1, -2, 3, -4}, true, false));
        assertEquals(10, sums[0]);
        assertEquals(5, sums[1]);
    }

    /** Pixels do not depend on the machine: the same on every JDK, with and without fonts. */
    @Test
    void drawsTheSameEverywhere() {
        MethodMaps maps = maps(map(false), "Gr\u00fc\u00dfe, \u4e2d\u0007 q 0.79", 1);
        Look strong = new Look(ColourMap.PURPLE_ORANGE, 0.5);
        assertEquals(PANEL, crc(Figures.panel(subject(40, 30), maps, strong)));
        assertEquals(SHEET, crc(Figures.sheet(subject(40, 30), List.of(maps, maps), strong)));
    }

    @ParameterizedTest
    @CsvSource({"30, 900, 1", "1400, 60, 1", "1, 1, 1", "640, 480, 10", "2000, 1500, 1"})
    void everyShapeHasRoomForItsWords(int width, int height, int targets) {
        String label = "great white shark, white shark, man-eater, man-eating shark, Carcharodon carcharias";
        Canvas panel = Figures.panel(subject(width, height), maps(map(false), label, targets), LOOK);
        assertTrue(panel.width() >= 740 && panel.width() <= 3200, panel.width() + " pixels");
        assertTrue(panel.height() <= 4000, panel.height() + " rows");
        Canvas sheet = Figures.sheet(subject(width, height), List.of(maps(map(false), label, targets),
                maps(map(true), label, targets)), LOOK);
        assertTrue(sheet.width() <= 3400 && sheet.height() <= 8000, sheet.width() + "x" + sheet.height());
    }

    /** A figure of a large photo is shown smaller than it is, and one of a wide photo would be a strip. */
    @Test
    void lettersGrowWithTheFigure() {
        assertEquals(10, Parts.forWidth(1200).scaled(10));
        assertEquals(26, Parts.forWidth(3072).scaled(10));
        Canvas wide = Figures.panel(subject(2000, 200), maps(map(false), "a", 1), LOOK);
        assertTrue(wide.width() < 1100 && wide.height() > 300, wide.width() + "x" + wide.height());
    }

    /** Nothing of a title reaches into the image below it. */
    @ParameterizedTest
    @ValueSource(ints = {9, 10, 14, 26})
    void descendersAreWhole(int capitals) {
        Lettering letters = Lettering.of(capitals, true);
        Canvas canvas = new Canvas(40 * capitals, letters.height() + 20);
        letters.draw(canvas, 0, 10, "(qjgy\u00e7|\u00c5)", 0);
        for (int x = 0; x < canvas.width(); x++) {
            assertEquals(0xFFFFFF, canvas.pixels()[9 * canvas.width() + x]);
            assertEquals(0xFFFFFF, canvas.pixels()[(10 + letters.height()) * canvas.width() + x]);
        }
        Canvas line = new Canvas(40 * capitals, letters.height());
        letters.draw(line, 0, 0, "(qjgy|)", 0);
        int last = (letters.height() - 1) * line.width();
        int darkest = Arrays.stream(line.pixels(), last, last + line.width()).map(each -> each & 0xFF).min().orElse(0);
        assertTrue(darkest > 100, "a descender is cut: " + darkest);
    }

    @Test
    void showsUndrawableCharactersAsEscapes() {
        assertEquals("a\\u4e2d\\u0007\\u{1f600}\u00e9\u010d", Lettering.shown("a\u4e2d\u0007\ud83d\ude00\u00e9\u010d"));
        for (int c = 0x21; c < 0x180; c++) {
            boolean latin = c < 0x7F || c > 0xA0 && c < 0x100;
            assertTrue(!latin || Strokes.of(c) != null, "no letter for " + Integer.toHexString(c));
        }
        Lettering text = new Lettering(9, false);
        String fitted = text.fitted("a word that is long", 60);
        assertTrue(fitted.endsWith("...") && text.width(fitted) <= 60, fitted);
    }

    @Test
    void percentilesTakeAllMapsTogether() {
        RelevanceMap a = new RelevanceMap(2, 1, new float[] {-8, 1}, true, false);
        RelevanceMap b = new RelevanceMap(2, 1, new float[] {2, 4}, true, false);
        assertEquals(8, RelevanceMap.percentile(List.of(a, b), 100));
        assertEquals(4, RelevanceMap.percentile(List.of(a, b), 50));
        RelevanceMap sparse = new RelevanceMap(4, 1, new float[] {0, 0, 0, 3}, true, false);
        assertEquals(3, RelevanceMap.percentile(List.of(sparse), 50), "the greatest where the percentile is 0");
    }

    @Test
    void refusesWhatItCannotDraw() {
        assertThrows(IllegalArgumentException.class, () -> new Look(ColourMap.BLUE_RED, 0));
        assertThrows(IllegalArgumentException.class, () -> ColourMap.named("rainbow"));
        assertThrows(IllegalArgumentException.class, () -> new RelevanceMap(2, 2, new float[3], true, false));
        MethodMaps two = maps(map(false), "a", 2);
        assertThrows(IllegalArgumentException.class,
                () -> Figures.sheet(subject(9, 9), List.of(two, maps(map(false), "a", 1)), LOOK));
    }
}
