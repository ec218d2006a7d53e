package dev.sectional.laws;

import static dev.sectional.laws.LayerProperty.ADJOINT;
import static dev.sectional.laws.LayerProperty.ALL_AT_ONCE;
import static dev.sectional.laws.LayerProperty.BIAS_ONCE;
import static dev.sectional.laws.LayerProperty.DERIVATIVE;
import static dev.sectional.laws.LayerProperty.FINITE;
import static dev.sectional.laws.LayerProperty.INPUTS_UNTOUCHED;
import static dev.sectional.laws.LayerProperty.LINEAR_GRADIENT;
import static dev.sectional.laws.LayerProperty.REFERENCE;
import static dev.sectional.laws.LayerProperty.REPEATABLE;
import static dev.sectional.laws.LayerProperty.SHAPE;
import static dev.sectional.laws.LayerProperty.THREADS;
import static dev.sectional.laws.LayerProperty.TRANSLATION;

import dev.sectional.core.Engine;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import dev.sectional.nn.Merge;
import dev.sectional.nn.WeightedLayer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Verifies layers: the properties of {@link LayerProperty}. Extend this class, generate the layers with inputs, and run
 * the class with jqwik. The relevance of a case serves as the gradient at the output.
 */
public abstract class LayerProperties extends OnTwoEngines {
    /**
     * Generates layers with inputs, and gradients at the output as their relevance.
     *
     * @return cases of the layer
     */
    @Provide
    protected abstract Arbitrary<Case> layers();

    /** {@return the output in float64, or by another layer; empty for none} */
    protected Optional<BiFunction<Engine, Case, double[]>> reference() {
        return Optional.empty();
    }

    /** {@return properties that the layers do not have, by design} Say in a comment why. */
    protected Set<LayerProperty> exceptions() {
        return Set.of();
    }

    /** {@return the tolerance of sums and elements, relative to the sum of absolute values} */
    protected double tolerance() {
        return 1e-5;
    }

    private static Tensor forward(Engine engine, Case sample) {
        return forward(engine, sample, sample.xs());
    }

    private static Tensor forward(Engine engine, Case sample, List<Tensor> xs) {
        return sample.layer() instanceof Merge merge ? merge.forward(engine, xs)
                : sample.layer().forward(engine, xs.get(0));
    }

    private static List<Tensor> gradients(Engine engine, Case sample, Tensor y, Tensor gradient) {
        return sample.layer() instanceof Merge merge ? merge.gradient(engine, sample.xs(), y, gradient)
                : List.of(sample.layer().gradient(engine, sample.x(), y, gradient));
    }

    private static float[] both(Engine engine, Case sample) {
        Tensor y = forward(engine, sample);
        return Difference.joined(List.of(y, Tensor.of(Shape.of(sample.xs().stream()
                .mapToInt(x -> x.shape().size()).sum()), Difference.joined(gradients(engine, sample, y,
                        sample.r())))));
    }

    private String title(LayerProperty property, Case sample) {
        return property + " of layer " + sample.layer().kind();
    }

    private boolean due(LayerProperty property) {
        return !exceptions().contains(property);
    }

    @Property(tries = 50)
    void hasTheShapeThatItAnnounces(@ForAll("layers") Case sample) {
        List<Shape> shapes = sample.xs().stream().map(Tensor::shape).toList();
        Shape wanted = sample.layer() instanceof Merge merge ? merge.outputShape(shapes)
                : sample.layer().outputShape(shapes.get(0));
        Shape got = forward(two, sample).shape();
        if (due(SHAPE) && !got.equals(wanted)) {
            throw Difference.failure(title(SHAPE, sample), "announced " + wanted + ", computed " + got, sample);
        }
    }

