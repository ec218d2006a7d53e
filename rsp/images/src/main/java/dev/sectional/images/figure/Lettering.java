package dev.sectional.images.figure;

import java.util.HashMap;
import java.util.Map;

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

    /** Returns the height of a line of text. */
    int height() {
        return (int) Math.ceil(Strokes.TOP * unit) + 2;
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
        int margin = (int) Math.ceil(radius) + 1;
        int width = (int) Math.ceil(glyph.width() * unit) + 2 * margin;
        int height = height();
        byte[] cover = new byte[width * height];
        // Upright stems and the baseline lie on the centres of pixels, which keeps them sharp.
        double baseline = Math.floor((Strokes.TOP - Strokes.BASELINE) * unit) + 1.5;
        for (double[] line : glyph.lines()) {
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    double gridX = (x + 0.5 - margin - 0.5) / unit;
                    double gridY = (baseline - (y + 0.5)) / unit + Strokes.BASELINE;
                    boolean dot = line.length == 4 && line[0] == line[2] && line[1] == line[3];
                    double reach = dot ? 1.35 * radius : radius;
                    double covered = reach + 0.5 - distance(line, gridX, gridY) * unit;
                    int value = (int) Math.round(255 * Math.max(0, Math.min(1, covered)));
                    cover[y * width + x] = (byte) Math.max(cover[y * width + x] & 0xFF, value);
                }
            }
        }
        return new Mask(width, height, Math.max(1, (int) Math.round((glyph.width() + GAP) * unit)), cover);
    }

    /** Returns the distance of a point from a polyline, in grid units. */
    private static double distance(double[] line, double x, double y) {
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i + 3 < line.length; i += 2) {
            double dx = line[i + 2] - line[i];
            double dy = line[i + 3] - line[i + 1];
            double length = dx * dx + dy * dy;
            double t = length == 0 ? 0 : ((x - line[i]) * dx + (y - line[i + 1]) * dy) / length;
            t = Math.max(0, Math.min(1, t));
            double ex = x - line[i] - t * dx;
            double ey = y - line[i + 1] - t * dy;
            least = Math.min(least, ex * ex + ey * ey);
        }
        return Math.sqrt(least);
    }
}
