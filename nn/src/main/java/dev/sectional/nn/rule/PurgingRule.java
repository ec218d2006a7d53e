package dev.sectional.nn.rule;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Another rule, applied to r only where its sign agrees with its position: r above 0 where the sum of r over the
 * channels is above 0, r below 0 elsewhere.
 *
 * <p>Property: that of the other rule; purged relevance is withheld.
 */
record PurgingRule(Rule rule) implements Rule {
    @Override
    public String name() {
        return rule.name() + " after purging";
    }

    @Override
    public boolean fits(Layer layer) {
        return rule.fits(layer);
    }

    @Override
    public boolean returnsFreshTensors() {
        return rule.returnsFreshTensors();
    }

    @Override
    public Propagated propagate(Engine engine, Layer layer, Tensor x, Tensor r) {
        return propagateAll(engine, layer, x, List.of(r)).get(0);
    }

    @Override
    public List<Propagated> propagateAll(Engine engine, Layer layer, Tensor x, List<Tensor> rs) {
        List<Tensor> kept = rs.stream().map(PurgingRule::purged).toList();
        List<Propagated> all = rule.propagateAll(engine, layer, x, kept);
        return IntStream.range(0, rs.size()).mapToObj(i -> {
            AbsorbedRelevance purged = AbsorbedRelevance.withheld(rs.get(i).sum() - kept.get(i).sum());
            return new Propagated(all.get(i).relevances(), all.get(i).absorbed().plus(purged), all.get(i).algorithms());
        }).toList();
    }

    private static Tensor purged(Tensor r) {
        int channels = r.shape().dim(r.shape().rank() - 1);
        Tensor kept = r.copy();
        for (int start = 0; start < r.data().length; start += channels) {
            double sum = 0;
            for (int c = 0; c < channels; c++) {
                sum += r.data()[start + c];
            }
            for (int c = 0; c < channels; c++) {
                float value = r.data()[start + c];
                kept.data()[start + c] = sum > 0 ? Math.max(value, 0f) : Math.min(value, 0f);
            }
        }
        return kept;
    }
}
