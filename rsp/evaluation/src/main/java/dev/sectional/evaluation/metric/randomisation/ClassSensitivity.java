package dev.sectional.evaluation.metric.randomisation;

import dev.sectional.core.Tensor;
import dev.sectional.evaluation.Case;
import dev.sectional.evaluation.Explainer;
import dev.sectional.evaluation.Figure;
import dev.sectional.evaluation.Metric;
import dev.sectional.evaluation.Saliency;
import dev.sectional.evaluation.metric.similarity.Similarity;
import dev.sectional.nn.Tape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The similarity of the maps of two classes of one image, by every {@link Similarity}: {@code least}, the network's top
 * class and its least likely one, once per image; {@code other}, the explained class and the most likely other class in
 * the image, for images with several. A method that distinguishes classes has low values; a method that draws the edges
 * of the image has high ones.
 */
public final class ClassSensitivity implements Metric {
    private static final String LEAST = "least.";
    private static final String OTHER = "other.";

    @Override
    public String name() {
        return "class-sensitivity";
    }

    @Override
    public boolean measures(Explainer explainer) {
        return explainer.needsNetwork();
    }

    @Override
    public Map<String, Double> measure(Case evaluated) {
        if (!measures(evaluated.explainer())) {
            return Map.of();
        }
        Tape tape = evaluated.network().forward(evaluated.input());
        float[] logits = tape.logits().data();
        int[] order = tape.top(logits.length);
        Map<String, Double> values = new LinkedHashMap<>();
        if (evaluated.present().indexOf(evaluated.target()) == 0) {   // once per image
            List<Saliency> maps = maps(evaluated, List.of(order[0], order[order.length - 1]));
            put(values, LEAST, maps.get(0), maps.get(1));
        }
        Optional<Integer> other = evaluated.present().stream().filter(target -> target != evaluated.target())
                .max(Comparator.comparingDouble(target -> logits[target]));
        other.ifPresent(target -> put(values, OTHER, evaluated.map(), maps(evaluated, List.of(target)).get(0)));
        return values;
    }

    private static List<Saliency> maps(Case evaluated, List<Integer> targets) {
        List<Tensor> relevances = evaluated.explainer().explain(evaluated.network(), evaluated.input(), targets);
        return relevances.stream().map(evaluated.explainer()::saliency).toList();
    }

    private static void put(Map<String, Double> values, String kind, Saliency a, Saliency b) {
        for (Similarity measure : Similarity.values()) {
            values.put(kind + measure.key(), measure.of(a, b));
        }
    }

    @Override
    public List<Figure> figures(List<Row> rows, List<String> classes) {
        List<Figure> figures = new ArrayList<>();
        for (String kind : List.of(LEAST, OTHER)) {
            for (Similarity measure : Similarity.values()) {
                figures.add(Figure.mean(kind + measure.key(), "similarity").better(Figure.Better.LOWER));
            }
        }
        figures.add(Figure.cases(LEAST + Similarity.values()[0].key()));
        return figures;
    }
}
