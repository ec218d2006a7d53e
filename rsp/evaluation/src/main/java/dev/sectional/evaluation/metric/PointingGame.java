package dev.sectional.evaluation.metric;

import dev.sectional.evaluation.Case;
import dev.sectional.evaluation.Figure;
import dev.sectional.evaluation.Metric;
import dev.sectional.evaluation.data.Dataset;
import dev.sectional.evaluation.data.DifficultSubset;
import dev.sectional.evaluation.data.Mask;
import java.util.ArrayList;
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

    private static final String SHARE = "share";
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
    public String missing(Dataset dataset, int images) {
        return dataset.hasRegions(images) ? "" : "box";
    }

    @Override
    public Map<String, Double> measure(Case evaluated) {
        if (evaluated.truth().skipped()) {
            return Map.of();
        }
        double[] point = evaluated.explainer().point(evaluated);
        Map<String, Double> values = new LinkedHashMap<>();
        values.put(HIT, hits(evaluated.truth().region(), point[0], point[1], tolerance) ? 1.0 : 0.0);
        if (difficult != null) {
            values.put(DIFFICULT, difficult.contains(evaluated.sample().id(), evaluated.truth().label()) ? 1.0 : 0.0);
        }
        return values;
    }

    /**
     * {@return whether a pixel of the mask lies at a squared distance below {@code tolerance^2} from the point}
     *
     * @param mask pixels of the object
     * @param x column of the point, which may lie between pixels
     * @param y row of the point
     * @param tolerance distance in pixels
     */
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
    public List<Figure> figures(List<Row> rows, List<String> classes) {
        List<Figure> figures = new ArrayList<>(figures("", classes.size(), row -> true));
        if (difficult != null) {
            figures.addAll(figures(" (difficult)", classes.size(), row -> row.values().get(DIFFICULT) == 1));
        }
        return figures;
    }

    private static List<Figure> figures(String subset, int classes, Predicate<Row> taken) {
        String accuracy = "accuracy" + subset;
        Figure.Terms byClass = (row, sums) -> {
            if (!taken.test(row)) {
                return false;
            }
            sums[2 * row.label()] += row.values().get(HIT);
            sums[2 * row.label() + 1]++;
            return true;
        };
        return List.of(
                new Figure(accuracy, SHARE, Figure.Better.HIGHER, true, 2 * classes, byClass,
                        PointingGame::meanOfClasses),
                new Figure(accuracy + " over all cases", SHARE, Figure.Better.HIGHER, false, 2, (row, sums) ->
                        taken.test(row) && Figure.addTo(sums, row.values().get(HIT)), Figure::quotient),
                new Figure(accuracy + " if classes without cases count 0", SHARE, Figure.Better.HIGHER, false,
                        2 * classes, byClass, sums -> sumOfClasses(sums) / classes),
                Figure.count("hits" + subset, row -> taken.test(row) ? row.values().get(HIT) : 0),
                Figure.count("cases" + subset, row -> taken.test(row) ? 1 : 0));
    }

    /** Returns the mean accuracy of the classes with cases, from hits and cases in turn; NaN without cases. */
    private static double meanOfClasses(double[] sums) {
        int present = 0;
        for (int i = 1; i < sums.length; i += 2) {
            present += sums[i] > 0 ? 1 : 0;
        }
        return present == 0 ? Double.NaN : sumOfClasses(sums) / present;
    }

    private static double sumOfClasses(double[] sums) {
        double sum = 0;
        for (int i = 0; i < sums.length; i += 2) {
            sum += sums[i + 1] > 0 ? sums[i] / sums[i + 1] : 0;
        }
        return sum;
    }
}
