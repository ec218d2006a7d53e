package dev.sectional.images.figure;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The letters of figures as pen strokes on a small grid: ASCII, Latin-1, and further Latin letters that Unicode
 * composes of a letter and an accent known here. A grid unit is an eighth of the height of capitals; x counts from the
 * left edge, y from the deepest descender upward: baseline 3, small letters up to 8, capitals up to 11.
 */
final class Strokes {
    /** Height of the baseline. */
    static final int BASELINE = 3;
    /** Height of the highest accent. */
    static final int TOP = 15;
    private static final int ACCENT_LIFT = 3;
    private static final int ACCENT_CENTRE = 2;
    private static final double SMALL = 0.55;

    /**
     * Lines of a character, its width, and its strokes separated by bars. A stroke lists points of two hexadecimal
     * digits, x and y; a tilde before it draws a smooth curve through them, closed if the last point is the first. A
     * stroke of one repeated point is a dot.
     */
    private static final String TABLE = """
            A 6 03 3b 63|16 56
            B 5 03 0b 2b|~2b 4b 59 47 27|07 27|~27 47 55 43 23|03 23
            C 6 ~6a 4b 2b 1a 08 06 14 23 43 64
            D 6 03 0b 2b|~2b 4b 69 65 43 23|03 23
            E 5 5b 0b 03 53|07 47
            F 5 5b 0b 03|07 47
            G 6 ~6a 4b 2b 1a 08 06 14 23 43 65|65 67 37
            H 6 03 0b|63 6b|07 67
            I 0 03 0b
            J 4 4b 45|~45 34 23 13 04
            K 5 0b 03|5b 06|17 53
            L 5 0b 03 53
            M 7 03 0b 35 45 7b 73
            N 6 03 0b 63 6b
            O 6 ~3b 5a 68 66 54 33 14 06 08 1a 3b
            P 5 03 0b 2b|~2b 4b 59 47 27|27 07
            Q 6 ~3b 5a 68 66 54 33 14 06 08 1a 3b|45 62
            R 5 03 0b 2b|~2b 4b 59 47 27|27 07|27 53
            S 5 ~5a 3b 2b 09 17 47 55 33 23 04
            T 6 0b 6b|3b 33
            U 6 0b 06|~06 14 33 54 66|66 6b
            V 6 0b 33 6b
            W 8 0b 23 4b 63 8b
            X 6 03 6b|0b 63
            Y 6 0b 37 6b|37 33
            Z 6 0b 6b 03 63
            a 4 48 43|~47 38 18 06 05 13 33 44
            b 4 0b 03|~07 18 38 46 45 33 13 04
            c 4 ~47 38 18 06 05 13 33 44
            d 4 4b 43|~47 38 18 06 05 13 33 44
            e 4 06 46|~46 38 18 06 05 13 33 44
            f 3 ~3b 2b 19|19 13|08 38
            g 4 48 42|~42 30 10 01|~47 38 18 06 05 13 33 44
            h 4 0b 03|~06 18 38 46|46 43
            i 0 03 08|0a 0a
            j 1 18 12|~12 10 00|1a 1a
            k 4 0b 03|48 05|16 43
            l 1 0b 04|~04 03 13
            m 6 08 03|~06 18 28 36|36 33|~36 48 58 66|66 63
            n 4 08 03|~06 18 38 46|46 43
            o 4 ~28 47 44 23 04 07 28
            p 4 08 00|~07 18 38 46 45 33 13 04
            q 4 48 40|~47 38 18 06 05 13 33 44
            r 3 08 03|~06 18 38
            s 4 ~47 28 18 07 16 36 44 33 13 04
            t 3 1a 14|~14 23 33|08 38
            u 4 08 05|~05 13 33 45|48 43
            v 4 08 23 48
            w 6 08 13 38 53 68
            x 4 03 48|08 43
            y 4 08 23|48 10
            z 4 08 48 03 43
            0 4 ~2b 49 45 23 05 09 2b
            1 4 0a 2b 23|03 43
            2 4 ~09 1b 3b 49 37 03|03 43
            3 4 ~0a 1b 3b 49 37 17|~17 37 45 33 13 04
            4 4 33 3b 05 45
            5 4 4b 0b 07|~07 28 38 46 45 33 13 04
            6 4 ~4a 2b 07 05 13 33 45 46 37 17 06
            7 4 0b 4b 13
            8 4 ~2b 49 27 09 2b|~27 45 23 05 27
            9 4 ~04 23 47 49 3b 1b 09 08 17 37 48
            ! 0 0b 06|03 03
            " 2 0b 09|2b 29
            # 6 13 2b|43 5b|06 66|08 68
            $ 5 ~5a 3b 2b 09 17 47 55 33 23 04|2c 22
            % 7 03 7b|~1b 2a 19 0a 1b|~65 74 63 54 65
            & 6 63 19|~19 1b 3b 39 27|~27 06 04 13 33 54 66
            ' 0 0b 09
            ( 2 ~2c 0a 04 22
            ) 2 ~0c 2a 24 02
            * 4 2b 27|0a 48|4a 08
            + 4 06 46|28 24
            , 1 13 13|13 01
            - 3 06 36
            . 0 03 03
            / 4 02 4b
            : 0 03 03|07 07
            ; 1 17 17|13 13|13 01
            < 4 48 06 44
            = 4 05 45|07 47
            > 4 08 46 04
            ? 4 ~0a 1b 3b 49 37 26|26 25|23 23
            @ 7 ~63 43 14 06 08 1a 4b 7a 77 65 56|~58 48 37 36 45 56|58 56
            [ 2 2c 0c 02 22
            \\ 4 0b 42
            ] 2 0c 2c 22 02
            ^ 4 08 2b 48
            _ 5 02 52
            ` 1 0c 1a
            { 2 ~2c 1b 18 07 16 13 22
            | 0 0c 02
            } 2 ~0c 1b 18 27 16 13 02
            ~ 4 ~06 17 36 47
            \u00a1 0 08 08|05 00
            \u00a2 4 ~47 38 18 06 05 13 33 44|29 22
            \u00a3 5 ~5a 4b 3b 2a 28 24 13 03|03 53|07 37
            \u00a4 4 ~28 46 24 06 28|09 18|49 38|03 14|43 34
            \u00a5 6 0b 37 6b|37 33|17 57|15 55
            \u00a6 0 0c 08|06 02
            \u00a7 4 ~4b 2c 0b 19 37 45 34|~37 18 06 15 34 42 21 02
            \u00a8 2 0b 0b|2b 2b
            \u00a9 6 ~3b 5a 67 54 33 14 07 1a 3b|~48 28 27 26 46
            \u00ab 5 28 06 24|58 36 54
            \u00ac 4 07 47 45
            \u00ad 3 06 36
            \u00ae 6 ~3b 5a 67 54 33 14 07 1a 3b|25 29|~29 49 47 27|37 45
            \u00af 4 0c 4c
            \u00b0 2 ~1b 2a 19 0a 1b
            \u00b1 4 07 47|29 25|03 43
            \u00b4 1 0a 1c
            \u00b5 4 08 00|~05 13 33 45|48 43
            \u00b6 5 33 3b|53 5b 2b|~2b 0a 08 27|27 37
            \u00b7 0 07 07
            \u00b8 2 ~13 12 21 10 00
            \u00bb 5 08 26 04|38 56 34
            \u00bf 4 28 28|26 25|~25 04 02 10 30 41
            \u00c6 8 03 4b 8b|4b 43 83|47 77|16 46
            \u00d0 6 03 0b 2b|~2b 4b 69 65 43 23|03 23|07 37
            \u00d7 4 08 44|04 48
            \u00d8 6 ~3b 5a 68 66 54 33 14 06 08 1a 3b|02 6c
            \u00de 5 03 0b|09 29|~29 49 57 45 25|25 05
            \u00df 4 03 09|~09 1b 2b 3a 39 27|~27 46 45 33 23
            \u00e6 7 ~07 18 28 37 36|37 34|~36 16 05 13 23 35|36 76|~76 68 48 37|~36 35 43 63 74
            \u00f0 4 ~27 46 44 23 04 06 27|~1b 39 46|09 3b
            \u00f7 4 06 46|29 29|23 23
            \u00f8 4 ~28 47 44 23 04 07 28|02 49
            \u00fe 4 0b 00|~07 18 38 46 45 33 13 04
            """;

