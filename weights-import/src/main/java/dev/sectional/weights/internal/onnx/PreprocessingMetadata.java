package dev.sectional.weights.internal.onnx;

import dev.sectional.core.InputException;
import dev.sectional.nn.model.NodeSpec;
import dev.sectional.weights.internal.common.Assumptions;
import dev.sectional.weights.internal.common.CannotRead;
import dev.sectional.weights.internal.common.PixelEvidence;
import dev.sectional.weights.internal.common.PixelPreset;
import dev.sectional.weights.internal.common.Printable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Reads from a model's metadata how images are prepared for it. Three vocabularies are supported: the
 * {@code sectional.*} keys of a model card; ONNX's {@code Image.NominalPixelRange} and {@code Image.BitmapPixelFormat};
 * and the plain {@code mean}, {@code std}, {@code scale} (the value of white, 1 or 255, for which mean and std are
 * given) and {@code order} (RGB or BGR, of the model's input and so of mean and std).
 */
final class PreprocessingMetadata {
    private static final String PREFIX = "sectional.";

    private PreprocessingMetadata() {}

    /**
     * Returns the settings that the metadata gives, under the {@code sectional.*} keys of a model card.
     *
     * @param file name of the file in messages
     * @throws InputException if a setting cannot be read; the message names the key
     */
    static Map<String, String> read(String file, Map<String, String> metadata) {
        Map<String, String> settings = new LinkedHashMap<>();
        String order = metadata.getOrDefault("Image.BitmapPixelFormat", metadata.getOrDefault("order", "RGB"));
        boolean bgr = order.toUpperCase(Locale.ROOT).startsWith("BGR");
        if (bgr) {
            settings.put(PREFIX + "channels", "BGR");
        }
        switch (metadata.getOrDefault("Image.NominalPixelRange", "")) {
            case "Normalized_0_1" -> put(settings, List.of(0.0), List.of(1.0), 1);
            case "Normalized_1_1" -> put(settings, List.of(0.5), List.of(0.5), 1);
            case "NominalRange_0_255" -> put(settings, List.of(0.0), List.of(1.0), 255);
            default -> {
                // Missing, or a range of video levels, which no classifier takes: the user has to give mean and std.
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

    /**
     * Adds what the graph tells about pixels, where neither the file nor the user states a mean and a deviation. Pixels
     * stay unknown, and images are refused, if the file says something that no usual way agrees with.
     *
     * @param card settings of the file and the user
     * @param metadata of the file
     * @param type of the graph's input, by ONNX's number
     * @param nodes of the network
     */
    static void complete(Map<String, String> card, Map<String, String> metadata, int type, List<NodeSpec> nodes) {
        if (card.containsKey(PREFIX + "mean")) {
            if (InputChecks.isInteger(type) && !whole(card)) {
                Assumptions.add(card, List.of("pixels by the mean and deviation given, which are fractions, although"
                        + " the graph's input takes integers"));
            }
            return;
        }
        Map<String, String> found = InputChecks.isInteger(type)
                ? PixelEvidence.card(PixelPreset.RAW, "pixels in 0..255, the type of the graph's input", true)
                : PixelEvidence.card(nodes);
        boolean odd = "BGR".equals(card.get(PREFIX + "channels")) || metadata.containsKey("Image.NominalPixelRange")
                || card.containsKey(PREFIX + "std");
        card.putAll(found.isEmpty() && odd ? Map.of(PREFIX + "mean", "", PREFIX + "std", "") : found);
    }

    /** Returns whether a card leaves pixels in 0..255 as they are. */
    private static boolean whole(Map<String, String> card) {
        return Set.of("0", "0.0").containsAll(List.of(card.get(PREFIX + "mean").split(",")))
                && Set.of(PixelPreset.RAW.card().get(PREFIX + "std"))
                        .containsAll(List.of(card.getOrDefault(PREFIX + "std", "").split(",")));
    }

    /** Sets a mean and deviation that are given for pixels up to {@code scale}; one number serves all channels. */
    private static void put(Map<String, String> settings, List<Double> mean, List<Double> std, double scale) {
        settings.put(PREFIX + "mean", unitScale(mean, scale));
        settings.put(PREFIX + "std", unitScale(std, scale));
    }

    private static String unitScale(List<Double> numbers, double scale) {
        return numbers.stream().map(number -> String.valueOf((float) (number / scale)))
                .collect(Collectors.joining(","));
    }

    private static List<Double> reversed(List<Double> numbers) {
        List<Double> reversed = new ArrayList<>(numbers);
        Collections.reverse(reversed);
        return reversed;
    }

    /** Returns numbers with commas between them, with or without the brackets that Python prints around a list. */
    private static List<Double> numbers(String file, String key, String text) {
        List<Double> numbers = new ArrayList<>();
        String list = text.strip();
        boolean bracketed = list.startsWith("[") && list.endsWith("]") || list.startsWith("(") && list.endsWith(")");
        try {
            for (String part : (bracketed ? list.substring(1, list.length() - 1) : list).split(",")) {
                numbers.add(Double.valueOf(part.strip()));
            }
        } catch (NumberFormatException e) {
            throw CannotRead.file(file, "metadata " + key + " is '" + Printable.plain(text)
                    + "', wanted numbers with commas between them; give mean and std as options", e);
        }
        if (numbers.isEmpty() || !numbers.stream().allMatch(Double::isFinite) || key.equals("scale")
                && numbers.get(0) == 0) {
            throw CannotRead.file(file, "metadata " + key + " is '" + Printable.plain(text)
                    + "', wanted finite numbers other than 0; give mean and std as options");
        }
        return numbers;
    }
}
