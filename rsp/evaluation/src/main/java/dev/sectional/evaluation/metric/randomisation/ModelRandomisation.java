package dev.sectional.evaluation.metric.randomisation;

import dev.sectional.evaluation.Case;
import dev.sectional.evaluation.Explainer;
import dev.sectional.evaluation.Figure;
import dev.sectional.evaluation.Metric;
import dev.sectional.evaluation.Saliency;
import dev.sectional.evaluation.Summaries;
import dev.sectional.evaluation.Summary;
import dev.sectional.evaluation.metric.similarity.Similarity;
import dev.sectional.nn.Network;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Model randomisation (Adebayo, Gilmer, Muelly, Goodfellow, Hardt, Kim: Sanity Checks for Saliency Maps, NeurIPS 2018,
 * arXiv 1810.03292): the similarity of the map to the map of the same class from a network with untrained layers, by
 * every {@link Similarity}. Cascading: all layers from the logits down to one are untrained; independent: one layer is.
 * A method that depends on the learned weights has a low similarity.
 *
 * <p>RSP uses the filter gradient of the relevance in place of the weights in convolutions larger than 1x1 other than
 * the first. An untrained layer there acts only through the activations that it changes and through the start
 * relevance; the map keeps the structure of the activations below it.
 */
public final class ModelRandomisation implements Metric {
    private static final String CASCADING = "cascading";
    private static final String INDEPENDENT = "independent";

    private final long seed;
    private Network original;
    private List<String> layers;
    private final Map<String, List<Network>> variants = new LinkedHashMap<>();

    /** @param seed seed of the untrained weights */
    public ModelRandomisation(long seed) {
        this.seed = seed;
    }

    @Override
    public String name() {
        return "model-randomisation";
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
        prepare(evaluated.network());
        Map<String, Double> values = new LinkedHashMap<>();
        variants.forEach((mode, networks) -> {
            for (int i = 0; i < networks.size(); i++) {
                Saliency map = evaluated.explainer().saliency(
                        evaluated.explainer().explain(networks.get(i), evaluated.input(), List.of(evaluated.target()))
                                .get(0));
                for (Similarity measure : Similarity.values()) {
                    values.put(String.format(Locale.ROOT, "%s.%02d.%s.%s", mode, i, layers.get(i), measure.key()),
                            measure.of(evaluated.map(), map));
                }
            }
        });
        return values;
    }

    private void prepare(Network network) {
        if (network == original) {
            return;
        }
        RandomisedNetworks randomisation = new RandomisedNetworks(network, seed);
        layers = randomisation.layers();
        List<Network> cascading = new ArrayList<>();
        List<Network> independent = new ArrayList<>();
        for (int i = 0; i < layers.size(); i++) {
            cascading.add(randomisation.cascading(i + 1));
            independent.add(randomisation.independent(i));
        }
        variants.put(CASCADING, cascading);
        variants.put(INDEPENDENT, independent);
        original = network;
    }

    /**
     * Returns, for each measure, the mean over all depths of the cascade, the value at its end ({@code all}, no layer
     * trained) and the mean over single layers. The curves show each depth.
     */
    @Override
    public List<Figure> figures(List<Row> rows, List<String> classes) {
        List<Figure> figures = new ArrayList<>();
        for (String mode : List.of(CASCADING, INDEPENDENT)) {
            for (Similarity measure : Similarity.values()) {
                List<String> depths = names(rows, mode, measure);
                if (depths.isEmpty()) {
                    continue;
                }
                figures.add(meanOverDepths(mode + "." + measure.key(), depths));
                if (mode.equals(CASCADING)) {
                    figures.add(meanOverDepths("all." + measure.key(), depths.subList(depths.size() - 1,
                            depths.size())));
                }
            }
        }
        figures.add(Figure.count(Figure.CASES, row -> isDefined(row) ? 1 : 0));
        return figures;
    }

    /** Creates the mean over depths of the mean over cases. */
    private static Figure meanOverDepths(String name, List<String> depths) {
        Figure.Terms terms = (row, sums) -> {
            boolean defined = false;
            for (int i = 0; i < depths.size(); i++) {
                Double value = row.values().get(depths.get(i));
                if (value != null && !value.isNaN()) {
                    sums[2 * i] += value;
                    sums[2 * i + 1]++;
                    defined = true;
                }
            }
            return defined;
        };
        return new Figure(name, "similarity", Figure.Better.LOWER, false, 2 * depths.size(), terms,
                sums -> IntStream.range(0, depths.size()).filter(i -> sums[2 * i + 1] > 0)
                        .mapToDouble(i -> sums[2 * i] / sums[2 * i + 1]).average().orElse(Double.NaN));
    }

    @Override
    public List<Summary.Curve> curves(List<Row> rows) {
        List<Summary.Curve> curves = new ArrayList<>();
        for (String mode : List.of(CASCADING, INDEPENDENT)) {
            for (Similarity measure : Similarity.values()) {
                if (!names(rows, mode, measure).isEmpty()) {
                    curves.add(curve(rows, mode, measure));
                }
            }
        }
        return curves;
    }

    private static boolean isDefined(Row row) {
        return row.values().values().stream().anyMatch(value -> !value.isNaN());
    }

    /** Returns the names of the values of one mode and measure; they sort in the order of the layers. */
    private static List<String> names(List<Row> rows, String mode, Similarity measure) {
        TreeSet<String> names = new TreeSet<>();
        rows.forEach(row -> row.values().keySet().stream()
                .filter(name -> name.startsWith(mode + ".") && name.endsWith("." + measure.key())).forEach(names::add));
        return List.copyOf(names);
    }

    /** Returns the mean over the rows at each layer. */
    private static Summary.Curve curve(List<Row> rows, String mode, Similarity measure) {
        List<String> names = names(rows, mode, measure);
        int end = measure.key().length() + 1;
        List<String> ticks = names.stream().map(name -> name.substring(mode.length() + 4, name.length() - end))
                .toList();
        List<Double> values = names.stream().map(name -> Summaries.mean(rows, name)).toList();
        String x = mode.equals(CASCADING) ? "layers untrained from the logits down to" : "one layer untrained";
        return new Summary.Curve(mode + " randomisation, " + measure.key(), x, "similarity to the map before", ticks,
                values);
    }
}
