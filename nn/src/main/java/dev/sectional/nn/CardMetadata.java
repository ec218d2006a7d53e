package dev.sectional.nn;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.internal.json.Json;
import dev.sectional.nn.ModelCard.Channels;
import dev.sectional.nn.ModelCard.Output;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Reads and writes model cards as the metadata of files: text under {@code sectional.*} keys. */
final class CardMetadata {
    private static final String PREFIX = "sectional.";
    /** Says "assumed" where mean and standard deviation are present, but the network's own file did not state them. */
    private static final String NORMALISATION = "normalisation";
    private static final String ASSUMED = "assumed";
    /** Ends an assumption about pixels; every such assumption begins with "pixels ". */
    private static final String OTHERS = " (--preset, or --mean and --std, state others)";
    /** Mean of ImageNet's training set, which torchvision's models expect. */
    private static final String IMAGENET_MEAN = "0.485,0.456,0.406";
    /** Standard deviation of ImageNet's training set, which torchvision's models expect. */
    private static final String IMAGENET_STD = "0.229,0.224,0.225";

    private CardMetadata() {
    }

    /** Does the work of {@link ModelCard#fromMetadata}. */
    static ModelCard read(Map<String, String> metadata) {
        List<Float> input = numbers(metadata, "input", "3,224,224");
        if (input.size() != 3 || input.stream().anyMatch(CardMetadata::isNoSize)) {
            throw bad("input", metadata, "three whole numbers: channels,height,width");
        }
        int count = input.get(0).intValue();
        List<Float> mean = perChannel(metadata, "mean", count, count == 3 ? IMAGENET_MEAN : "0");
        List<Float> std = perChannel(metadata, "std", count, count == 3 ? IMAGENET_STD : "1");
        if (mean.isEmpty() != std.isEmpty()) {
            throw bad(mean.isEmpty() ? "mean" : "std", metadata, "numbers, or mean and std both empty if unknown");
        }
        if (std.contains(0f)) {
            throw bad("std", metadata, "numbers other than 0");
        }
        boolean guessed = !statesPixels(metadata) || text(metadata, NORMALISATION, "").equals(ASSUMED);
        Channels channels = choice(metadata, "channels", Channels.RGB, "RGB or BGR");
        if (channels == Channels.BGR && input.get(0) != 3) {
            throw bad("channels", metadata, "RGB for an input of other than three channels");
        }
        return ModelCard.builder(Shape.of(input.get(0).intValue(), input.get(1).intValue(), input.get(2).intValue()))
                .architecture(text(metadata, "architecture", "")).layers(text(metadata, "layers", ""))
                .normalisation(mean, std).normalisationAssumed(guessed)
                .output(choice(metadata, "output", Output.SOFTMAX, "softmax, sigmoid or none"))
                .labels(texts(metadata, "labels")).source(text(metadata, "source", ""))
                .licence(text(metadata, "licence", ""))
                .channels(channels).assumed(assumed(metadata, count)).build();
    }

    /** Returns the assumptions that metadata lists, after that about pixels if it does not state their scale. */
    private static List<String> assumed(Map<String, String> metadata, int channels) {
        List<String> assumed = new ArrayList<>();
        if (!statesPixels(metadata)) {
            assumed.add(channels == 3 ? "pixels by ImageNet's mean and standard deviation" + OTHERS
                    : "pixels in 0..1" + OTHERS);
        }
        assumed.addAll(texts(metadata, "assumed"));
        if (text(metadata, NORMALISATION, "").equals("stated")) {   // by the user, after the file was written
            assumed.removeIf(sentence -> sentence.startsWith("pixels "));
        }
        return assumed;
    }

    private static boolean statesPixels(Map<String, String> metadata) {
        return metadata.containsKey(PREFIX + "mean") && metadata.containsKey(PREFIX + "std");
    }

    private static List<Float> perChannel(Map<String, String> metadata, String key, int channels, String missing) {
        List<Float> numbers = numbers(metadata, key, missing);
        if (numbers.size() > 1 && numbers.size() != channels) {
            throw bad(key, metadata, "one number, or one for each of the " + channels + " channels");
        }
        return numbers.size() == 1 ? Collections.nCopies(channels, numbers.get(0)) : numbers;
    }

    /** Does the work of {@link ModelCard#toMetadata}. */
    static Map<String, String> write(ModelCard card) {
        Map<String, String> metadata = new LinkedHashMap<>();
        Shape input = card.input();
        metadata.put(PREFIX + "architecture", card.architecture());
        metadata.put(PREFIX + "layers", card.layers());
        metadata.put(PREFIX + "input", input.dim(0) + "," + input.dim(1) + "," + input.dim(2));
        metadata.put(PREFIX + "mean", join(card.mean()));
        metadata.put(PREFIX + "std", join(card.std()));
        metadata.put(PREFIX + "output", card.output().name().toLowerCase(Locale.ROOT));
        metadata.put(PREFIX + "labels", Json.array(card.labels()));
        metadata.put(PREFIX + "source", card.source());
        metadata.put(PREFIX + "licence", card.licence());
        if (!card.assumed().isEmpty()) {
            metadata.put(PREFIX + "assumed", Json.array(card.assumed()));
        }
        if (card.normalisationAssumed()) {
            metadata.put(PREFIX + NORMALISATION, ASSUMED);
        }
        if (card.channels() != Channels.RGB) {
            metadata.put(PREFIX + "channels", card.channels().name());
        }
        return metadata;
    }

    private static boolean isNoSize(float value) {
        return value != Math.rint(value) || value < 1 || value > 1 << 16;
    }

    private static String text(Map<String, String> metadata, String key, String missing) {
        return metadata.getOrDefault(PREFIX + key, missing);
    }

    private static List<Float> numbers(Map<String, String> metadata, String key, String missing) {
        String text = text(metadata, key, missing);
        if (text.isBlank() && !key.equals("input")) {
            return List.of();
        }
        try {
            List<Float> numbers = Arrays.stream(text.split(",")).map(String::trim).map(Float::valueOf).toList();
            if (numbers.stream().allMatch(Float::isFinite)) {
                return numbers;
            }
        } catch (NumberFormatException e) {
            throw bad(key, metadata, "numbers separated by commas");
        }
        throw bad(key, metadata, "finite numbers");
    }

    private static <E extends Enum<E>> E choice(Map<String, String> metadata, String key, E missing, String wanted) {
        try {
            String name = text(metadata, key, missing.name()).toUpperCase(Locale.ROOT);
            return Enum.valueOf(missing.getDeclaringClass(), name);
        } catch (IllegalArgumentException e) {
            throw bad(key, metadata, wanted);
        }
    }

    private static InputException bad(String key, Map<String, String> metadata, String wanted) {
        String name = PREFIX + key;
        return new InputException("metadata " + name + " is '" + metadata.get(name) + "', wanted " + wanted);
    }

    private static String join(List<Float> numbers) {
        return numbers.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    private static List<String> texts(Map<String, String> metadata, String key) {
        try {
            return Json.strings(text(metadata, key, "[]"));
        } catch (IllegalArgumentException e) {
            throw bad(key, metadata, "a JSON array of strings");
        }
    }
}
