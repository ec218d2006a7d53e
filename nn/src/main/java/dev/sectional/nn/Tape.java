package dev.sectional.nn;

import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** What one forward pass computed: the input and every layer's output, kept for the way back. */
public final class Tape {
    private final Network network;
    private final Tensor[] values;

    Tape(Network network, Tensor[] values) {
        this.network = network;
        this.values = values;
    }

    /** The network that was run. */
    public Network network() {
        return network;
    }

    /** The image as the first layer saw it, {@code (H, W, C)}. */
    public Tensor input() {
        return values[0];
    }

    /** The input of a layer: the output of the one before it. */
    public Tensor input(int layer) {
        return values[layer];
    }

    /**
     * The output of a layer; {@code (H, W, C)} for maps. A convolution right before a ReLU shares the ReLU's output: the
     * two are computed as one.
     */
    public Tensor output(int layer) {
        return values[layer + 1];
    }

    /** The output of the last layer, one value per class. */
    public Tensor logits() {
        return values[values.length - 1];
    }

    /** The logits as probabilities, by softmax or sigmoid as the model's card says. */
    public float[] probabilities() {
        float[] logits = logits().data();
        double[] p = new double[logits.length];
        if (network.card().output() == ModelCard.Output.SIGMOID) {
            Arrays.setAll(p, i -> 1 / (1 + Math.exp(-logits[i])));
        } else {
            double greatest = IntStream.range(0, p.length).mapToDouble(i -> logits[i]).max().orElse(0);
            Arrays.setAll(p, i -> Math.exp(logits[i] - greatest));
            double sum = Arrays.stream(p).sum();
            Arrays.setAll(p, i -> p[i] / sum);
        }
        float[] probabilities = new float[p.length];
        IntStream.range(0, p.length).forEach(i -> probabilities[i] = (float) p[i]);
        return probabilities;
    }

    /** The {@code k} classes of the greatest logits, greatest first; all classes when there are fewer. */
    public int[] top(int k) {
        float[] logits = logits().data();
        return IntStream.range(0, logits.length).boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -logits[i]))
                .limit(k).mapToInt(Integer::intValue).toArray();
    }

    /**
     * The gradient of {@code sum(logits * upstream)} against the output of a layer.
     *
     * @param upstream one value per class
     */
    public Tensor gradient(Tensor upstream, int layer) {
        Engine engine = network.engine();
        Tensor gradient = upstream;
        for (int i = network.layers().size() - 1; i > layer; i--) {
            gradient = network.layers().get(i).layer().gradient(engine, input(i), output(i), gradient);
        }
        return gradient;
    }
}
