package dev.sectional.cli.internal.output;

import dev.sectional.attribution.Attribution;
import java.util.List;

/** Builds file names from images and targets. */
public final class ResultNames {
    private ResultNames() {
    }

    /** Returns the target as part of a file name: its label, followed by its index if several labels are alike. */
    public static String of(Attribution attribution, List<String> labels) {
        String name = plain(attribution.label());
        if (name.isEmpty()) {
            return String.valueOf(attribution.target());
        }
        long alike = labels.stream().filter(label -> plain(label).equalsIgnoreCase(name)).count();
        return alike > 1 ? name + "-" + attribution.target() : name;
    }

    /** Returns a method as part of a file name: its name and the settings that the user gave. */
    public static String ofMethod(String method) {
        return plain(method);
    }

    /** Replaces {@code {image}}, {@code {target}} and {@code {method}} in a pattern. */
    public static String fill(String pattern, String image, String target, String method) {
        return pattern.replace("{image}", image).replace("{target}", target).replace("{method}", method);
    }

    private static String plain(String label) {
        return label.strip().replaceAll("[\\s/\\\\:*?\"<>|,]+", "-").replaceAll("\\p{Cntrl}|^[.-]+|[.-]+$", "");
    }
}
