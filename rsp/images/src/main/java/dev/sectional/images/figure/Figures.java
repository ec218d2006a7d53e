package dev.sectional.images.figure;

import java.util.List;

/**
 * Draws explanations as images with text: title, class, method, colour bar. The same input gives the same pixels on
 * every machine. {@link dev.sectional.attribution.image.PngWriter} writes the result to a file.
 */
public final class Figures {
    /** Longer side of a heatmap or overlay of its own, unless the photo is smaller. */
    private static final int LARGEST = 1024;
    private static final int SMALLEST = 224;

    private Figures() {
    }

    /**
     * {@return the panel of one method: the photo, and a row with heatmap and overlay for each class}
     *
     * @param subject the image and what the network says of it
     * @param maps of one method
     * @param look how relevance is drawn
     */
    public static Canvas panel(Subject subject, MethodMaps maps, Look look) {
        return Panel.draw(subject, maps, look);
    }

    /**
     * {@return the contact sheet of several methods: methods down, classes across}
     *
     * @param subject the image and what the network says of it
     * @param methods at least one, all with the same classes in the same order
     * @param look how relevance is drawn
     * @throws IllegalArgumentException if that is not so
     */
    public static Canvas sheet(Subject subject, List<MethodMaps> methods, Look look) {
        if (methods.isEmpty()) {
            throw new IllegalArgumentException("wanted at least one method");
        }
        int targets = methods.get(0).targets().size();
        if (methods.stream().anyMatch(maps -> maps.targets().size() != targets)) {
            throw new IllegalArgumentException("wanted the same classes for each method");
        }
        return Sheet.draw(subject, methods, look);
    }

    /**
     * {@return a heatmap alone, of the photo's size and aspect ratio, at most 1,024 pixels on the longer side}
     *
     * @param subject the image and what the network says of it
     * @param map to be drawn
     * @param scale the relevance that is drawn at full strength
     * @param look how relevance is drawn
     */
    public static Canvas heatmap(Subject subject, RelevanceMap map, double scale, Look look) {
        Tile tile = alone(subject);
        Canvas canvas = new Canvas(tile.width(), tile.height());
        canvas.image(0, 0, tile.width(), tile.heatmap(map, scale, look));
        return canvas;
    }

    /**
     * {@return an overlay alone, of the size of {@link #heatmap}}
     *
     * @param subject the image and what the network says of it
     * @param map to be drawn
     * @param scale the relevance that is drawn at full strength
     * @param look how relevance is drawn
     */
    public static Canvas overlay(Subject subject, RelevanceMap map, double scale, Look look) {
        Tile tile = alone(subject);
        Canvas canvas = new Canvas(tile.width(), tile.height());
        canvas.image(0, 0, tile.width(), tile.overlay(map, scale, look));
        return canvas;
    }

    private static Tile alone(Subject subject) {
        int side = Math.max(subject.photo().width(), subject.photo().height());
        return Tile.of(subject, Math.max(SMALLEST, Math.min(LARGEST, side)));
    }
}