    @Property(tries = 50)
    void staysFiniteAndLeavesItsInputsAlone(@ForAll("layers") Case sample) {
        float[] xs = Difference.joined(sample.xs()).clone();
        float[] r = sample.r().data().clone();
        float[] values = both(two, sample);
        if (due(INPUTS_UNTOUCHED)) {
            Difference.requireSameBits(title(INPUTS_UNTOUCHED, sample), sample, xs, Difference.joined(sample.xs()));
            Difference.requireSameBits(title(INPUTS_UNTOUCHED, sample), sample, r, sample.r().data());
        }
        for (int i = 0; due(FINITE) && i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw Difference.failure(title(FINITE, sample), "element " + i + " is " + values[i], sample);
            }
        }
    }

    @Property(tries = 30)
    void bitsDependOnNothingElse(@ForAll("layers") Case sample) {
        float[] first = both(two, sample);
        if (due(THREADS)) {
            Difference.requireSameBits(title(THREADS, sample) + " for 1 and 2 threads", sample, first,
                    both(one, sample));
        }
        if (due(REPEATABLE)) {
            Tensor y = forward(two, sample);
            float[] kept = y.data().clone();
            List<Tensor> others = sample.xs().stream().map(Tensor::copy).toList();
            others.forEach(x -> IntStream.range(0, x.data().length).forEach(i -> x.data()[i] = 1 - x.data()[i]));
            forward(two, sample, others);
            Difference.requireSameBits(title(REPEATABLE, sample) + ": a later call changed y", sample, kept, y.data());
            Difference.requireSameBits(title(REPEATABLE, sample), sample, first, both(two, sample));
        }
    }

    @Property(tries = 30)
    void computesAllAtOnceLikeOneByOne(@ForAll("layers") Case sample) {
        if (!due(ALL_AT_ONCE) || sample.xs().size() > 1) {
            return;
        }
        Layer layer = sample.layer();
        Tensor y = forward(two, sample);
        Tensor more = sample.r().copy();
        IntStream.range(0, more.data().length).forEach(i -> more.data()[i] *= -2);
        List<Tensor> all = layer.forwardAll(two, List.of(sample.x(), sample.x()));
        List<Tensor> gradients = layer.gradients(two, sample.x(), y, List.of(sample.r(), more));
        for (Tensor each : all) {
            Difference.requireSameBits(title(ALL_AT_ONCE, sample) + ", forwardAll", sample, y.data(), each.data());
        }
        for (int i = 0; i < 2; i++) {
            Difference.requireSameBits(title(ALL_AT_ONCE, sample) + ", gradients", sample,
                    gradients(two, sample, y, i == 0 ? sample.r() : more).get(0).data(), gradients.get(i).data());
        }
    }

    @Property(tries = 30)
    void gradientIsLinear(@ForAll("layers") Case sample) {
        if (!due(LINEAR_GRADIENT)) {
            return;
        }
        Tensor y = forward(two, sample);
        Tensor other = sample.r().copy();
        IntStream.range(0, other.data().length).forEach(i -> other.data()[i] = (i % 7 - 3) / 4f);
        Tensor sum = sample.r().copy();
        IntStream.range(0, sum.data().length).forEach(i -> sum.data()[i] = 2 * sum.data()[i] + other.data()[i]);
        float[] first = Difference.joined(gradients(two, sample, y, sample.r()));
        float[] second = Difference.joined(gradients(two, sample, y, other));
        float[] both = Difference.joined(gradients(two, sample, y, sum));
        double scale = IntStream.range(0, first.length).mapToDouble(i -> Math.abs(first[i]) + Math.abs(second[i]))
                .sum();
        for (int i = 0; i < both.length; i++) {
            Difference.requireClose(title(LINEAR_GRADIENT, sample), sample, "element " + i + " of the gradient",
                    2 * first[i] + second[i], both[i], tolerance() * scale);
        }
    }

    /** Checks up to four elements of each input. */
    @Property(tries = 40)
    void hasTheDerivativeAsGradient(@ForAll("layers") Case sample) {
        if (!due(DERIVATIVE)) {
            return;
        }
        Derivative derivative = new Derivative(xs -> forward(two, sample, xs), sample.xs(), sample.r(), tolerance());
        List<Tensor> gradients = gradients(two, sample, forward(two, sample), sample.r());
        for (int input = 0; input < gradients.size(); input++) {
            float[] gradient = gradients.get(input).data();
            for (int i = 0; i < gradient.length; i += (gradient.length + 3) / 4) {
                if (derivative.error(input, i, gradient[i]) > 0) {
                    throw Difference.failure(title(DERIVATIVE, sample), "element " + i + " of the gradient at input "
                            + input + " is " + gradient[i] + ", differences of the output give "
                            + (float) derivative.expected(input, i), sample);
                }
            }
        }
    }

    @Property(tries = 50)
    void hasTheTransposedOperationAsGradient(@ForAll("layers") Case sample) {
        if (!due(ADJOINT) || !(sample.layer() instanceof WeightedLayer layer)) {
            return;
        }
        Tensor y = layer.forward(two, sample.x(), layer.weights());
        Tensor gradient = layer.inputGradient(two, sample.r(), layer.weights(), sample.x().shape());
        double[] products = IntStream.range(0, y.data().length)
                .mapToDouble(i -> (double) y.data()[i] * sample.r().data()[i]).toArray();
        double[] transposed = IntStream.range(0, gradient.data().length)
                .mapToDouble(i -> (double) gradient.data()[i] * sample.x().data()[i]).toArray();
        double scale = Difference.sumOfAbsolutes(products) + Difference.sumOfAbsolutes(transposed);
        Difference.requireClose(title(ADJOINT, sample), sample, "<x, map^T(g, w)>", IntStream
                .range(0, products.length).mapToDouble(i -> products[i]).sum(), IntStream.range(0, transposed.length)
                .mapToDouble(i -> transposed[i]).sum(), tolerance() * scale);
    }

    @Property(tries = 50)
    void addsItsBiasOnce(@ForAll("layers") Case sample) {
        if (!due(BIAS_ONCE) || !(sample.layer() instanceof WeightedLayer layer)) {
            return;
        }
        float[] y = layer.forward(two, sample.x()).data();
        float[] map = layer.forward(two, sample.x(), layer.weights()).data();
        float[] bias = layer.bias() == null ? new float[1] : layer.bias();
        double scale = 1 + IntStream.range(0, map.length).mapToDouble(i -> Math.abs(map[i])).sum();
        for (int i = 0; i < y.length; i++) {
            Difference.requireClose(title(BIAS_ONCE, sample), sample, "output " + i, map[i] + bias[i % bias.length],
                    y[i], tolerance() * scale);
        }
    }

    @Property(tries = 15)
    void movesWithItsInput(@ForAll("layers") Case sample) {
        if (!due(TRANSLATION) || !Moved.applies(sample)) {
            return;
        }
        Moved moved = new Moved(sample);
        Case here = moved.at(0);
        Tensor before = forward(two, here);
        Tensor after = forward(two, moved.at(1));
        Difference.requireClose(title(TRANSLATION, sample), sample, "greatest change of an output that moves", 0,
                moved.outputDifference(before, after), tolerance() * (1 + before.sumOfAbsolutes()));
    }

    @Property(tries = 100)
    void agreesWithItsReference(@ForAll("layers") Case sample) {
        if (!due(REFERENCE) || reference().isEmpty()) {
            return;
        }
        double[] wanted = reference().orElseThrow().apply(two, sample);
        float[] got = forward(two, sample).data();
        double[] differences = IntStream.range(0, wanted.length).mapToDouble(i -> got[i] - wanted[i]).toArray();
        Difference.requireClose(title(REFERENCE, sample), sample, "sum|y - reference|", 0,
                Difference.sumOfAbsolutes(differences), tolerance() * (1 + Difference.sumOfAbsolutes(wanted)));
    }
}