    /** Accents by their combining character, centred at x = 2 above a small letter; the cedilla hangs below. */
    private static final Map<Character, String> ACCENTS = Map.of('\u0300', "1b 29", '\u0301', "29 3b",
            '\u0302', "19 2b 39", '\u0303', "~09 1b 39 4b", '\u0304', "0a 4a", '\u0308', "1a 1a|3a 3a",
            '\u030a', "~2c 3b 2a 1b 2c", '\u030c', "1b 29 3b", '\u0327', "~23 22 31 20 10");
    private static final char CEDILLA = '\u0327';
    private static final Map<Integer, Glyph> GLYPHS = new HashMap<>();

    static {
        TABLE.lines().forEach(line -> {
            String[] parts = line.split(" ", 3);
            GLYPHS.put(parts[0].codePointAt(0), new Glyph(Integer.parseInt(parts[1]), lines(parts[2])));
        });
        GLYPHS.put((int) ' ', new Glyph(2, List.of()));
        GLYPHS.put(0xA0, new Glyph(2, List.of()));
        addSmall();
        for (int c = 0xC0; c <= 0x17F; c++) {
            Glyph composed = GLYPHS.containsKey(c) ? null : composed(c);
            if (composed != null) {
                GLYPHS.put(c, composed);
            }
        }
    }

