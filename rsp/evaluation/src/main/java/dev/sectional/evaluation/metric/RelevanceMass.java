package dev.sectional.evaluation.metric;

import dev.sectional.evaluation.Case;
import dev.sectional.evaluation.Figure;
import dev.sectional.evaluation.Metric;
import dev.sectional.evaluation.data.Dataset;
import dev.sectional.evaluation.data.Mask;
import dev.sectional.evaluation.data.Truth;
import java.util.BitSet;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Relevance mass and rank accuracy: the share of relevance inside the pixels of the class (Arras, Osman, Samek:
 * CLEVR-XAI: A Benchmark Dataset for the Ground Truth Evaluation of Neural Network Explanations, Information Fusion 81,
 * 2022, arXiv 2003.07258), at the image's size:
 *
 * <pre>{@code
 * mass = sum of positive relevance inside / sum of positive relevance,   0 if there is none
 * rank = |pixels inside among the K most relevant| / K,                  K the number of pixels inside
 * }</pre>
 *
 * <p>Inside are the pixels of the class or, if the dataset has no mask, its region. Void pixels do not count. Of equal
 * values the first in scan order ranks higher.
 */
public final class RelevanceMass implements Metric {
    private static final String MASS = "mass";
    private static final String RANK = "rank";

    @Override
    public String name() {
        return "mass";
    }

    @Override
    public String missing(Dataset dataset, int images) {
        return dataset.hasMasks(images) || dataset.hasRegions(images) ? "" : "mask or box";
    }

    @Override
    public Map<String, Double> measure(Case evaluated) {
        Truth truth = evaluated.truth();
        Mask mask = truth.segment() == null ? truth.region() : truth.segment();
        BitSet inside = (BitSet) mask.bits().clone();
        inside.andNot(truth.ignored().bits());
        if (inside.isEmpty()) {
            return Map.of();
        }
        float[] map = evaluated.map().resized(mask.width(), mask.height()).values();
        int[] counted = IntStream.range(0, map.length).filter(i -> !truth.ignored().bits().get(i)).toArray();
        Map<String, Double> values = new LinkedHashMap<>();
        values.put(MASS, mass(map, counted, inside));
        values.put(RANK, rank(map, counted, inside));
        return values;
    }

    private static double mass(float[] map, int[] counted, BitSet inside) {
        double all = 0;
        double within = 0;
        for (int i : counted) {
            double positive = Math.max(0, map[i]);
            all += positive;
            within += inside.get(i) ? positive : 0;
        }
        return all == 0 ? 0 : within / all;
    }

    private static double rank(float[] map, int[] counted, BitSet inside) {
        int size = inside.cardinality();
        long hits = IntStream.of(counted).boxed().sorted(Comparator.comparingDouble((Integer i) -> -map[i] + 0.0))
                .limit(size).filter(inside::get).count();
        return (double) hits / size;
    }

    @Override
    public List<Figure> figures(List<Row> rows, List<String> classes) {
        return List.of(Figure.mean(MASS, "share").better(Figure.Better.HIGHER),
                Figure.mean(RANK, "share").better(Figure.Better.HIGHER), Figure.cases(MASS));
    }
}
