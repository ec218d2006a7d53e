package dev.sectional.images.figure;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The words and the colour bar that figures share. */
final class Parts {
    static final int INK = 0x202020;
    static final int FAINT = 0x5A5A5A;
    static final int MARGIN = 14;
    static final int GAP = 10;
    static final Lettering TITLE = new Lettering(10, true);
    static final Lettering TEXT = new Lettering(9, false);
    private static final int BAR_HEIGHT = 11;
    private static final int TICK = 3;

    private Parts() {
    }

    /** Returns the height of a colour bar with its values. */
    static int barHeight() {
        return BAR_HEIGHT + TICK + TEXT.height();
    }

    /** Draws a colour bar with the values at its ends and at 0. */
    static void bar(Canvas canvas, int x, int y, int width, MethodMaps maps, Look look) {
        boolean signed = maps.first().signed();
        for (int i = 0; i < width; i++) {
            float at = (float) i / (width - 1);
            for (int row = 0; row < BAR_HEIGHT; row++) {
                canvas.set(x + i, y + row, look.onWhite(signed ? 2 * at - 1 : at, signed));
            }
        }
        canvas.frame(x, y, width, BAR_HEIGHT, 0x909090);
        if (signed) {
            tick(canvas, x, y, width, 0, (maps.scale() == 0 ? "" : "-") + number(maps.scale()));
            tick(canvas, x, y, width, 0.5, "0");
        } else {
            tick(canvas, x, y, width, 0, "0");
        }
        tick(canvas, x, y, width, 1, number(maps.scale()));
    }

    /** Draws one value under a bar: to the right of its start, centred, or to the left of its end. */
    private static void tick(Canvas canvas, int x, int y, int width, double at, String text) {
        int centre = x + (int) Math.round(at * (width - 1));
        for (int i = 0; i < TICK; i++) {
            canvas.set(centre, y + BAR_HEIGHT + i, 0x909090);
        }
        int wide = TEXT.width(text);
        TEXT.draw(canvas, (int) Math.round(centre - at * wide), y + BAR_HEIGHT + TICK, text, INK);
    }

    /** Returns a number of three digits. */
    static String number(double value) {
        if (value == 0) {
            return "0";
        }
        boolean plain = value >= 0.001 && value < 10_000;
        return String.format(Locale.ROOT, plain ? value < 1 ? "%.4f" : value < 100 ? "%.2f" : "%.0f" : "%.2e", value);
    }

    /** Returns the probability and the logit of a class in words. */
    static String values(MethodMaps.TargetMap target) {
        return String.format(Locale.ROOT, "probability %.3f, logit %.2f", target.probability(), target.logit());
    }

    /** Returns the class with its values; the class is cut if it is too long, never the numbers. */
    static String title(MethodMaps.TargetMap target, int width) {
        String values = ": " + values(target);
        return TITLE.fitted(target.label(), width - TITLE.width(values)) + values;
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
        String text = String.join("; ", sentences) + ".";
        return Character.toUpperCase(text.charAt(0)) + text.substring(1);
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
