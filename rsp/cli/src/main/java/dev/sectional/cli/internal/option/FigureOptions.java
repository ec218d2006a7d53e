package dev.sectional.cli.internal.option;

import dev.sectional.attribution.image.Heatmap;
import dev.sectional.core.InputException;
import dev.sectional.images.figure.ColourMap;
import dev.sectional.images.figure.Look;
import dev.sectional.images.figure.RelevanceMap;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import picocli.CommandLine.Option;

/** The options for figures: which are drawn, and how. */
public final class FigureOptions {
    private static final String IMAGE = "image";
    private static final String RUN = "run";
    private static final String USUAL_COLOURS = "blue-red";

    /** The figures of an image. */
    public enum Figure {
        /** None. */
        NONE,
        /** A panel, or a contact sheet for several methods. */
        FIGURE,
        /** A heatmap and an overlay for each class and method. */
        SEPARATE
    }

    @Option(names = "--panel", paramLabel = "none|figure|separate",
            description = "What to draw: figure draws IMAGE.METHOD.png, or for several methods IMAGE.sheet.png with "
                    + "methods down and targets across; separate draws IMAGE.TARGET.METHOD.heatmap.png and "
                    + ".overlay.png; default: figure.")
    private String panel = "figure";

    @Option(names = {"--percentile", "--clip"}, paramLabel = "P",
            description = "Percentile of the absolute relevance that is drawn at full strength; 100 is the greatest; "
                    + "default: " + Heatmap.DEFAULT_PERCENTILE + ".")
    private Double percentile;

    @Option(names = "--scale", paramLabel = "image|run|VALUE",
            description =
                    "Maps that share the percentile: those of one image and method, or those of all images of the "
                    + "run and one method; or the relevance that is drawn at full strength; default: image.")
    private String scale = IMAGE;

    @Option(names = "--colours", paramLabel = "blue-red|purple-orange",
            description = "Colours of signed relevance; purple-orange is safe for the colour-blind; default: blue-red.")
    private String colours;

    @Option(names = "--overlay-gamma", paramLabel = "G",
            description = "Exponent of the overlay's opacity: 1 follows |relevance|, 0.5 shows weak relevance more; "
                    + "default: 1.")
    private Double gamma;

    @Option(names = "--overlay-opacity", paramLabel = "O",
            description = "The overlay's opacity at full strength, 0 to 1; default: " + Look.USUAL_OPACITY + ".")
    private Double opacity;

    @Option(names = "--sign", paramLabel = "both|for|against",
            description = "Which relevance to draw: all, or what speaks for the class or against it; default: both.")
    private String sign;

    /**
     * Checks all values.
     *
     * @throws InputException if one is out of range
     */
    public void check() {
        if (!(percentile() > 0 && percentile() <= 100)) {
            throw new InputException("--percentile " + percentile + ": give a percentile above 0 and up to 100");
        }
        figure();
        look();
        if (fixedScale().isPresent() && percentile != null) {
            throw new InputException("--percentile " + percentile + ": --scale " + scale + " sets the scale itself; "
                    + "leave one of them out");
        }
        if (figure() == Figure.NONE) {
            String reason = "--panel none draws nothing; leave one of them out";
            refuse("--colours", colours, reason);
            refuse("--overlay-gamma", gamma, reason);
            refuse("--overlay-opacity", opacity, reason);
            refuse("--sign", sign, reason);
        }
    }

    /**
     * Refuses options that do nothing in this run.
     *
     * @param json whether JSON lines are printed, which state the scale
     * @param signed whether a method shows relevance for and against
     * @throws InputException if one is given
     */
    public void requireUsed(boolean json, boolean signed) {
        if (figure() == Figure.NONE && !json) {
            String reason = "--panel none draws nothing, and only --json states the scale; leave one of them out";
            refuse("--percentile", percentile, reason);
            refuse("--scale", scale.equals(IMAGE) ? null : scale, reason);
        }
        if (!signed) {
            String reason = "the methods show magnitudes, which have neither sign nor two colours; leave it out";
            refuse("--sign", sign, reason);
            refuse("--colours", colours, reason);
        }
    }

    private static void refuse(String option, Object value, String reason) {
        if (value != null) {
            throw new InputException(option + " " + value + ": " + reason);
        }
    }

    /** Returns what to draw. */
    public Figure figure() {
        return Arrays.stream(Figure.values()).filter(figure -> figure.name().equalsIgnoreCase(panel)).findFirst()
                .orElseThrow(() -> new InputException("--panel " + panel + ": use none, figure or separate"));
    }

    /** Returns colours, sign and opacity. */
    public Look look() {
        ColourMap map;
        try {
            map = ColourMap.named(colours == null ? USUAL_COLOURS : colours);
        } catch (IllegalArgumentException e) {
            throw new InputException("--colours " + e.getMessage(), e);
        }
        double exponent = gamma == null ? 1 : gamma;
        if (!(exponent >= Look.LEAST_GAMMA && exponent <= Look.GREATEST_GAMMA)) {
            throw new InputException("--overlay-gamma " + gamma + ": give a number from 0.05 to 20");
        }
        double most = opacity == null ? Look.USUAL_OPACITY : opacity;
        if (!(most >= 0 && most <= 1)) {
            throw new InputException("--overlay-opacity " + most + ": give a number from 0 to 1");
        }
        try {
            return new Look(map, exponent, sign == null ? Look.Sign.BOTH : Look.Sign.named(sign), most);
        } catch (IllegalArgumentException e) {
            throw new InputException("--sign " + e.getMessage(), e);
        }
    }

    /** Tells whether the maps of all images share a scale, so that none can be drawn before all are explained. */
    public boolean oneScalePerRun() {
        return scale.equals(RUN);
    }

    /** Returns the scale for some maps, which share it. */
    public double scaleOf(List<RelevanceMap> maps) {
        return fixedScale().orElseGet(() -> RelevanceMap.percentile(maps, percentile()));
    }

    /** Returns the origin of the scale in words. */
    public String scaleText() {
        return fixedScale().isPresent() ? "as --scale sets it"
                : RelevanceMap.percentileInWords(percentile()) + (oneScalePerRun() ? " of this run" : " of this image");
    }

    /** Returns {@code image}, {@code run} or {@code value}. */
    public String scaleKind() {
        return fixedScale().isPresent() ? "value" : scale;
    }

    /** Returns the percentile; without effect if the scale is given as a value. */
    public double percentile() {
        return percentile == null ? Heatmap.DEFAULT_PERCENTILE : percentile;
    }

    private OptionalDouble fixedScale() {
        if (scale.equals(IMAGE) || scale.equals(RUN)) {
            return OptionalDouble.empty();
        }
        try {
            double value = Double.parseDouble(scale);
            if (value > 0 && Double.isFinite(value)) {
                return OptionalDouble.of(value);
            }
        } catch (NumberFormatException e) {
            // Reported below.
        }
        throw new InputException("--scale " + scale + ": use image, run, or a relevance above 0");
    }
}
