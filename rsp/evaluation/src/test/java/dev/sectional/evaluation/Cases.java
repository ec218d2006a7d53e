package dev.sectional.evaluation;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.evaluation.data.Mask;
import dev.sectional.evaluation.data.Sample;
import dev.sectional.evaluation.data.Truth;
import dev.sectional.nn.Network;
import java.util.List;

/** Creates cases from maps and masks, without a network. */
public final class Cases {
    private Cases() {
    }

    /** Returns a case of the truth's only class. */
    public static Case of(String image, Truth truth, Saliency map, double smoothing) {
        Explainer explainer = new Explainer() {
            @Override
            public String name() {
                return "given";
            }

            @Override
            public List<Tensor> explain(Network network, Tensor input, List<Integer> targets) {
                throw new UnsupportedOperationException();
            }

            @Override
            public double smoothing() {
                return smoothing;
            }
        };
        Mask region = truth.region();
        Sample sample = new Sample(image, region.width(), region.height(), List.of(truth), () -> null);
        Tensor none = Tensor.zeros(Shape.of(1, 1, 1));
        return new Case(sample, truth, null, none, 0, List.of(0), explainer, none, map);
    }
}
