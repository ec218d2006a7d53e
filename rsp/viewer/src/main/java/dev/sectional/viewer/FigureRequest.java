package dev.sectional.viewer;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.PassListener;
import dev.sectional.attribution.image.PngWriter;
import dev.sectional.attribution.method.Methods;
import dev.sectional.images.InputImage;
import dev.sectional.images.figure.Canvas;
import dev.sectional.images.figure.ColourMap;
import dev.sectional.images.figure.Figures;
import dev.sectional.images.figure.Look;
import dev.sectional.images.figure.MethodMaps;
import dev.sectional.images.figure.RelevanceMap;
import dev.sectional.images.figure.Subject;
import dev.sectional.viewer.internal.Call;
import dev.sectional.viewer.internal.Refusal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A figure that the page asks for: the panel of one method or the contact sheet of several, with the pixels that
 * {@code sectional explain} draws.
 *
 * @param methods names and settings
 * @param percentile of the absolute values of each method's maps that is drawn at full strength
 */
record FigureRequest(StoredImage image, List<String> methods, List<Integer> classes, double percentile, Look look) {
    private static final int WRONG = 400;
    private static final int MOST_METHODS = 32;

    /**
     * Reads a request.
     *
     * @throws Refusal with status 400 if a value is missing or out of range
     */
    static FigureRequest of(Map<String, Object> json, StoredImage image, List<Integer> classes) {
        double percentile = number(json, "percentile");
        double gamma = number(json, "gamma");
        if (!(percentile > 0 && percentile <= 100) || !(gamma >= Look.LEAST_GAMMA && gamma <= Look.GREATEST_GAMMA)) {
            throw new Refusal(WRONG, "wanted a percentile up to 100 and a gamma from 0.05 to 20");
        }
        if (!(json.get("methods") instanceof List<?> list) || list.isEmpty() || list.size() > MOST_METHODS) {
            throw new Refusal(WRONG, "give 1 to " + MOST_METHODS + " methods");
        }
        return new FigureRequest(image, list.stream().map(String::valueOf).toList(), classes, percentile,
                new Look(ColourMap.named(Call.text(json, "colours")), gamma));
    }

    private static double number(Map<String, Object> json, String name) {
        if (json.get(name) instanceof Number number) {
            return number.doubleValue();
        }
        throw new Refusal(WRONG, "the number '" + name + "' is missing");
    }

    /** Returns the figure as PNG. */
    byte[] draw(Studio studio, PassListener listener) {
        List<MethodMaps> all = new ArrayList<>();
        for (String method : methods) {
            all.add(maps(Methods.choose(method), studio.explain(image, method, classes, listener)));
        }
        InputImage decoded = studio.decoded(image);
        Subject subject = new Subject(decoded.file().getFileName().toString(), decoded.photo(), decoded.seen(),
                image.fitted());
        Canvas canvas = all.size() == 1 ? Figures.panel(subject, all.get(0), look) : Figures.sheet(subject, all, look);
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        try {
            PngWriter.write(png, canvas.width(), canvas.height(), canvas.pixels());
        } catch (IOException e) {
            throw new UncheckedIOException(e);   // Writing to memory does not fail.
        }
        return png.toByteArray();
    }

    private MethodMaps maps(Methods.Choice choice, List<Attribution> results) {
        List<RelevanceMap> maps = RelevanceMap.of(choice.name(), results);
        return MethodMaps.of(choice.text(), results, maps, RelevanceMap.percentile(maps, percentile),
                RelevanceMap.percentileInWords(percentile) + " of this image");
    }
}
