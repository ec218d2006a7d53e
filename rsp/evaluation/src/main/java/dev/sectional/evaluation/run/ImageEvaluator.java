package dev.sectional.evaluation.run;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.evaluation.Case;
import dev.sectional.evaluation.Explainer;
import dev.sectional.evaluation.Metric;
import dev.sectional.evaluation.data.Sample;
import dev.sectional.evaluation.data.Truth;
import dev.sectional.nn.Network;
import dev.sectional.nn.Tape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Explains the classes of one image with one method and measures the maps. Keeps no state between images. */
public final class ImageEvaluator {
    private final Network network;
    private final ClassMap classes;
    private final Preprocessing preprocessing;
    private final List<Metric> metrics;

    /**
     * Creates an evaluator of images.
     *
     * @param network must be open as long as this object is used; null if no explainer needs a network
     * @param classes of the dataset, by those of the network
     * @param preprocessing how images become inputs
     * @param metrics what measures the maps
     */
    public ImageEvaluator(Network network, ClassMap classes, Preprocessing preprocessing, List<Metric> metrics) {
        this.network = network;
        this.classes = classes;
        this.preprocessing = preprocessing;
        this.metrics = List.copyOf(metrics);
    }

    /**
     * An image, ready to be explained with any number of methods.
     *
     * @param sample the image and its ground truth, as far as the input shows them
     * @param input the network's input
     * @param truths the classes that the network knows
     * @param targets the network's class for each truth
     */
    public record Prepared(Sample sample, Tensor input, List<Truth> truths, List<Integer> targets) {
    }

    /**
     * Reads an image and determines the classes to explain.
     *
     * @param sample the image and its ground truth
     * @return the input and the cases; no case if no class can be explained
     * @throws InputException if the image cannot be read
     */
    public Prepared prepare(Sample sample) {
        if (network == null) {
            readable(sample);   // so that a broken image is noticed with every method
        }
        Preprocessing.Input seen = network == null
                ? new Preprocessing.Input(Tensor.zeros(Shape.of(3, sample.height(), sample.width())), sample)
                : preprocessing.input(sample, network);
        Tensor input = seen.tensor();
        List<Truth> truths = seen.sample().truths().stream().filter(truth -> classes.knows(truth.label())).toList();
        boolean needsTape = truths.stream().anyMatch(truth -> classes.needsTape(truth.label()));
        Tape tape = needsTape ? network.forward(input) : null;
        List<Integer> targets = truths.stream().map(truth -> classes.target(truth.label(), tape)).toList();
        return new Prepared(seen.sample(), input, truths, targets);
    }

    private static void readable(Sample sample) {
        if (sample.isArray()) {
            sample.array();
        } else {
            sample.image();
        }
    }

    /**
     * Explains an image and measures the maps.
     *
     * @param image as {@link #prepare} returned it
     * @param explainer the method
     * @return the measured cases and the times
     */
    public ImageResult evaluate(Prepared image, Explainer explainer) {
        return evaluate(image, explainer, evaluated -> { });
    }

    /** @param watcher receives each case */
    ImageResult evaluate(Prepared image, Explainer explainer, Consumer<Case> watcher) {
        long began = System.nanoTime();
        List<Integer> distinct = image.targets().stream().distinct().toList();
        List<Tensor> relevances = distinct.isEmpty() ? List.of() : explainer.explain(network, image.input(), distinct);
        long explained = System.nanoTime();
        List<ImageResult.Measured> measured = new ArrayList<>();
        for (int i = 0; i < image.truths().size(); i++) {
            int target = image.targets().get(i);
            Tensor relevance = relevances.get(distinct.indexOf(target));
            requireFinite(relevance);
            Case evaluated = new Case(image.sample(), image.truths().get(i), explainer.needsNetwork() ? network : null,
                    image.input(), target, image.targets(), explainer, relevance, explainer.saliency(relevance));
            Map<String, Map<String, Double>> values = new LinkedHashMap<>();
            for (Metric metric : metrics) {
                Map<String, Double> of = metric.measure(evaluated);
                if (!of.isEmpty()) {
                    values.put(metric.name(), of);
                }
            }
            measured.add(new ImageResult.Measured(image.truths().get(i).label(), target, values));
            watcher.accept(evaluated);
        }
        return new ImageResult(image.sample().id(), explainer.name(), (explained - began) / 1e9,
                (System.nanoTime() - explained) / 1e9, measured);
    }

    /** A map with a value that is no number would point at its first pixel. */
    private static void requireFinite(Tensor relevance) {
        for (float value : relevance.data()) {
            if (!Float.isFinite(value)) {
                throw new InputException("its relevance holds a value that is not finite: " + value);
            }
        }
    }
}
