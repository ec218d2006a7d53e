package dev.sectional.weights.internal.onnx;

import dev.sectional.core.InputException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How images are prepared for a model, as its metadata says it. Three vocabularies are known: our own {@code sectional.*}
 * keys; ONNX's {@code Image.NominalPixelRange} and {@code Image.BitmapPixelFormat}; and the plain {@code mean}, {@code std},
 * {@code scale} (the value of white, 1 or 255, which mean and std are in)
 * and {@code order} (RGB or BGR, of the model and so of mean and std).
 */
final class PreprocessingMetadata {
    private static final String PREFIX = "sectional.";

    private PreprocessingMetadata() {}

    /**
     * Reads metadata of a model: settings under the {@code sectional.*} keys of a model card, without what is not told.
     *
     * @throws InputException if it cannot be read; the key is named
     */
    static Map<String, String> of(String file, Map<String, String> metadata) {
        Map<String, String> settings = new LinkedHashMap<>();
        boolean bgr = metadata.getOrDefault("Image.BitmapPixelFormat", metadata.getOrDefault("order", "RGB")).toUpperCase(Locale.ROOT).startsWith("BGR");
        if (bgr) {
            settings.put(PREFIX + "channels", "BGR");
        }
        switch (metadata.getOrDefault("Image.NominalPixelRange", "")) {
            case "Normalized_0_1" -> put(settings, List.of(0.0), List.of(1.0), 1);
            case "Normalized_1_1" -> put(settings, List.of(0.5), List.of(0.5), 1);
            case "NominalRange_0_255" -> put(settings, List.of(0.0), List.of(1.0), 255);
            default -> {
                // Not told, or a range of video levels, which no classifier takes: asked for.
            }
        }
        if (metadata.containsKey("mean")) {
            double scale = numbers(file, "scale", metadata.getOrDefault("scale", "1")).get(0);
            List<Double> mean = numbers(file, "mean", metadata.get("mean"));
            List<Double> std = numbers(file, "std", metadata.getOrDefault("std", "1"));
            put(settings, bgr ? reversed(mean) : mean, bgr ? reversed(std) : std, scale);
        }
        metadata.forEach((key, value) -> {
            if (key.startsWith(PREFIX)) {
                settings.put(key, value);
            }
        });
        if (metadata.containsKey("source")) {
            settings.putIfAbsent(PREFIX + "source", metadata.get("source"));
        }
        return settings;
    }

    /** Mean and deviation of values up to {@code scale}, as those of values in 0..1; one number stands for three. */
    private static void put(Map<String, String> settings, List<Double> mean, List<Double> std, double scale) {
        settings.put(PREFIX + "mean", text(mean, scale));
        settings.put(PREFIX + "std", text(std, scale));
    }

    private static String text(List<Double> numbers, double scale) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 3 || i < numbers.size(); i++) {
            texts.add(String.valueOf((float) (numbers.get(numbers.size() == 1 ? 0 : Math.min(i, numbers.size() - 1)) / scale)));
        }
        return String.join(",", numbers.size() == 1 ? texts.subList(0, 3) : texts.subList(0, numbers.size()));
    }

    private static List<Double> reversed(List<Double> numbers) {
        List<Double> reversed = new ArrayList<>(numbers);
        Collections.reverse(reversed);
        return reversed;
    }

    private static List<Double> numbers(String file, String key, String text) {
        List<Double> numbers = new ArrayList<>();
        try {
            for (String part : text.split(",")) {
                numbers.add(Double.valueOf(part.strip()));
            }
        } catch (NumberFormatException e) {
            throw new InputException(file + ": metadata " + key + " is '" + text + "', wanted numbers with commas between them", e);
        }
        if (numbers.stream().anyMatch(number -> !Double.isFinite(number)) || key.equals("scale") && numbers.get(0) == 0) {
            throw new InputException(file + ": metadata " + key + " is '" + text + "', wanted finite numbers other than 0");
        }
        return numbers;
    }
}
