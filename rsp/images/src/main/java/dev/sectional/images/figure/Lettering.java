package dev.sectional.images.figure;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Text as pixels, with letters of its own: a host without fonts draws the same pixels, on every JDK. Characters beyond
 * those of {@link Strokes} and control characters appear as escapes, such as {@code \\u4e2d}. Safe for use by several
 * threads.
 */
final class Lettering {
    /** Units of the grid in the height of capitals. */
    private static final double UNITS = 8;
    private static final double GAP = 2.3;
    private static final String DOTS = "...";

    private static final Map<Integer, Lettering> BY_SIZE = new ConcurrentHashMap<>();

    private final double unit;
    private final double radius;
    private final Map<Integer, Mask> masks = new HashMap<>();

    /** The pixels of a character: how much of each one the pen covers, 0 to 255, row by row. */
    private record Mask(int width, int height, int advance, byte[] cover) {
    }

    /**
     * @param capitals height of capital letters in pixels, at least 5
     * @param bold draws with a broader pen
     */
    Lettering(int capitals, boolean bold) {
        this.unit = capitals / UNITS;
        this.radius = Math.max(0.55, capitals * (bold ? 0.095 : 0.06));
    }

    /** Returns letters of a size, which keep the characters that they have drawn. */
    static Lettering of(int capitals, boolean bold) {
        return BY_SIZE.computeIfAbsent(bold ? capitals : -capitals, key -> new Lettering(capitals, bold));
    }

    /** Returns the height of a line of text, from the highest accent to the deepest descender. */
    int height() {
        return (int) Math.ceil(baseline() + Strokes.BASELINE * unit + radius + 0.5);
    }

    /** Returns the width of a text in pixels. */
    int width(String text) {
        return shown(text).codePoints().map(c -> mask(c).advance).sum();
    }

    /** Returns the text, or as much of its beginning as fits into a width, followed by dots. */
    String fitted(String text, int width) {
        if (width(text) <= width) {
            return text;
        }
        int end = text.length();
        while (end > 0 && width(text.substring(0, end) + DOTS) > width) {
            end = text.offsetByCodePoints(end, -1);
        }
        return text.substring(0, end).stripTrailing() + DOTS;
    }

    /**
     * Draws a text.
     *
     * @param x left edge
     * @param y top of the line
     * @return the right edge
     */
    int draw(Canvas canvas, int x, int y, String text, int colour) {
        int at = x;
        for (int c : shown(text).codePoints().toArray()) {
            Mask mask = mask(c);
            for (int i = 0; i < mask.cover.length; i++) {
                int cover = mask.cover[i] & 0xFF;
                if (cover > 0) {
                    canvas.blend(at + i % mask.width, y + i / mask.width, colour, cover / 255f);
                }
            }
            at += mask.advance;
        }
        return at;
    }

    /** Returns a text with escapes for the characters that cannot be drawn. */
    static String shown(String text) {
        StringBuilder shown = new StringBuilder();
        text.codePoints().forEach(c -> {
            if (Strokes.of(c) != null) {
                shown.appendCodePoint(c);
            } else {
                shown.append(String.format(c > 0xFFFF ? "\\u{%x}" : "\\u%04x", c));
            }
        });
        return shown.toString();
    }

    private Mask mask(int codePoint) {
        synchronized (masks) {
            return masks.computeIfAbsent(codePoint, this::rasterised);
        }
    }

    private Mask rasterised(int codePoint) {
        Strokes.Glyph glyph = Strokes.of(codePoint);
        int width = (int) Math.ceil(glyph.width() * unit) + 2 * margin();
        Mask mask = new Mask(width, height(), Math.max(1, (int) Math.round((glyph.width() + GAP) * unit)),
                new byte[width * height()]);
        for (double[] line : glyph.lines()) {
            boolean dot = line.length == 4 && line[0] == line[2] && line[1] == line[3];
            for (int i = 0; i + 3 < line.length; i += 2) {
                stroke(mask, line, i, dot ? 1.35 * radius : radius);
            }
        }
        return mask;
    }

    /** Empty pixels on both sides of a character. */
    private int margin() {
        return (int) Math.ceil(radius) + 1;
    }

    /** Row of the baseline: upright stems and the baseline lie on the centres of pixels, which keeps them sharp. */
    private double baseline() {
        return Math.floor((Strokes.TOP - Strokes.BASELINE) * unit) + 1.5;
    }

    /** Draws the segment of a polyline that begins at an element into the pixels that the pen reaches. */
    private void stroke(Mask mask, double[] line, int i, double reach) {
        double row = baseline() + Strokes.BASELINE * unit;
        int left = pixel(Math.min(line[i], line[i + 2]) * unit + margin() - reach - 1, mask.width);
        int right = pixel(Math.max(line[i], line[i + 2]) * unit + margin() + reach + 2, mask.width);
        int top = pixel(row - Math.max(line[i + 1], line[i + 3]) * unit - reach - 1.5, mask.height);
        int bottom = pixel(row - Math.min(line[i + 1], line[i + 3]) * unit + reach + 1.5, mask.height);
        for (int y = top; y < bottom; y++) {
            for (int x = left; x < right; x++) {
                double away = distance(line, i, (x - margin()) / unit, (row - y - 0.5) / unit) * unit;
                int value = (int) Math.round(255 * Math.max(0, Math.min(1, reach + 0.5 - away)));
                int at = y * mask.width + x;
                mask.cover[at] = (byte) Math.max(mask.cover[at] & 0xFF, value);
            }
        }
    }

    private static int pixel(double at, int count) {
        return Math.max(0, Math.min(count, (int) at));
    }

    /** Returns the distance of a point from the segment of a polyline that begins at an element, in grid units. */
    private static double distance(double[] line, int i, double x, double y) {
        double dx = line[i + 2] - line[i];
        double dy = line[i + 3] - line[i + 1];
        double length = dx * dx + dy * dy;
        double t = length == 0 ? 0 : ((x - line[i]) * dx + (y - line[i + 1]) * dy) / length;
        t = Math.max(0, Math.min(1, t));
        double ex = x - line[i] - t * dx;
        double ey = y - line[i + 1] - t * dy;
        return Math.sqrt(ex * ex + ey * ey);
    }
}
