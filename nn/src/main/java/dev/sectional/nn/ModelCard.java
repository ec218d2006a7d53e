package dev.sectional.nn;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.internal.json.Json;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a network needs besides its tensors. In a file it is text under {@code sectional.*} keys of the metadata.
 *
 * @param architecture such as {@code vgg}
 * @param layers of a VGG: widths of its convolutions and {@code M} for a pooling, such as {@code 64,64,M,128}; empty if unknown
 * @param input {@code (C, H, W)} of the images that the network was made for
 * @param mean per channel, subtracted from values in 0..1, RGB; empty if nobody has told, and images cannot be prepared
 * @param std per channel, divides what is left; empty with the mean
 * @param output how logits become probabilities
 * @param labels one per class; empty if unknown
 * @param source where the weights come from; empty if unknown
 * @param licence of the weights; empty if unknown
 * @param channels in which order the network takes them; mean and deviation are RGB whatever it is
 */
public record ModelCard(String architecture, String layers, Shape input, List<Float> mean, List<Float> std, Output output,
                        List<String> labels, String source, String licence, Channels channels) {
    private static final String PREFIX = "sectional.";
    /** Mean and deviation of ImageNet's training set, which torchvision's models expect. */
    private static final String IMAGENET_MEAN = "0.485,0.456,0.406";
    private static final String IMAGENET_STD = "0.229,0.224,0.225";

    /** How logits become probabilities. */
    public enum Output {
        /** One class per image: the probabilities add up to 1. */
        SOFTMAX,
        /** Any number of classes per image: each probability stands alone. */
        SIGMOID
    }

    /** The order of an image's channels. */
    public enum Channels {
        /** Red, green, blue; also for images that have no colours. */
        RGB,
        /** Blue, green, red, as networks from Caffe and Keras take them. */
        BGR
    }

    /** A card of a network that takes RGB. */
    public ModelCard(String architecture, String layers, Shape input, List<Float> mean, List<Float> std, Output output,
                     List<String> labels, String source, String licence) {
        this(architecture, layers, input, mean, std, output, labels, source, licence, Channels.RGB);
    }

    /** Copies the lists. */
    public ModelCard {
        mean = List.copyOf(mean);
        std = List.copyOf(std);
        labels = List.copyOf(labels);
        if (mean.isEmpty() != std.isEmpty()) {
            throw new IllegalArgumentException("mean and deviation are known or unknown together");
        }
        if (input.rank() != 3 || input.size() == 0) {
            throw new IllegalArgumentException("a model's input is (C, H, W), got " + input);
        }
    }

    /**
     * Reads the {@code sectional.*} keys. What is missing takes torchvision's conventions: 3x224x224, ImageNet's mean and
     * deviation, softmax, no labels. A mean and a deviation that are there and empty are unknown.
     *
     * @throws InputException if a value cannot be read; its key is named
     */
    public static ModelCard of(Map<String, String> metadata) {
        List<Float> input = numbers(metadata, "input", "3,224,224");
        if (input.size() != 3 || input.stream().anyMatch(size -> size != Math.rint(size) || size < 1 || size > 1 << 16)) {
            throw bad("input", metadata, "three whole numbers: channels,height,width");
        }
        List<Float> mean = numbers(metadata, "mean", IMAGENET_MEAN);
        List<Float> std = numbers(metadata, "std", IMAGENET_STD);
        if (mean.isEmpty() != std.isEmpty()) {
            throw bad(mean.isEmpty() ? "mean" : "std", metadata, "numbers, or mean and std empty where they are unknown");
        }
        if (std.contains(0f)) {
            throw bad("std", metadata, "numbers other than 0");
        }
        Channels channels = choice(metadata, "channels", Channels.RGB, "RGB or BGR");
        if (channels == Channels.BGR && input.get(0) != 3) {
            throw bad("channels", metadata, "RGB for an input of other than three channels");
        }
        return new ModelCard(text(metadata, "architecture", ""), text(metadata, "layers", ""),
                Shape.of(input.get(0).intValue(), input.get(1).intValue(), input.get(2).intValue()), mean, std,
                choice(metadata, "output", Output.SOFTMAX, "softmax or sigmoid"), labels(metadata), text(metadata, "source", ""),
                text(metadata, "licence", ""), channels);
    }

    /** The card as metadata of a file; {@link #of} reads it back. */
    public Map<String, String> toMetadata() {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put(PREFIX + "architecture", architecture);
        metadata.put(PREFIX + "layers", layers);
        metadata.put(PREFIX + "input", input.dim(0) + "," + input.dim(1) + "," + input.dim(2));
        metadata.put(PREFIX + "mean", join(mean));
        metadata.put(PREFIX + "std", join(std));
        metadata.put(PREFIX + "output", output.name().toLowerCase(Locale.ROOT));
        metadata.put(PREFIX + "labels", labels.stream().map(Json::quote).collect(Collectors.joining(", ", "[", "]")));
        metadata.put(PREFIX + "source", source);
        metadata.put(PREFIX + "licence", licence);
        if (channels != Channels.RGB) {
            metadata.put(PREFIX + "channels", channels.name());
        }
        return metadata;
    }

    /** The same card with other labels. */
    public ModelCard withLabels(List<String> other) {
        return new ModelCard(architecture, layers, input, mean, std, output, other, source, licence, channels);
    }

    /**
     * @param file names the source in the message
     * @throws InputException if there are labels, but not one per class
     */
    public void requireLabels(String file, int classes) {
        if (!labels.isEmpty() && labels.size() != classes) {
            throw new InputException(file + ": has " + classes + " classes and " + labels.size() + " labels");
        }
    }

    private static String text(Map<String, String> metadata, String key, String otherwise) {
        return metadata.getOrDefault(PREFIX + key, otherwise);
    }

    private static List<Float> numbers(Map<String, String> metadata, String key, String otherwise) {
        String text = text(metadata, key, otherwise);
        if (text.isBlank() && !key.equals("input")) {
            return List.of();
        }
        try {
            List<Float> numbers = Arrays.stream(text.split(",")).map(String::trim).map(Float::valueOf).toList();
            if (numbers.stream().allMatch(Float::isFinite)) {
                return numbers;
            }
        } catch (NumberFormatException e) {
            throw bad(key, metadata, "numbers with commas between them");
        }
        throw bad(key, metadata, "finite numbers");
    }

    private static <E extends Enum<E>> E choice(Map<String, String> metadata, String key, E otherwise, String wanted) {
        try {
            return Enum.valueOf(otherwise.getDeclaringClass(), text(metadata, key, otherwise.name()).toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw bad(key, metadata, wanted);
        }
    }

    private static InputException bad(String key, Map<String, String> metadata, String wanted) {
        return new InputException("metadata " + PREFIX + key + " is '" + metadata.get(PREFIX + key) + "', wanted " + wanted);
    }

    private static String join(List<Float> numbers) {
        return numbers.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    private static List<String> labels(Map<String, String> metadata) {
        try {
            return Json.strings(text(metadata, "labels", "[]"));
        } catch (IllegalArgumentException e) {
            throw bad("labels", metadata, "a JSON array of strings");
        }
    }
}
