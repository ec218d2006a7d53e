package dev.sectional.attribution.method;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Method;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.internal.Attributions;
import dev.sectional.attribution.internal.Targets;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.nn.Network;
import dev.sectional.nn.Tape;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The gradient of the target's logit with respect to the image, at the image itself or averaged over other points, and
 * the product of either with the image. Immutable and safe for use by several threads.
 */
public final class Gradients implements Method {
    private final String name;
    private final Points points;
    private final boolean timesInput;

    /** The points at which the gradient is computed, in order. */
    @FunctionalInterface
    private interface Points {
        Stream<Tensor> around(Tensor image);
    }

    private Gradients(String name, Points points, boolean timesInput) {
        this.name = name;
        this.points = points;
        this.timesInput = timesInput;
    }

    /** Returns the gradient {@code dy/dx} (Simonyan et al. 2014). */
    public static Gradients plain() {
        return new Gradients("gradient", Stream::of, false);
    }

    /** Returns {@code x dy/dx} (Shrikumar et al. 2016). For a network of ReLUs without biases it sums to the logit. */
    public static Gradients timesInput() {
        return new Gradients("gradient-x-input", Stream::of, true);
    }

    /**
     * Returns integrated gradients (Sundararajan et al. 2017) from the zero image, which is the mean colour:
     * {@code x / n * sum over i = 1..n of dy/dx at (i / n) x}. With many steps it sums to {@code y(x) - y(0)}.
     *
     * @param steps at least 1; each costs a forward and a backward pass
     * @throws InputException if steps is below 1
     */
    public static Gradients integrated(int steps) {
        if (steps < 1) {
            throw new InputException("integrated gradients need at least 1 step, got " + steps);
        }
        return new Gradients("integrated-gradients",
                image -> IntStream.rangeClosed(1, steps).mapToObj(i -> scaled(image, (float) i / steps)), true);
    }

    /**
     * Returns SmoothGrad (Smilkov et al. 2017): the mean gradient over images with Gaussian noise.
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
        return new Gradients("smooth-grad", image -> {
            Random random = new Random(seed);
            double deviation = noise * span(image);
            return IntStream.range(0, samples).mapToObj(i -> noisy(image, deviation, random));
        }, false);
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
        Targets.requireLogits(network);
        Tape tape = network.forward(image);
        int[] classes = Targets.classes(tape, targets);
        List<Tensor> sums = IntStream.of(classes).mapToObj(target -> Tensor.zeros(image.shape())).toList();
        int count = 0;
        for (Tensor point : (Iterable<Tensor>) points.around(image)::iterator) {
            Tape there = point == image ? tape : network.forward(point);
            count++;
            for (int i = 0; i < classes.length; i++) {
                Tensor logit = Targets.oneHot(there, classes[i], 1);
                float[] gradient = there.gradient(logit, Network.IMAGE_INDEX).toChannelsFirst().data();
                Execution.of(network.engine()).add(gradient, 0, sums.get(i).data(), 0, gradient.length);
            }
        }
        List<Attribution> attributions = new ArrayList<>();
        for (int i = 0; i < classes.length; i++) {
            attributions.add(Attributions.of(name, tape, classes[i], Targets.oneHot(tape, classes[i], 1),
                    mean(network.engine(), sums.get(i), count, image)));
        }
        return attributions;
    }

    private Tensor mean(Engine engine, Tensor sum, int count, Tensor image) {
        Tensor mean = scaled(sum, 1f / count);
        if (timesInput) {
            Execution.of(engine).multiply(image.data(), 0, mean.data(), 0, mean.data().length);
        }
        return mean;
    }
}
