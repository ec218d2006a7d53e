package dev.sectional.attribution.method;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Completeness;
import dev.sectional.attribution.Method;
import dev.sectional.attribution.PassListener;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.internal.Attributions;
import dev.sectional.attribution.internal.PooledTape;
import dev.sectional.attribution.internal.Targets;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.Network;
import dev.sectional.nn.Node;
import dev.sectional.nn.Tape;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Linear;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The gradient of the target's logit with respect to the image, at the image itself or averaged over other points, and
 * the product of either with the image. Immutable and safe for use by several threads.
 */
public final class Gradients implements Method {
    private static final int MAX_STEPS = 10_000;
    /** Points that share the weights of large linear layers. */
    private static final int TOGETHER = 4;
    /** Weights of linear layers that no cache holds. */
    private static final int LARGE = 1 << 23;

    private final String name;
    private final int passes;
    private final Points points;
    private final boolean timesInput;
    private final boolean complete;

    /** A point at which the gradient is computed, and its weight in the mean; the weights of all points sum to 1. */
    private record Point(Tensor image, float weight) {
    }

    /** The points of an image, in order. */
    @FunctionalInterface
    private interface Points {
        Stream<Point> around(Tensor image);
    }

    private Gradients(String name, int passes, Points points, boolean timesInput, boolean complete) {
        this.name = name;
        this.passes = passes;
        this.points = points;
        this.timesInput = timesInput;
        this.complete = complete;
    }

    /** {@return the gradient {@code dy/dx} (Simonyan et al. 2014)} */
    public static Gradients plain() {
        return new Gradients("gradient", 1, image -> Stream.of(new Point(image, 1)), false, false);
    }

    /** {@return {@code x dy/dx} (Shrikumar et al. 2016)} For a network of ReLUs without biases it sums to the logit. */
    public static Gradients timesInput() {
        return new Gradients("gradient-x-input", 1, image -> Stream.of(new Point(image, 1)), true, false);
    }

    /**
     * {@return integrated gradients (Sundararajan et al. 2017) from the zero image, which is the mean colour:
     * {@code x (integral over a = 0..1 of dy/dx at a x)}, by numerical quadrature} With many steps it sums to
     * {@code y(x) - y(0)}; {@link Attribution#completeness} has both.
     *
     * @param steps number of points, 1 to 10,000; each costs a forward and a backward pass
     * @param rule positions and weights of the points; Captum's default is Gauss-Legendre with 50 points
     * @throws InputException if steps is out of range
     */
    public static Gradients integrated(int steps, Quadrature rule) {
        if (steps < 1 || steps > MAX_STEPS) {
            throw new InputException("integrated gradients take 1 to " + MAX_STEPS + " steps, got " + steps);
        }
        return new Gradients("integrated-gradients", steps, image -> Stream.of(rule.points(steps))
                .map(point -> new Point(scaled(image, (float) point.at()), (float) point.weight())), true, true);
    }

    /**
     * {@return SmoothGrad (Smilkov et al. 2017): the mean gradient over images with Gaussian noise}
     *
     * @param samples at least 1; each costs a forward and a backward pass
     * @param noise standard deviation, at least 0, as a share of the image's greatest minus its least value
     * @param seed the same seed gives the same bits
     * @throws InputException if samples or noise is out of range
     */
    public static Gradients smooth(int samples, double noise, long seed) {
        if (samples < 1 || !(noise >= 0) || Double.isInfinite(noise)) {
            throw new InputException("SmoothGrad needs at least 1 sample and noise of at least 0, got " + samples
                    + " and " + noise);
        }
        return new Gradients("smooth-grad", samples, image -> {
            Random random = new Random(seed);
            double deviation = noise * span(image);
            return IntStream.range(0, samples).mapToObj(i -> new Point(noisy(image, deviation, random),
                    1f / samples));
        }, false, false);
    }

    private static Tensor scaled(Tensor image, float factor) {
        Tensor point = image.copy();
        for (int i = 0; i < point.data().length; i++) {
            point.data()[i] *= factor;
        }
        return point;
    }

    private static double span(Tensor image) {
        double least = Double.POSITIVE_INFINITY;
        double greatest = Double.NEGATIVE_INFINITY;
        for (float value : image.data()) {
            least = Math.min(least, value);
            greatest = Math.max(greatest, value);
        }
        return greatest - least;
    }

