package dev.sectional.evaluation.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.evaluation.Cases;
import dev.sectional.evaluation.Figure;
import dev.sectional.evaluation.Metric;
import dev.sectional.evaluation.Saliency;
import dev.sectional.evaluation.Summary;
import dev.sectional.evaluation.data.Mask;
import dev.sectional.evaluation.data.Truth;
import dev.sectional.evaluation.internal.CounterRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Against the definitions, written as plain loops over pixels and thresholds. */
class SegmentationTest {
    private static final int CASES = 12;
    private final List<Metric.Row> rows = new ArrayList<>();
    private final List<float[]> maps = new ArrayList<>();
    private final List<boolean[]> labels = new ArrayList<>();
    private final List<boolean[]> counted = new ArrayList<>();

    private void cases() {
        Segmentation metric = new Segmentation();
        for (int c = 0; c < CASES; c++) {
            CounterRandom draws = new CounterRandom(11).part(c);
            int width = 5 + draws.below(0, 20);
            int height = 5 + draws.below(1, 20);
            int size = width * height;
            float[] map = new float[size];
            BitSet segment = new BitSet();
            BitSet ignored = new BitSet();
            for (int i = 0; i < size; i++) {
                segment.set(i, draws.uniform(10 + i) < 0.3);
                ignored.set(i, draws.uniform(1000 + i) < 0.1);
                map[i] = (float) (draws.uniform(5000 + i) - 0.6 + (segment.get(i) ? 0.4 : 0));
                map[i] = c % 3 == 0 ? Math.round(map[i] * 8) / 8f : map[i];   // many equal values
            }
            if (c == 5) {
                Arrays.fill(map, 0);
            }
            Truth truth = new Truth(c % 4, Mask.empty(width, height), false, new Mask(width, height, segment),
                    new Mask(width, height, ignored));
            rows.add(new Metric.Row("image " + c, c % 4,
                    metric.measure(Cases.of("image " + c, truth, new Saliency(width, height, map), 0))));
            maps.add(map);
            boolean[] label = new boolean[size];
            boolean[] count = new boolean[size];
            for (int i = 0; i < size; i++) {
                label[i] = segment.get(i);
                count[i] = !ignored.get(i);
            }
            labels.add(label);
            counted.add(count);
        }
    }

    @Test
    void equalsPlainLoops() {
        cases();
        Summary summary = new Segmentation().summary(rows, List.of("a", "b", "c", "d", "e"));

        for (String threshold : new String[] {"mean", "mean+", "zero", "otsu", "otsu+"}) {
            double[] all = counts(threshold, -1);
            assertEquals(miou(all), summary.overall().get("mIoU " + threshold), 1e-12, threshold);
            assertEquals((all[0] + all[3]) / (all[0] + all[1] + all[2] + all[3]), summary.overall()
                    .get("pixel accuracy " + threshold), 1e-12);
            double f1 = (2 * all[3] / (2 * all[3] + all[1] + all[2]) + 2 * all[0] / (2 * all[0] + all[1] + all[2])) / 2;
            assertEquals(f1, summary.overall().get("F1 " + threshold), 1e-12);
            Map<String, Double> perClass = summary.perClass().get("mIoU " + threshold);
            assertEquals(4, perClass.size(), "a class without cases has no value");
            assertEquals(miou(counts(threshold, 2)), perClass.get("c"), 1e-12);
        }
    }

    @Test
    void averagePrecisionEqualsPlainLoops() {
        cases();
        Summary summary = new Segmentation().summary(rows, List.of("a", "b", "c", "d"));
        for (boolean positive : new boolean[] {false, true}) {
            double foreground = 0;
            double background = 0;
            double joint = 0;
            for (int c = 0; c < CASES; c++) {
                float[] map = positive ? positive(maps.get(c)) : maps.get(c);
                List<Double> scores = new ArrayList<>();
                List<Boolean> right = new ArrayList<>();
                float least = Float.MAX_VALUE;
                float greatest = -Float.MAX_VALUE;
                for (int i = 0; i < map.length; i++) {
                    if (counted.get(c)[i]) {
                        least = Math.min(least, map[i]);
                        greatest = Math.max(greatest, map[i]);
                    }
                }
                List<Double> both = new ArrayList<>();
                List<Boolean> bothRight = new ArrayList<>();
                for (int i = 0; i < map.length; i++) {
                    if (counted.get(c)[i]) {
                        scores.add((double) map[i]);
                        right.add(labels.get(c)[i]);
                        float scaled = greatest == least ? 0 : (map[i] - least) / (greatest - least);
                        both.addAll(List.of((double) scaled, (double) (1 - scaled)));
                        bothRight.addAll(List.of(labels.get(c)[i], !labels.get(c)[i]));
                    }
                }
                foreground += precision(scores, right) / CASES;
                background += precision(scores.stream().map(s -> -s).toList(), right.stream().map(r -> !r)
                        .toList()) / CASES;
                joint += precision(both, bothRight) / CASES;
            }
            String sign = positive ? "+" : "";
            assertEquals((foreground + background) / 2, summary.overall().get("mAP" + sign), 1e-9);
            assertEquals(foreground, summary.overall().get("AP" + sign + " foreground"), 1e-9);
            assertEquals(joint, summary.overall().get("mAP" + sign + " joint"), 1e-9);
        }
    }