    private Strokes() {
    }

    /**
     * A character.
     *
     * @param width in grid units, without the gap to the next character
     * @param lines each a polyline of {@code x, y, x, y, ...}
     */
    record Glyph(double width, List<double[]> lines) {
        private Glyph moved(double scale, double dx, double dy) {
            List<double[]> moved = new ArrayList<>();
            for (double[] line : lines) {
                double[] other = new double[line.length];
                for (int i = 0; i < line.length; i += 2) {
                    other[i] = line[i] * scale + dx;
                    other[i + 1] = (line[i + 1] - BASELINE) * scale + BASELINE + dy;
                }
                moved.add(other);
            }
            return new Glyph(width * scale, moved);
        }

        private Glyph with(Glyph other) {
            List<double[]> all = new ArrayList<>(lines);
            all.addAll(other.lines);
            return new Glyph(width, all);
        }
    }

    /** Returns a character, or null if this table has none. */
    static Glyph of(int codePoint) {
        return GLYPHS.get(codePoint);
    }

    /** Adds what Latin-1 composes of small digits and letters. */
    private static void addSmall() {
        double lift = 8 * (1 - SMALL);
        for (String superscript : List.of("\u00b91", "\u00b22", "\u00b33", "\u00aaa", "\u00bao")) {
            GLYPHS.put((int) superscript.charAt(0), GLYPHS.get((int) superscript.charAt(1)).moved(SMALL, 0, lift));
        }
        for (String fraction : List.of("\u00bc14", "\u00bd12", "\u00be34")) {
            Glyph above = GLYPHS.get((int) fraction.charAt(1)).moved(SMALL, 0, lift);
            Glyph below = GLYPHS.get((int) fraction.charAt(2)).moved(SMALL, 5, 0);
            Glyph bar = new Glyph(0, lines("13 6b"));
            GLYPHS.put((int) fraction.charAt(0), new Glyph(7.2, above.with(bar).with(below).lines));
        }
    }

    /** Returns a letter with an accent, or null if Unicode does not compose it of what is known here. */
    private static Glyph composed(int codePoint) {
        String parts = Normalizer.normalize(Character.toString(codePoint), Normalizer.Form.NFD);
        if (parts.length() != 2 || !ACCENTS.containsKey(parts.charAt(1)) || of(parts.charAt(0)) == null) {
            return null;
        }
        char letter = parts.charAt(0);
        Glyph base = of(letter);
        boolean below = parts.charAt(1) == CEDILLA;
        if (!below && (letter == 'i' || letter == 'j')) {
            // The accent takes the dot's place.
            base = new Glyph(base.width, base.lines.subList(0, base.lines.size() - 1));
        }
        int lift = !below && (Character.isUpperCase(letter) || "bdfhklt".indexOf(letter) >= 0) ? ACCENT_LIFT : 0;
        Glyph accent = new Glyph(0, lines(ACCENTS.get(parts.charAt(1))));
        return base.with(accent.moved(1, base.width / 2 - ACCENT_CENTRE, lift));
    }

    private static List<double[]> lines(String strokes) {
        List<double[]> lines = new ArrayList<>();
        for (String stroke : strokes.split("\\|")) {
            boolean smooth = stroke.startsWith("~");
            String[] points = (smooth ? stroke.substring(1) : stroke).split(" ");
            double[] line = new double[2 * points.length];
            for (int i = 0; i < points.length; i++) {
                line[2 * i] = Character.digit(points[i].charAt(0), 16);
                line[2 * i + 1] = Character.digit(points[i].charAt(1), 16);
            }
            lines.add(smooth ? Curve.through(line) : line);
        }
        return lines;
    }
}
