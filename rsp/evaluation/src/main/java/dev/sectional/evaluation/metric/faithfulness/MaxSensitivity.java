package dev.sectional.evaluation.metric.faithfulness;

import dev.sectional.core.InputException;
import dev.sectional.core.Tensor;
import dev.sectional.evaluation.Case;
import dev.sectional.evaluation.Explainer;
import dev.sectional.evaluation.Figure;
import dev.sectional.evaluation.Metric;
import dev.sectional.evaluation.internal.CounterRandom;
import dev.sectional.nn.ModelCard;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Max-sensitivity (Yeh, Hsieh, Suggala, Inouye, Ravikumar: On the (In)fidelity and Sensitivity of Explanations, NeurIPS
 * 2019, arXiv 1901.09392), divided by the norm of the explanation so that methods of any scale compare:
 *
 * <pre>{@code
 * max over i of |Phi(x + d_i) - Phi(x)| / |Phi(x)|,   each value of d_i uniform in -r .. r
 * }</pre>
 *
 * <p>r is 5.1 grey levels of 0..255, divided by the standard deviation of the channel as the image is, so that figures
 * of networks with different normalisation compare. Phi is the relevance at the image, all channels, and |.| the
 * Euclidean norm. Lower is more stable. Each of the 8 samples costs an explanation.
 */
public final class MaxSensitivity implements Metric {
    /** Radius in grey levels of 0..255: 0.02 of the range, as Captum's default for images of 0..1. */
    private static final double RADIUS = 5.1;
    private static final int SAMPLES = 8;
    private static final String VALUE = "max-sensitivity";

    private final CounterRandom draws;

    /** @param seed seed of the noise, which depends on it and on the image's name */
    public MaxSensitivity(long seed) {
        this.draws = new CounterRandom(seed).part(VALUE);
    }

    @Override
    public String name() {
        return VALUE;
    }

    @Override
    public Map<String, String> settings() {
        return Map.of("radius", RADIUS + " grey levels of 0..255", "samples", String.valueOf(SAMPLES));
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
        return Map.of(VALUE, of(evaluated.input(), evaluated.relevance(), draws.part(evaluated.sample().id()), SAMPLES,
                radii(evaluated.network().card()),
                image -> evaluated.explainer().explain(evaluated.network(), image, List.of(evaluated.target()))
                        .get(0)));
    }

    /** Returns the radius for each channel of the network's input, which is divided by the standard deviations. */
    static double[] radii(ModelCard card) {
        if (card.std().isEmpty()) {
            throw new InputException("max-sensitivity: the network states no standard deviation, by which grey levels "
                    + "become inputs; give --std, or leave this metric out");
        }
        double[] radii = card.std().stream().mapToDouble(std -> RADIUS / 255 / std).toArray();
        boolean reversed = card.channels() == ModelCard.Channels.BGR && radii.length == 3;
        return reversed ? new double[] {radii[2], radii[1], radii[0]} : radii;
    }

    /** Computes the measure; NaN if the explanation is 0 everywhere. */
    static double of(Tensor image, Tensor relevance, CounterRandom draws, int samples, double[] radii,
            UnaryOperator<Tensor> explain) {
        double greatest = 0;
        int channel = image.data().length / radii.length;
        for (int i = 0; i < samples; i++) {
            CounterRandom own = draws.part(i);
            Tensor disturbed = image.copy();
            for (int k = 0; k < disturbed.data().length; k++) {
                disturbed.data()[k] += (float) ((2 * own.uniform(k) - 1) * radii[k / channel]);
            }
            greatest = Math.max(greatest, distance(explain.apply(disturbed).data(), relevance.data()));
        }
        double length = distance(relevance.data(), new float[relevance.data().length]);
        return length == 0 ? Double.NaN : greatest / length;
    }

    private static double distance(float[] a, float[] b) {
        double squares = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = (double) a[i] - b[i];
            squares += difference * difference;
        }
        return Math.sqrt(squares);
    }

    @Override
    public List<Figure> figures(List<Row> rows, List<String> classes) {
        return List.of(Figure.mean(VALUE, "share of the norm").better(Figure.Better.LOWER), Figure.cases(VALUE));
    }
}