    /** For each threshold the precision and the recall, counted anew. */
    private static double precision(List<Double> scores, List<Boolean> right) {
        double all = right.stream().filter(r -> r).count();
        double precision = 0;
        double recall = 0;
        for (double threshold : new TreeSet<>(scores.stream().map(s -> s + 0.0).toList()).descendingSet()) {
            double taken = 0;
            double hits = 0;
            for (int i = 0; i < scores.size(); i++) {
                taken += scores.get(i) >= threshold ? 1 : 0;
                hits += scores.get(i) >= threshold && right.get(i) ? 1 : 0;
            }
            precision += hits / taken * (hits / all - recall);
            recall = hits / all;
        }
        return precision;
    }

    /** Pixels without and with the class, first those that the map leaves out. */
    private double[] counts(String threshold, int label) {
        double[] counts = new double[4];
        for (int c = 0; c < CASES; c++) {
            float[] map = threshold.endsWith("+") ? positive(maps.get(c)) : maps.get(c);
            double limit = switch (threshold.replace("+", "")) {
                case "mean" -> mean(map);
                case "otsu" -> otsu(map);
                default -> 0;
            };
            for (int i = 0; i < map.length; i++) {
                if (counted.get(c)[i] && (label < 0 || c % 4 == label)) {
                    counts[(map[i] > (float) limit ? 2 : 0) + (labels.get(c)[i] ? 1 : 0)]++;
                }
            }
        }
        return counts;
    }

    private static double miou(double[] counts) {
        return (counts[3] / (counts[1] + counts[2] + counts[3]) + counts[0] / (counts[0] + counts[1] + counts[2])) / 2;
    }

    private static float[] positive(float[] map) {
        float[] positive = map.clone();
        for (int i = 0; i < map.length; i++) {
            positive[i] = map[i] > 0 ? map[i] : 0;
        }
        return positive;
    }

    private static double mean(float[] map) {
        double sum = 0;
        for (float value : map) {
            sum += value;
        }
        return sum / map.length;
    }

    /**
     * Of the middles of 256 bins the first that, as a threshold, gives the greatest variance between what is below and
     * above.
     */
    private static double otsu(float[] map) {
        double least = Float.MAX_VALUE;
        double greatest = -Float.MAX_VALUE;
        for (float value : map) {
            least = Math.min(least, value);
            greatest = Math.max(greatest, value);
        }
        if (least == greatest) {
            return least;
        }
        double width = (greatest - least) / 256;
        double best = -1;
        double threshold = 0;
        for (int bin = 0; bin < 255; bin++) {
            double[] count = new double[2];
            double[] sum = new double[2];
            for (float value : map) {
                int of = Math.min(255, (int) ((value - least) / (greatest - least) * 256));
                count[of <= bin ? 0 : 1]++;
                sum[of <= bin ? 0 : 1] += of;
            }
            double apart = sum[0] / count[0] - sum[1] / count[1];
            if (count[0] * count[1] * apart * apart > best) {
                best = count[0] * count[1] * apart * apart;
                threshold = least + (bin + 0.5) * width;
            }
        }
        return threshold;
    }

    @Test
    void rowsHoldNumbersOfPixels() {
        BitSet segment = new BitSet();
        segment.set(0, 3);
        Truth truth = new Truth(0, Mask.empty(3, 2), false, new Mask(3, 2, segment), Mask.empty(3, 2));
        Map<String, Double> values = new Segmentation().measure(Cases.of("a", truth,
                new Saliency(3, 2, new float[] {1, 2, 0, 1, -1, -1}), 0));
        assertEquals(List.of(2.0, 1.0, 1.0, 2.0), List.of(values.get("zero.tn"), values.get("zero.fn"),
                values.get("zero.fp"), values.get("zero.tp")));
        assertEquals(3, Otsu.threshold(new float[] {3, 3}), "a constant map is its own threshold");
    }

    @Test
    void everyRowIsACaseAndUndefinedPrecisionAddsNothing() {
        cases();
        List<Figure> figures = new Segmentation().figures(rows, List.of("a", "b", "c", "d"));
        Figure cases = figures.get(figures.size() - 1);
        assertEquals((double) CASES, new Segmentation().summary(rows, List.of("a", "b", "c", "d")).overall()
                .get(cases.name()));
        Figure foreground = figures.stream().filter(f -> f.name().equals("AP foreground")).findFirst().orElseThrow();
        double[] sums = new double[2];
        assertTrue(foreground.terms().add(rows.get(0), sums));
        assertFalse(foreground.terms().add(new Metric.Row("none", 0, Map.of("foreground", Double.NaN)), sums));
        assertEquals(1, sums[1]);
    }

    /** Masks of VOC cover some objects with void pixels; every method would miss them. */
    @Test
    void aClassOfVoidPixelsDoesNotCount() {
        BitSet segment = new BitSet();
        segment.set(1);
        Mask object = new Mask(2, 2, segment);
        Saliency map = new Saliency(2, 2, new float[] {1, 2, 3, 4});
        Mask nothing = Mask.empty(2, 2);

        assertEquals(Map.of(), new Segmentation().measure(Cases.of("a",
                new Truth(0, object, false, object, object), map, 0)));
        assertEquals(Map.of(), new Segmentation().measure(Cases.of("a",
                new Truth(0, object, false, nothing, nothing), map, 0)));
        assertFalse(new Segmentation().measure(Cases.of("a", new Truth(0, object, false, object, nothing), map, 0))
                .isEmpty());
    }

    @Test
    void imagesWithoutMasksDoNotCount() {
        Truth truth = new Truth(0, Mask.empty(2, 2), false, null, Mask.empty(2, 2));

        assertEquals(Map.of(), new Segmentation().measure(Cases.of("a", truth, new Saliency(2, 2, new float[4]), 0)));
    }
}
