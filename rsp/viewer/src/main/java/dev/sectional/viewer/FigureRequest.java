package dev.sectional.viewer;

import dev.sectional.attribution.Attribution;
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
import dev.sectional.viewer.internal.Jobs;
import dev.sectional.viewer.internal.Refusal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A figure that the page asks for: the panel of one method or the contact sheet of several, with the pixels that
 * {@code sectional explain} draws.
 *
 * @param methods names and settings
 * @param percentile of the absolute values of each method's maps that is drawn at full strength
 * @param scale relevance that is drawn at full strength in place of the percentile; NaN for none
 */
record FigureRequest(StoredImage image, List<String> methods, List<Integer> classes, double percentile, double scale,
                     Look look) {
    private static final double USUAL_PERCENTILE = 99.5;
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
        double opacity = json.containsKey("opacity") ? number(json, "opacity") : Look.USUAL_OPACITY;
        double scale = json.containsKey("scale") ? number(json, "scale") : Double.NaN;
        if (!(opacity >= 0 && opacity <= 1) || scale <= 0 || Double.isInfinite(scale)) {
            throw new Refusal(WRONG, "wanted an opacity from 0 to 1 and a scale above 0");
        }
        if (!(percentile > 0 && percentile <= 100) || !(gamma >= Look.LEAST_GAMMA && gamma <= Look.GREATEST_GAMMA)) {
            throw new Refusal(WRONG, "wanted a percentile up to 100 and a gamma from 0.05 to 20");
        }
        if (!(json.get("methods") instanceof List<?> list) || list.isEmpty() || list.size() > MOST_METHODS) {
            throw new Refusal(WRONG, "give 1 to " + MOST_METHODS + " methods");
        }
        return new FigureRequest(image, list.stream().map(String::valueOf).toList(), classes, percentile,
                scale, new Look(ColourMap.named(Call.text(json, "colours")), gamma,
                json.containsKey("sign") ? Look.Sign.named(Call.text(json, "sign")) : Look.Sign.BOTH, opacity));
    }

    private static double number(Map<String, Object> json, String name) {
        if (json.get(name) instanceof Number number) {
            return number.doubleValue();
        }
        throw new Refusal(WRONG, "the number '" + name + "' is missing");
    }

    /** Returns the figure as PNG. */
    byte[] draw(Studio studio, Jobs.Ticket ticket) {
        List<MethodMaps> all = new ArrayList<>();
        for (String method : methods) {
            all.add(maps(Methods.choose(method), studio.explain(image, method, classes, ticket)));
        }
        InputImage decoded = studio.decoded(image);
        Subject subject = Subject.of(decoded, decoded.file().getFileName().toString(), image.fitted(),
                studio.model().network().card());
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
        boolean given = !Double.isNaN(scale);
        return MethodMaps.of(choice.text(), results, maps, given ? scale : RelevanceMap.percentile(maps, percentile),
                given ? "as --scale sets it" : RelevanceMap.percentileInWords(percentile) + " of this image");
    }

    /**
     * Returns the command line that writes this figure, for a shell.
     *
     * @param model the options that open the network
     */
    String command(List<String> model) {
        List<String> words = new ArrayList<>(List.of("sectional", "explain", image.name()));
        words.addAll(model);
        methods.forEach(method -> words.addAll(List.of("--method", method)));
        classes.forEach(index -> words.addAll(List.of("--target", String.valueOf(index))));
        if (!Double.isNaN(scale)) {
            words.addAll(List.of("--scale", String.valueOf(scale)));
        } else if (percentile != USUAL_PERCENTILE) {
            words.addAll(List.of("--percentile", plain(percentile)));
        }
        if (look.gamma() != 1) {
            words.addAll(List.of("--overlay-gamma", plain(look.gamma())));
        }
        if (look.opacity() != Look.USUAL_OPACITY) {
            words.addAll(List.of("--overlay-opacity", plain(look.opacity())));
        }
        if (look.sign() != Look.Sign.BOTH) {
            words.addAll(List.of("--sign", look.sign().label()));
        }
        if (look.colours() != ColourMap.BLUE_RED) {
            words.addAll(List.of("--colours", look.colours().label()));
        }
        return words.stream().map(FigureRequest::quoted).collect(Collectors.joining(" "));
    }

    private static String plain(double number) {
        return number == Math.rint(number) ? String.valueOf((long) number) : String.valueOf(number);
    }

    /** Returns a word as a shell reads it; a file name that begins with a hyphen gets its folder. */
    private static String quoted(String word) {
        return word.matches("[\\w@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
