package dev.sectional.viewer;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Method;
import dev.sectional.attribution.PropagationMethod;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.Methods;
import dev.sectional.core.InputException;
import dev.sectional.core.Tensor;
import dev.sectional.images.InputImage;
import dev.sectional.nn.Classification;
import dev.sectional.nn.Network;
import dev.sectional.viewer.internal.Blur;
import dev.sectional.viewer.internal.Bounded;
import dev.sectional.viewer.internal.Jobs;
import dev.sectional.viewer.internal.Refusal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** The images and results of one page, in memory, and the network that explains them. For several threads. */
final class Studio {
    /** Greatest number of pixels of an uploaded image. */
    static final long MOST_PIXELS = 40_000_000;
    private static final long IMAGE_BYTES = 128 << 20;
    private static final long RESULT_BYTES = 128 << 20;
    private static final int LONGEST_NAME = 300;
    private static final int NOT_FOUND = 404;

    private final ViewedModel model;
    private final List<Sample> samples;
    private final Bounded<String, StoredImage> images = new Bounded<>(StoredImage::bytes, IMAGE_BYTES);
    private final Bounded<String, Attribution> results = new Bounded<>(
            each -> (long) Float.BYTES * (each.relevance().data().length + each.start().data().length), RESULT_BYTES);
    private final Bounded<String, Map<String, LayerMap>> layerMaps = new Bounded<>(
            maps -> maps.values().stream().mapToLong(map -> (long) Float.BYTES * map.values().length).sum(),
            RESULT_BYTES);
    private final AtomicInteger lastId = new AtomicInteger();

    /**
     * Relevance at a layer's input, summed over channels.
     *
     * @param height number of rows; 1 for a vector
     * @param channels number of channels summed
     */
    record LayerMap(int height, int width, int channels, float[] values) {
    }

    Studio(ViewedModel model, List<Sample> samples) {
        this.model = model;
        this.samples = List.copyOf(samples);
    }

    ViewedModel model() {
        return model;
    }

    List<Sample> samples() {
        return samples;
    }

    /** Returns the number of images added so far; their ids are 1 to this number. */
    int added() {
        return lastId.get();
    }

    /**
     * Decodes and classifies an image.
     *
     * @throws InputException if the content is no image, or has too many pixels
     */
    StoredImage add(String name, byte[] content) {
        String kept = name.length() > LONGEST_NAME ? name.substring(name.length() - LONGEST_NAME) : name;
        InputImage image = read(kept, content);
        String id = String.valueOf(lastId.incrementAndGet());
        StoredImage stored = StoredImage.of(id, image, content, model.network().classify(image.tensor()),
                model.preparation().describe(image), model.network().card());
        images.put(id, stored);
        return stored;
    }

    private InputImage read(String name, byte[] content) {
        Path file = Path.of(name);
        if (InputImage.isArray(file)) {
            return InputImage.of(file, content, model.network());
        }
        ImageLimits.requirePixels(name, content, MOST_PIXELS);
        return model.preparation().prepare(file, model.preparation().decode(name, content), model.network());
    }

    /** Decodes an image again: the photo itself is not kept in memory. */
    InputImage decoded(StoredImage image) {
        return read(image.name(), image.content());
    }

    /** @throws Refusal with status 404 if there is none of this id, or it was dropped to save memory */
    StoredImage image(String id) {
        return images.get(id)
                .orElseThrow(() -> new Refusal(NOT_FOUND, "the image is no longer in memory: add it again"));
    }

    /** Returns the images that are still in memory, oldest first. */
    List<StoredImage> images() {
        List<StoredImage> all = new ArrayList<>();
        for (int id = 1; id <= added(); id++) {
            images.get(String.valueOf(id)).ifPresent(all::add);
        }
        return all;
    }

    /**
     * Explains classes of an image; results that are still in memory are not calculated again.
     *
     * @param method name and settings
     * @return one result for each class, in their order
     */
    List<Attribution> explain(StoredImage image, String method, List<Integer> classes, Jobs.Ticket ticket) {
        Method chosen = Methods.named(method);
        List<Target> missing = classes.stream().filter(each -> results.get(key(image, method, each)).isEmpty())
                .map(Target::of).toList();
        Map<Integer, Attribution> all = new LinkedHashMap<>();
        classes.forEach(each -> results.get(key(image, method, each)).ifPresent(known -> all.put(each, known)));
        if (!missing.isEmpty()) {
            Network network = model.network().cancelledBy(ticket.cancellation());
            for (Attribution result : chosen.explainAll(network, image.tensor(), missing, ticket)) {
                results.put(key(image, method, result.target()), result);
                all.put(result.target(), result);
            }
        }
        return classes.stream().map(all::get).toList();
    }

    private static String key(StoredImage image, String method, int target) {
        return image.id() + " " + target + " " + method;
    }

    /**
     * Returns the relevance at each layer's input.
     *
     * @throws Refusal with status 422 if the method does not propagate relevance from layer to layer
     */
    Map<String, LayerMap> layers(StoredImage image, String method, int target) {
        if (!(Methods.named(method) instanceof PropagationMethod propagation)) {
            throw new Refusal(422, method + " does not propagate relevance from layer to layer");
        }
        String key = key(image, method, target);
        return layerMaps.get(key).orElseGet(() -> {
            Map<String, LayerMap> maps = new LinkedHashMap<>();
            propagation.keepingLayerRelevances(true).explain(model.network(), image.tensor(), Target.of(target))
                    .layerRelevances().forEach((name, relevance) -> maps.put(name, summed(relevance)));
            layerMaps.put(key, maps);
            return maps;
        });
    }

    private static LayerMap summed(Tensor relevance) {
        if (relevance.shape().rank() != 3) {
            return new LayerMap(1, relevance.shape().size(), 1, relevance.data().clone());
        }
        int height = relevance.shape().dim(1);
        int width = relevance.shape().dim(2);
        float[] values = new float[height * width];
        for (int i = 0; i < relevance.data().length; i++) {
            values[i % values.length] += relevance.data()[i];
        }
        return new LayerMap(height, width, relevance.shape().dim(0), values);
    }

    /** Returns what the network says with a rectangle blurred. */
    Classification withoutRegion(StoredImage image, Blur.Rectangle part) {
        return model.network().classify(Blur.rectangle(image.tensor(), part));
    }
}
