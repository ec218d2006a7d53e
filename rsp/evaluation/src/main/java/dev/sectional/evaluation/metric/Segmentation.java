package dev.sectional.evaluation.metric;

import dev.sectional.evaluation.Case;
import dev.sectional.evaluation.Metric;
import dev.sectional.evaluation.Summary;
import dev.sectional.evaluation.data.Mask;
import dev.sectional.evaluation.data.Truth;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Segmentation with a threshold on the map, at the image's size: the foreground exceeds the map's mean ({@code mean}),
 * 0 ({@code zero}) or Otsu's threshold ({@code otsu}); with {@code +}, negative values count as 0. True and false
 * positives and negatives are summed over all cases; IoU and F1 are then the mean of background and foreground. Average
 * precision is a mean over the cases. Void pixels do not count.
 */
public final class Segmentation implements Metric {
    private static final List<String> THRESHOLDS = List.of("mean", "mean+", "zero", "otsu", "otsu+");
    private static final List<String> PRECISIONS = List.of("foreground", "background", "joint", "foreground+",
            "background+", "joint+");

    @Override
    public String name() {
        return "miou";
    }

    @Override
    public Map<String, Double> measure(Case judged) {
        Truth truth = judged.truth();
        if (truth.segment() == null) {
            return Map.of();
        }
        float[] map = judged.map().resized(truth.segment().width(), truth.segment().height()).values();
        float[] positive = new float[map.length];
        for (int i = 0; i < map.length; i++) {
            positive[i] = Math.max(0, map[i]);
        }
        boolean[] labels = pixels(truth.segment());
        boolean[] counted = pixels(truth.ignored());
        for (int i = 0; i < counted.length; i++) {
            counted[i] = !counted[i];
        }
        Map<String, Double> values = new LinkedHashMap<>();
        count(values, "mean", map, mean(map), labels, counted);
        count(values, "mean+", positive, mean(positive), labels, counted);
        count(values, "zero", map, 0, labels, counted);
        count(values, "otsu", map, Otsu.threshold(map), labels, counted);
        count(values, "otsu+", positive, Otsu.threshold(positive), labels, counted);
        List<AveragePrecision> precisions = AveragePrecision.bothOf(map, labels, counted);
        precision(values, "", precisions.get(0));
        precision(values, "+", precisions.get(1));
        return values;
    }

    private static boolean[] pixels(Mask mask) {
        boolean[] pixels = new boolean[mask.width() * mask.height()];
        BitSet bits = mask.bits();
        for (int i = bits.nextSetBit(0); i >= 0; i = bits.nextSetBit(i + 1)) {
            pixels[i] = true;
        }
        return pixels;
    }

    private static float mean(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return (float) (sum / values.length);
    }

    private static void count(Map<String, Double> values, String name, float[] map, float threshold, boolean[] labels,
            boolean[] counted) {
        int[] counts = new int[4];
        for (int i = 0; i < map.length; i++) {
            if (counted[i]) {
                counts[(map[i] > threshold ? 2 : 0) + (labels[i] ? 1 : 0)]++;
            }
        }
        Counts.of(counts).put(values, name);
    }

    private static void precision(Map<String, Double> values, String sign, AveragePrecision precision) {
        values.put("foreground" + sign, precision.foreground());
        values.put("background" + sign, precision.background());
        values.put("joint" + sign, precision.joint());
    }

    @Override
    public Summary summary(List<Row> rows, List<String> classes) {
        Map<String, Double> overall = new LinkedHashMap<>();
        Map<String, Map<String, Double>> perClass = new LinkedHashMap<>();
        for (String threshold : THRESHOLDS) {
            Counts all = Counts.sum(rows, threshold);
            overall.put("mIoU " + threshold, all.meanIou());
            overall.put("pixel accuracy " + threshold, all.accuracy());
            overall.put("F1 " + threshold, all.meanF1());
            Map<String, Double> each = new LinkedHashMap<>();
            for (int label = 0; label < classes.size(); label++) {
                int wanted = label;
                List<Row> own = rows.stream().filter(row -> row.label() == wanted).toList();
                if (!own.isEmpty()) {
                    each.put(classes.get(label), Counts.sum(own, threshold).meanIou());
                }
            }
            perClass.put("mIoU " + threshold, each);
        }
        Map<String, Double> means = new LinkedHashMap<>();
        for (String precision : PRECISIONS) {
            means.put(precision, rows.stream().mapToDouble(row -> row.values().get(precision)).average()
                    .orElse(Double.NaN));
        }
        for (String sign : new String[] {"", "+"}) {
            overall.put("mAP" + sign, (means.get("foreground" + sign) + means.get("background" + sign)) / 2);
            overall.put("AP" + sign + " foreground", means.get("foreground" + sign));
            overall.put("mAP" + sign + " joint", means.get("joint" + sign));
        }
        overall.put("cases", (double) rows.size());
        return new Summary(overall, perClass, List.of());
    }

    /** The confusion matrix: numbers of pixels by the map's class and the true class. */
    private record Counts(double trueNegatives, double falseNegatives, double falsePositives, double truePositives) {
        static Counts of(int[] counts) {
            return new Counts(counts[0], counts[1], counts[2], counts[3]);
        }

        void put(Map<String, Double> values, String name) {
            values.put(name + ".tn", trueNegatives);
            values.put(name + ".fn", falseNegatives);
            values.put(name + ".fp", falsePositives);
            values.put(name + ".tp", truePositives);
        }

        static Counts sum(List<Row> rows, String name) {
            double[] sums = new double[4];
            String[] parts = {".tn", ".fn", ".fp", ".tp"};
            for (Row row : rows) {
                for (int i = 0; i < 4; i++) {
                    sums[i] += row.values().get(name + parts[i]);
                }
            }
            return new Counts(sums[0], sums[1], sums[2], sums[3]);
        }

        double meanIou() {
            double wrong = falseNegatives + falsePositives;
            return (ratio(truePositives, truePositives + wrong) + ratio(trueNegatives, trueNegatives + wrong)) / 2;
        }

        double meanF1() {
            double wrong = falseNegatives + falsePositives;
            return (ratio(2 * truePositives, 2 * truePositives + wrong)
                    + ratio(2 * trueNegatives, 2 * trueNegatives + wrong)) / 2;
        }

        double accuracy() {
            return ratio(truePositives + trueNegatives, truePositives + trueNegatives + falseNegatives
                    + falsePositives);
        }

        private static double ratio(double part, double whole) {
            return whole == 0 ? 0 : part / whole;
        }
    }
}
