package dev.sectional.images.figure;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The words and the colour bar that figures share. */
final class Parts {
    static final int INK = 0x202020;
    static final int FAINT = 0x5A5A5A;
    /** Pixels in a row of the widest figure whose letters have their usual size. Larger figures are shown smaller. */
    private static final double USUAL_WIDTH = 1200;
    private static final int MARGIN = 14;
    private static final int GAP = 10;
    private static final int TITLE_CAPITALS = 10;
    private static final int TEXT_CAPITALS = 9;
    private static final int BELOW_TITLE = 3;
    private static final int BAR_HEIGHT = 11;
    private static final int TICK = 3;

    private final double scale;
    private final Lettering title;
    private final Lettering text;

    private Parts(double scale) {
        this.scale = scale;
        title = Lettering.of(scaled(TITLE_CAPITALS), true);
        text = Lettering.of(scaled(TEXT_CAPITALS), false);
    }

    /** Returns the parts of a figure whose images take so many pixels of a row: larger ones have larger letters. */
    static Parts forWidth(int pixels) {
        return new Parts(Math.max(1, pixels / USUAL_WIDTH));
    }

    /** Returns a length that grows with the letters. */
    int scaled(int pixels) {
        return (int) Math.round(scale * pixels);
    }

    int margin() {
        return scaled(MARGIN);
    }

    int gap() {
        return scaled(GAP);
    }

    Lettering title() {
        return title;
    }

    Lettering text() {
        return text;
    }

    /** Returns the height of a title with the space between its descenders and an image below. */
    int titleHeight() {
        return title.height() + scaled(BELOW_TITLE);
    }

    /** Returns the height of a colour bar with its values. */
    int barHeight() {
        return scaled(BAR_HEIGHT) + scaled(TICK) + text.height();
    }

    /** Draws a colour bar with the values at its ends and at 0. */
    void bar(Canvas canvas, int x, int y, int width, MethodMaps maps, Look look) {
        boolean signed = maps.first().signed();
        int height = scaled(BAR_HEIGHT);
        for (int i = 0; i < width; i++) {
            float at = (float) i / (width - 1);
            for (int row = 0; row < height; row++) {
                canvas.set(x + i, y + row, look.onWhite(signed ? 2 * at - 1 : at, signed));
            }
        }
        canvas.frame(x, y, width, height, 0x909090);
        if (signed) {
            tick(canvas, x, y, width, 0, (maps.scale() == 0 ? "" : "-") + number(maps.scale()));
            tick(canvas, x, y, width, 0.5, "0");
        } else {
            tick(canvas, x, y, width, 0, "0");
        }
        tick(canvas, x, y, width, 1, number(maps.scale()));
    }

    /** Draws one value under a bar: to the right of its start, centred, or to the left of its end. */
    private void tick(Canvas canvas, int x, int y, int width, double at, String value) {
        int centre = x + (int) Math.round(at * (width - 1));
        int below = y + scaled(BAR_HEIGHT);
        for (int i = 0; i < scaled(TICK); i++) {
            canvas.set(centre, below + i, 0x909090);
        }
        int wide = text.width(value);
        text.draw(canvas, (int) Math.round(centre - at * wide), below + scaled(TICK), value, INK);
    }

    /** Returns a number of at least two digits. */
    static String number(double value) {
        double size = Math.abs(value);
        boolean plain = size >= 0.001 && size < 10_000;
        return value == 0 ? "0" : String.format(Locale.ROOT,
                plain ? size < 0.99995 ? "%.4f" : size < 100 ? "%.2f" : "%.0f" : "%.2e", value);
    }

    /** Returns the probability and the logit of a class in words. */
    static String values(MethodMaps.TargetMap target) {
        return String.format(Locale.ROOT, "probability %.3f, logit %.2f", target.probability(), target.logit());
    }

    /** Returns the class with its values; the class is cut if it is too long, never the numbers. */
    String title(MethodMaps.TargetMap target, int width) {
        String values = ": " + values(target);
        return title.fitted(target.label(), width - title.width(values)) + values;
    }

    /** Returns the sentences that say what the colours mean. */
    static String meaning(List<MethodMaps> methods, Look look) {
        List<String> sentences = new ArrayList<>();
        if (methods.stream().anyMatch(maps -> maps.first().signed())) {
            sentences.add(switch (look.sign()) {
                case BOTH -> look.colours().positiveName() + " speaks for the class, "
                        + look.colours().negativeName() + " against it";
                case FOR -> look.colours().positiveName() + " speaks for the class; relevance against it is not drawn";
                case AGAINST -> look.colours().negativeName()
                        + " speaks against the class; relevance for it is not drawn";
            });
        }
        if (methods.stream().anyMatch(maps -> !maps.first().signed())) {
            sentences.add("yellow to brown: greatest absolute gradient over the channels, without a sign");
        }
        boolean coarse = methods.stream().anyMatch(maps -> maps.first().coarse());
        boolean exact = methods.stream().anyMatch(maps -> !maps.first().coarse());
        RelevanceMap first = methods.get(0).first();
        if (exact) {
            sentences.add("exact values of the network's input of " + first.width() + "x" + first.height());
        }
        if (coarse) {
            sentences.add((exact ? "coarse maps are " : "") + "interpolated bilinearly");
        }
        return sentence(String.join("; ", sentences)).strip();
    }

    /** Returns a text as a sentence after another one; nothing if there is no text. */
    static String sentence(String text) {
        return text.isEmpty() ? "" : " " + Character.toUpperCase(text.charAt(0)) + text.substring(1) + ".";
    }

    /** Returns a text as lines that fit into a width, broken at spaces where possible. */
    static List<String> lines(Lettering lettering, String text, int width) {
        List<String> lines = new ArrayList<>();
        String line = "";
        for (String word : text.split(" ")) {
            String longer = line.isEmpty() ? word : line + " " + word;
            if (!line.isEmpty() && lettering.width(longer) > width) {
                lines.add(line);
                longer = word;
            }
            line = longer;
        }
        lines.add(line);
        return lines.stream().map(each -> lettering.fitted(each, width)).toList();
    }

    /** Draws lines below each other and returns the lower edge. */
    static int draw(Canvas canvas, int x, int y, List<String> lines, Lettering lettering, int colour) {
        int at = y;
        for (String line : lines) {
            lettering.draw(canvas, x, at, line, colour);
            at += lettering.height();
        }
        return at;
    }
}
