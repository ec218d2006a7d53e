package dev.sectional.evaluation.metric.randomisation;

import dev.sectional.evaluation.Case;
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
    public Map<String, Double> measure(Case judged) {
        if (judged.network() == null) {
            return Map.of();
        }
        prepare(judged.network());
        Map<String, Double> values = new LinkedHashMap<>();
        variants.forEach((mode, networks) -> {
            for (int i = 0; i < networks.size(); i++) {
                Saliency map = judged.explainer().saliency(
                        judged.explainer().explain(networks.get(i), judged.input(), List.of(judged.target())).get(0));
                for (Similarity measure : Similarity.values()) {
                    values.put(String.format(Locale.ROOT, "%s.%02d.%s.%s", mode, i, layers.get(i), measure.key()),
                            measure.of(judged.map(), map));
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
    public Summary summary(List<Row> rows, List<String> classes) {
        Map<String, Double> overall = new LinkedHashMap<>();
        List<Summary.Curve> curves = new ArrayList<>();
        for (String mode : List.of(CASCADING, INDEPENDENT)) {
            for (Similarity measure : Similarity.values()) {
                Summary.Curve curve = curve(rows, mode, measure);
                if (curve.values().isEmpty()) {
                    continue;
                }
                curves.add(curve);
                overall.put(mode + "." + measure.key(),
                        curve.values().stream().filter(value -> !value.isNaN()).mapToDouble(value -> value).average()
                                .orElse(Double.NaN));
                if (mode.equals(CASCADING)) {
                    overall.put("all." + measure.key(), curve.values().get(curve.values().size() - 1));
                }
            }
        }
        overall.put("cases", (double) rows.stream().filter(ModelRandomisation::isDefined).count());
        return new Summary(overall, Map.of(), curves);
    }

    private static boolean isDefined(Row row) {
        return row.values().values().stream().anyMatch(value -> !value.isNaN());
    }

    /** Returns the mean over the rows at each layer; the names of values sort in the order of the layers. */
    private static Summary.Curve curve(List<Row> rows, String mode, Similarity measure) {
        String end = "." + measure.key();
        TreeSet<String> names = new TreeSet<>();
        rows.forEach(row -> row.values().keySet().stream()
                .filter(name -> name.startsWith(mode + ".") && name.endsWith(end)).forEach(names::add));
        List<String> ticks = names.stream().map(name -> name.substring(mode.length() + 4, name.length() - end.length()))
                .toList();
        List<Double> values = names.stream().map(name -> Summaries.mean(rows, name)).toList();
        String x = mode.equals(CASCADING) ? "layers untrained from the logits down to" : "one layer untrained";
        return new Summary.Curve(mode + " randomisation, " + measure.key(), x, "similarity to the map before", ticks,
                values);
    }
}
