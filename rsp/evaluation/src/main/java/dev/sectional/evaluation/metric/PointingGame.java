package dev.sectional.evaluation.metric;

import dev.sectional.evaluation.Case;
import dev.sectional.evaluation.Metric;
import dev.sectional.evaluation.Summary;
import dev.sectional.evaluation.data.DifficultSubset;
import dev.sectional.evaluation.data.Mask;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The Pointing Game (Zhang et al.: Top-Down Neural Attention by Excitation Backprop, ECCV 2016) as TorchRay defines it.
 * The map, resized bilinearly to the image and smoothed if the method asks for it, points at its first greatest value.
 * A hit is a pixel of the class at less than the tolerance from there. Accuracy is hits over cases for each class, then
 * the mean over the classes.
 */
public final class PointingGame implements Metric {
    /** The usual tolerance for photos, in pixels. */
    public static final int USUAL_TOLERANCE = 15;

    private static final String HIT = "hit";
    private static final String DIFFICULT = "difficult";

    private final int tolerance;
    private final DifficultSubset difficult;

    /**
     * Sets the tolerance.
     *
     * @param tolerance tolerance in pixels, at least 1: only the pixel pointed at
     * @param difficult the cases of the Difficult subset; null to omit its figures
     */
    public PointingGame(int tolerance, DifficultSubset difficult) {
        if (tolerance < 1) {
            throw new IllegalArgumentException("expected a tolerance of at least 1 pixel, got " + tolerance);
        }
        this.tolerance = tolerance;
        this.difficult = difficult;
    }

    @Override
    public String name() {
        return "pointing";
    }

    @Override
    public Map<String, Double> measure(Case judged) {
        if (judged.truth().skipped()) {
            return Map.of();
        }
        double[] point = judged.explainer().point(judged);
        Map<String, Double> values = new LinkedHashMap<>();
        values.put(HIT, hits(judged.truth().region(), point[0], point[1], tolerance) ? 1.0 : 0.0);
        if (difficult != null) {
            values.put(DIFFICULT, difficult.contains(judged.sample().id(), judged.truth().label()) ? 1.0 : 0.0);
        }
        return values;
    }

    /** Returns whether a pixel of the mask lies at a squared distance below {@code tolerance^2} from the point. */
    public static boolean hits(Mask mask, double x, double y, int tolerance) {
        int top = Math.max(0, (int) Math.ceil(y - tolerance));
        int bottom = Math.min(mask.height() - 1, (int) Math.floor(y + tolerance));
        int left = Math.max(0, (int) Math.ceil(x - tolerance));
        int right = Math.min(mask.width() - 1, (int) Math.floor(x + tolerance));
        for (int v = top; v <= bottom; v++) {
            for (int u = left; u <= right; u++) {
                if (mask.contains(u, v) && (u - x) * (u - x) + (v - y) * (v - y) < tolerance * tolerance) {
                    return true;
                }
            }
        }
        return false;
    }

    @Override
    public Summary summary(List<Row> rows, List<String> classes) {
        Map<String, Double> overall = new LinkedHashMap<>();
        Map<String, Map<String, Double>> perClass = new LinkedHashMap<>();
        add("accuracy", rows, row -> true, classes, overall, perClass);
        if (difficult != null) {
            add("accuracy (difficult)", rows, row -> row.values().get(DIFFICULT) == 1, classes, overall, perClass);
        }
        return new Summary(overall, perClass, List.of());
    }

    private static void add(String name, List<Row> rows, Predicate<Row> taken, List<String> classes,
            Map<String, Double> overall, Map<String, Map<String, Double>> perClass) {
        int[] hits = new int[classes.size()];
        int[] cases = new int[classes.size()];
        for (Row row : rows) {
            if (taken.test(row)) {
                cases[row.label()]++;
                hits[row.label()] += row.values().get(HIT).intValue();
            }
        }
        Map<String, Double> accuracies = new LinkedHashMap<>();
        int allHits = 0;
        int allCases = 0;
        for (int label = 0; label < cases.length; label++) {
            if (cases[label] > 0) {
                accuracies.put(classes.get(label), (double) hits[label] / cases[label]);
            }
            allHits += hits[label];
            allCases += cases[label];
        }
        double sum = accuracies.values().stream().mapToDouble(Double::doubleValue).sum();
        overall.put(name, accuracies.isEmpty() ? Double.NaN : sum / accuracies.size());
        overall.put(name + " over all cases", allCases == 0 ? Double.NaN : (double) allHits / allCases);
        overall.put(name + " if classes without cases count 0", sum / classes.size());
        overall.put(name.replace("accuracy", "hits"), (double) allHits);
        overall.put(name.replace("accuracy", "cases"), (double) allCases);
        perClass.put(name, accuracies);
    }
}
