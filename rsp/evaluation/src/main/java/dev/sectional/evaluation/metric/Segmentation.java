package dev.sectional.evaluation.metric;

import dev.sectional.evaluation.Case;
import dev.sectional.evaluation.Figure;
import dev.sectional.evaluation.Metric;
import dev.sectional.evaluation.data.Dataset;
import dev.sectional.evaluation.data.Mask;
import dev.sectional.evaluation.data.Truth;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/**
 * Segmentation with a threshold on the map, at the image's size: the foreground exceeds the map's mean ({@code mean}),
 * 0 ({@code zero}) or Otsu's threshold ({@code otsu}); with {@code +}, negative values count as 0. True and false
 * positives and negatives are summed over all cases; IoU and F1 are then the mean of background and foreground. Average
 * precision is a mean over the cases. Void pixels do not count; a class without other pixels is no case.
 */
public final class Segmentation implements Metric {
    private static final List<String> THRESHOLDS = List.of("mean", "mean+", "zero", "otsu", "otsu+");
    private static final String SHARE = "share";

    @Override
    public String name() {
        return "miou";
    }

    @Override
    public String missing(Dataset dataset, int images) {
        return dataset.hasMasks(images) ? "" : "mask";
    }

    @Override
    public Map<String, Double> measure(Case evaluated) {
        Truth truth = evaluated.truth();
        if (truth.segment() == null || isVoid(truth)) {
            return Map.of();
        }
        float[] map = evaluated.map().resized(truth.segment().width(), truth.segment().height()).values();
        float[] positive = new float[map.length];
        for (int i = 0; i < map.length; i++) {
            positive[i] = Math.max(0, map[i]);
        }
        boolean[] labels = pixels(truth.segment());
        boolean[] counted = pixels(truth.ignored());
        for (int i = 0; i < counted.length; i++) {
            counted[i] = !counted[i];
        }
        Pixels truePixels = new Pixels(labels, counted);
        Map<String, Double> values = new LinkedHashMap<>();
        truePixels.confusion(map, mean(map)).put(values, "mean");
        truePixels.confusion(positive, mean(positive)).put(values, "mean+");
        truePixels.confusion(map, 0).put(values, "zero");
        truePixels.confusion(map, Otsu.threshold(map)).put(values, "otsu");
        truePixels.confusion(positive, Otsu.threshold(positive)).put(values, "otsu+");
        List<AveragePrecision> precisions = AveragePrecision.bothOf(map, labels, counted);
        precision(values, "", precisions.get(0));
        precision(values, "+", precisions.get(1));
        return values;
    }

    /** Tells whether no pixel of the class counts: there is nothing to find, which is no miss of a method. */
    private static boolean isVoid(Truth truth) {
        BitSet counted = (BitSet) truth.segment().bits().clone();
        counted.andNot(truth.ignored().bits());
        return counted.isEmpty();
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

    private static void precision(Map<String, Double> values, String sign, AveragePrecision precision) {
        values.put("foreground" + sign, precision.foreground());
        values.put("background" + sign, precision.background());
        values.put("joint" + sign, precision.joint());
    }

    @Override
    public List<Figure> figures(List<Row> rows, List<String> classes) {
        List<Figure> figures = new ArrayList<>();
        for (String threshold : THRESHOLDS) {
            figures.add(figure("mIoU ", threshold, true, Confusion::meanIou));
            figures.add(figure("pixel accuracy ", threshold, false, Confusion::accuracy));
            figures.add(figure("F1 ", threshold, false, Confusion::meanF1));
        }
        for (String sign : new String[] {"", "+"}) {
            figures.add(precision("mAP" + sign, row ->
                    (row.values().get("foreground" + sign) + row.values().get("background" + sign)) / 2));
            figures.add(precision("AP" + sign + " foreground", row -> row.values().get("foreground" + sign)));
            figures.add(precision("mAP" + sign + " joint", row -> row.values().get("joint" + sign)));
        }
        figures.add(Figure.count(Figure.CASES, row -> 1));
        return figures;
    }

    private static Figure precision(String name, ToDoubleFunction<Row> value) {
        return new Figure(name, SHARE, Figure.Better.HIGHER, false, 2,
                (row, sums) -> Figure.addTo(sums, value.applyAsDouble(row)), Figure::quotient);
    }

    private static Figure figure(String name, String threshold, boolean byClass, ToDoubleFunction<Confusion> value) {
        Figure.Terms pixels = (row, sums) -> {
            for (int i = 0; i < sums.length; i++) {
                sums[i] += row.values().get(threshold + Confusion.PARTS.get(i));
            }
            return true;
        };
        return new Figure(name + threshold, SHARE, Figure.Better.HIGHER, byClass, Confusion.PARTS.size(), pixels,
                sums -> DoubleStream.of(sums).sum() == 0 ? Double.NaN : value.applyAsDouble(Confusion.of(sums)));
    }

    /** The true class of each pixel, and whether it counts. */
    private record Pixels(boolean[] labels, boolean[] counted) {
        /** Compares the true classes with a map: foreground exceeds the threshold. */
        Confusion confusion(float[] map, float threshold) {
            double[] counts = new double[4];
            for (int i = 0; i < map.length; i++) {
                if (counted[i]) {
                    counts[(map[i] > threshold ? 2 : 0) + (labels[i] ? 1 : 0)]++;
                }
            }
            return Confusion.of(counts);
        }
    }

    /** The confusion matrix: numbers of pixels by the map's class and the true class. */
    private record Confusion(double trueNegatives, double falseNegatives, double falsePositives, double truePositives) {
        static final List<String> PARTS = List.of(".tn", ".fn", ".fp", ".tp");

        static Confusion of(double[] counts) {
            return new Confusion(counts[0], counts[1], counts[2], counts[3]);
        }

        void put(Map<String, Double> values, String name) {
            double[] counts = {trueNegatives, falseNegatives, falsePositives, truePositives};
            for (int i = 0; i < counts.length; i++) {
                values.put(name + PARTS.get(i), counts[i]);
            }
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