    private static Tensor noisy(Tensor image, double deviation, Random random) {
        Tensor point = image.copy();
        for (int i = 0; i < point.data().length; i++) {
            point.data()[i] += (float) (deviation * random.nextGaussian());
        }
        return point;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<Attribution> explainAll(Network network, Tensor image, List<Target> targets) {
        return explainAll(network, image, targets, (done, total) -> { });
    }

    @Override
    public List<Attribution> explainAll(Network network, Tensor image, List<Target> targets, PassListener listener) {
        Targets.requireLogits(network);
        return network.use(() -> explained(network, image, targets, listener));
    }

    private List<Attribution> explained(Network network, Tensor image, List<Target> targets, PassListener listener) {
        try (PooledTape pass = PooledTape.forGradients(network, image, Network.IMAGE_INDEX)) {
            Tape tape = pass.tape();
            int[] classes = Targets.classes(tape, targets);
            int node = passes > 1 ? linearNode(network) : Network.IMAGE_INDEX;
            List<Tensor> sums = IntStream.of(classes).mapToObj(target -> Tensor.zeros(tape.output(node).shape()))
                    .toList();
            int together = passes == 1 ? 1 : together(network, image.shape());
            int done = 0;
            for (Iterator<Point> all = points.around(image).iterator(); all.hasNext(); ) {
                List<Point> some = new ArrayList<>();
                while (some.size() < together && all.hasNext()) {
                    some.add(all.next());
                }
                if (some.get(0).image() == image) {
                    add(some, List.of(tape), classes, node, sums);
                } else {
                    List<PooledTape> there = PooledTape.forGradients(network, some.stream().map(Point::image).toList());
                    add(some, there.stream().map(PooledTape::tape).toList(), classes, node, sums);
                    there.forEach(PooledTape::close);
                }
                for (int i = 0; i < some.size(); i++) {
                    listener.passed(++done, passes);
                }
            }
            List<Tensor> atImage = sums.stream().map(sum -> node == Network.IMAGE_INDEX ? sum
                    : tape.gradients(node, sum).get(0)).map(Tensor::toChannelsFirst).toList();
            return attributions(tape, image, classes, atImage);
        }
    }

    /**
     * Returns the node at whose output gradients may be added up: a convolution, if it alone reads the image, since
     * its gradient is the same linear function at every point; otherwise the image.
     */
    private static int linearNode(Network network) {
        int[] readers = IntStream.range(0, network.nodes().size()).filter(node -> IntStream.of(network.inputs(node))
                .anyMatch(input -> input == Network.IMAGE_INDEX)).toArray();
        return readers.length == 1 && network.nodes().get(readers[0]).layer() instanceof Conv2d ? readers[0]
                : Network.IMAGE_INDEX;
    }

    /**
     * Returns the number of points that go through the network together: several where most weights are those of
     * linear layers, which take longer to read than to multiply, and several tapes are smaller than those weights.
     */
    private static int together(Network network, Shape image) {
        long linear = 0;
        long all = 0;
        for (Node node : network.nodes()) {
            all += node.layer().weightCount();
            linear += node.layer() instanceof Linear ? node.layer().weightCount() : 0;
        }
        long tapes = TOGETHER * Stream.of(network.shapes(image)).mapToLong(Shape::size).sum();
        boolean fits = tapes <= linear && Float.BYTES * tapes <= Runtime.getRuntime().maxMemory() / TOGETHER;
        return 2 * linear > all && linear >= LARGE && fits ? TOGETHER : 1;
    }

    /** Adds the weighted gradient of each class at some points to its sum, both at the output of a node. */
    private static void add(List<Point> some, List<Tape> tapes, int[] classes, int node, List<Tensor> sums) {
        int together = Math.max(1, Targets.PER_PASS / some.size());
        for (int from = 0; from < classes.length; from += together) {
            List<Tape> of = new ArrayList<>();
            List<Tensor> logits = new ArrayList<>();
            int end = Math.min(classes.length, from + together);
            for (int i = from; i < end; i++) {
                for (Tape tape : tapes) {
                    of.add(tape);
                    logits.add(Targets.oneHot(tape, classes[i], 1));
                }
            }
            List<Tensor> gradients = Tape.gradients(of, logits, node);
            for (int i = 0; i < logits.size(); i++) {
                add(some.get(i % some.size()).weight(), gradients.get(i), tapes.get(0).network(),
                        sums.get(from + i / some.size()));
            }
        }
    }

    /** Adds a weighted gradient to a sum, and releases it. */
    private static void add(float weight, Tensor gradient, Network network, Tensor sum) {
        Execution execution = Execution.of(network.engine());
        execution.workers().parallelChunks(sum.data().length, (first, end) ->
                execution.addScaled(weight, gradient.data(), first, sum.data(), first, end - first));
        if (network.reusesMemory()) {
            execution.release(gradient);
        }
    }

    private List<Attribution> attributions(Tape tape, Tensor image, int[] classes, List<Tensor> sums) {
        Network network = tape.network();
        Optional<Tensor> baseline = complete ? Optional.of(network.logits(Tensor.zeros(image.shape())))
                : Optional.empty();
        List<Attribution> attributions = new ArrayList<>();
        for (int i = 0; i < classes.length; i++) {
            int target = classes[i];
            if (timesInput) {
                float[] sum = sums.get(i).data();
                Execution.of(network.engine()).multiply(image.data(), 0, sum, 0, sum.length);
            }
            Attribution plain = Attributions.of(name, tape, target, Targets.oneHot(tape, target, 1), sums.get(i));
            attributions.add(baseline.map(zero -> plain.with(new Completeness(plain.relevance().sum(),
                    (double) plain.logit() - zero.data()[target]))).orElse(plain));
        }
        return List.copyOf(attributions);
    }
}
