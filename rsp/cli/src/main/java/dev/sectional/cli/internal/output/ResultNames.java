package dev.sectional.cli.internal.output;

import dev.sectional.attribution.Attribution;
import java.util.List;

/** How results are named after images and targets. */
public final class ResultNames {
    private ResultNames() {
    }

    /**
     * The target as part of a file name: its label, with its index where that label is not the only one of its kind.
     */
    public static String of(Attribution attribution, List<String> labels) {
        String name = plain(attribution.label());
        if (name.isEmpty()) {
            return String.valueOf(attribution.target());
        }
        long alike = labels.stream().filter(label -> plain(label).equalsIgnoreCase(name)).count();
        return alike > 1 ? name + "-" + attribution.target() : name;
    }

    /** Puts the names of the image and the target into a pattern. */
    public static String fill(String pattern, String image, String target) {
        return pattern.replace("{image}", image).replace("{target}", target);
    }

    private static String plain(String label) {
        return label.strip().replaceAll("[\\s/\\\\:*?\"<>|,]+", "-").replaceAll("\\p{Cntrl}|^[.-]+|[.-]+$", "");
    }
}
