package dev.sectional.nn.rule;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Another rule, given r only where its sign agrees with its place: r above 0 where the sum of r over the channels is above 0,
 * r below 0 elsewhere. What is dropped is withheld.
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
    public Propagated apply(Engine engine, Layer layer, Tensor x, Tensor r) {
        return applyAll(engine, layer, x, List.of(r)).get(0);
    }

    @Override
    public List<Propagated> applyAll(Engine engine, Layer layer, Tensor x, List<Tensor> rs) {
        List<Tensor> kept = rs.stream().map(PurgingRule::purged).toList();
        List<Propagated> handed = rule.applyAll(engine, layer, x, kept);
        return IntStream.range(0, rs.size()).mapToObj(i -> new Propagated(handed.get(i).relevances(),
                handed.get(i).lost().plus(AbsorbedRelevance.withheld(rs.get(i).sum() - kept.get(i).sum())))).toList();
    }

    private static Tensor purged(Tensor r) {
        int channels = r.shape().dim(r.shape().rank() - 1);
        Tensor kept = r.copy();
        for (int place = 0; place < r.data().length; place += channels) {
            double sum = 0;
            for (int c = 0; c < channels; c++) {
                sum += r.data()[place + c];
            }
            for (int c = 0; c < channels; c++) {
                float value = r.data()[place + c];
                kept.data()[place + c] = sum > 0 ? Math.max(value, 0f) : Math.min(value, 0f);
            }
        }
        return kept;
    }
}
