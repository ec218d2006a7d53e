package dev.sectional.evaluation.metric;

import static org.junit.jupiter.api.Assertions.assertThrows;
import dev.sectional.core.InputException;
import dev.sectional.evaluation.data.Dataset;
import dev.sectional.evaluation.data.Sample;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.evaluation.Cases;
import dev.sectional.evaluation.Figure;
import dev.sectional.evaluation.Metric;
import dev.sectional.evaluation.Saliency;
import dev.sectional.evaluation.Summary;
import dev.sectional.evaluation.data.DifficultSubset;
import dev.sectional.evaluation.data.Mask;
import dev.sectional.evaluation.data.Truth;
import dev.sectional.evaluation.data.Window;
import dev.sectional.evaluation.internal.CounterRandom;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PointingGameTest {
    private static final int TOLERANCE = 15;

    @TempDir
    Path folder;

    /** Compares with the definition, evaluated at every pixel. */
    @Test
    void hitsAsTheDefinitionSays() {
        CounterRandom draws = new CounterRandom(4);
        int hits = 0;
        for (int i = 0; i < 3000; i++) {
            CounterRandom of = draws.part(i);
            int width = 1 + of.below(0, 70);
            int height = 1 + of.below(1, 70);
            int left = of.below(2, width);
            int top = of.below(3, height);
            Mask mask = Mask.rectangle(width, height, left, top, left + 1 + of.below(4, 5), top + 1 + of.below(5, 5));
            double x = i % 3 == 0 ? width / 2.0 : of.below(6, width);
            double y = i % 3 == 0 ? height / 2.0 : of.below(7, height);
            int tolerance = i % 2 == 0 ? TOLERANCE : 1 + of.below(8, 30);

            boolean expected = false;
            for (int v = 0; v < height; v++) {
                for (int u = 0; u < width; u++) {
                    expected |= mask.contains(u, v) && (v - y) * (v - y)
                            + (u - x) * (u - x) < (double) tolerance * tolerance;
                }
            }
            assertEquals(expected, PointingGame.hits(mask, x, y, tolerance), "case " + i);
            hits += expected ? 1 : 0;
        }
        assertTrue(hits > 500 && hits < 2500, "both must happen: " + hits);
    }

    @Test
    void theBorderOfTheToleranceIsAMiss() {
        Mask pixel = Mask.rectangle(100, 100, 50, 50, 51, 51);

        assertTrue(PointingGame.hits(pixel, 50, 64, TOLERANCE));
        assertEquals(false, PointingGame.hits(pixel, 50, 65, TOLERANCE));
        assertEquals(false, PointingGame.hits(pixel, 59, 62, TOLERANCE), "9 and 12 make 15");
        assertTrue(PointingGame.hits(pixel, 59, 61.9, TOLERANCE));
        assertEquals(false, PointingGame.hits(pixel, 51, 50, 1));
        assertTrue(PointingGame.hits(pixel, 50, 50, 1));
    }

    @Test
    void pointsAtTheFirstGreatestOfTheMapAtTheImagesSize() {
        Saliency map = new Saliency(2, 1, new float[] {-1, 3});
        // the map's right half is constant from the middle of its last pixel on
        Mask right = Mask.rectangle(40, 20, 30, 0, 31, 1);
        PointingGame game = new PointingGame(1, null);

        assertEquals(Map.of("hit", 1.0), game.measure(Cases.of("a", truth(right, 0, false), map, 0)));
        assertEquals(Map.of("hit", 0.0),
                game.measure(Cases.of("a", truth(Mask.rectangle(40, 20, 31, 0, 32, 1), 0, false), map, 0)));
        assertEquals(Map.of(), game.measure(Cases.of("a", truth(right, 0, true), map, 0)), "all boxes difficult");
    }

    @Test
    void smoothingMovesThePointFromASinglePeakToACrowd() {
        float[] values = new float[50 * 50];
        values[3 * 50 + 3] = 2;
        for (int i = 0; i < 25; i++) {
            values[(30 + i / 5) * 50 + 30 + i % 5] = 1;
        }
        Saliency map = new Saliency(50, 50, values);
        Mask crowd = Mask.rectangle(50, 50, 30, 30, 35, 35);
        PointingGame game = new PointingGame(1, null);

        assertEquals(0.0, game.measure(Cases.of("a", truth(crowd, 0, false), map, 0)).get("hit"));
        assertEquals(1.0, game.measure(Cases.of("a", truth(crowd, 0, false), map, 0.04)).get("hit"));
    }

    /** Only its segment lies in the window: there is nothing to point at. */
    @Test
    void aRegionOutsideTheWindowIsSkipped() {
        Truth truth = new Truth(0, Mask.rectangle(4, 1, 0, 0, 1, 1), false, Mask.rectangle(4, 1, 0, 0, 4, 1),
                Mask.empty(4, 1)).window(new Window(2, 0, 2, 1));

        assertTrue(truth.skipped());
        assertEquals(Map.of(), new PointingGame(1, null).measure(Cases.of("a", truth,
                new Saliency(2, 1, new float[] {1, 2}), 0)));
    }

    /** A list of another dataset would put every image into the subset. */
    @Test
    void aDifficultSubsetOfOtherImagesIsRefused() throws Exception {
        Path list = Files.writeString(folder.resolve("list.txt"), "a.jpg\t1\t0\t1\n");
        String said = assertThrows(InputException.class, () -> DifficultSubset.read(list, new Listed("a")))
                .getMessage();
        assertTrue(said.contains("lists none of the 1 images of listed, which are named as in 'a'"), said);

        Files.writeString(list, "a\t1\t0\t1\na\t0\t0\t1\n");
        said = assertThrows(InputException.class, () -> DifficultSubset.read(list, new Listed("a"))).getMessage();
        assertTrue(said.contains("line 2: the image 'a' is listed twice"), said);
    }

    /** Images of three classes without content. */
    private record Listed(String... ids) implements Dataset {
        @Override
        public String name() {
            return "listed";
        }

        @Override
        public List<String> classes() {
            return List.of("x", "y", "z");
        }

        @Override
        public int size() {
            return ids.length;
        }

        @Override
        public String id(int index) {
            return ids[index];
        }

        @Override
        public Sample sample(int index) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String digest(int index) {
            return "";
        }
    }

    @Test
    void accuracyIsTheMeanOfTheClasses() throws Exception {
        Path list = Files.writeString(folder.resolve("list.txt"), "a\t1\t0\t1\nb\t0\t1\t0\n");
        PointingGame game = new PointingGame(1, DifficultSubset.read(list, new Listed("a", "b", "c")));
        Saliency map = new Saliency(1, 1, new float[] {1});
        Mask hit = Mask.rectangle(1, 1, 0, 0, 1, 1);
        Mask miss = Mask.empty(1, 1);
        Object[][] cases = {{"a", 0, hit}, {"b", 0, miss}, {"c", 0, hit}, {"b", 1, miss}, {"a", 1, hit}};
        List<Metric.Row> rows = new ArrayList<>();
        for (Object[] c : cases) {
            rows.add(new Metric.Row((String) c[0], (int) c[1],
                    game.measure(Cases.of((String) c[0], truth((Mask) c[2], (int) c[1], false), map, 0))));
        }

        Summary summary = game.summary(rows, List.of("x", "y", "z"));

        assertEquals((2 / 3.0 + 1 / 2.0) / 2, summary.overall().get("accuracy"), 1e-12);
        assertEquals(3 / 5.0, summary.overall().get("accuracy over all cases"), 1e-12);
        assertEquals((2 / 3.0 + 1 / 2.0) / 3, summary.overall().get("accuracy if classes without cases count 0"),
                1e-12);
        assertEquals(Map.of("x", 2 / 3.0, "y", 1 / 2.0), summary.perClass().get("accuracy"));
        // Difficult: a-0 hit, c-0 hit (c is not listed), b-1 miss.
        assertEquals((1.0 + 0.0) / 2, summary.overall().get("accuracy (difficult)"), 1e-12);
        assertEquals(3.0, summary.overall().get("cases (difficult)"));
        assertEquals(2.0, summary.overall().get("hits (difficult)"));
        assertEquals(2 / 3.0, summary.overall().get("accuracy (difficult) over all cases"), 1e-12);
        for (Figure figure : game.figures(rows, List.of("x", "y", "z"))) {
            boolean defined = figure.terms().add(rows.get(4), new double[figure.size()]);
            assertEquals(!figure.name().contains("(difficult)"), defined, figure.name() + " of an easy case");
        }
    }

    private static Truth truth(Mask region, int label, boolean skipped) {
        return new Truth(label, region, skipped, null, new Mask(region.width(), region.height(), new BitSet()));
    }
}
