package dev.sectional.attribution.internal.text;

import java.util.ArrayList;
import java.util.List;

/** Texts with parts between double quotes, in which separators do not count. */
public final class Quoted {
    private static final char QUOTE = '"';

    private Quoted() {
    }

    /** Returns the parts between separators outside quotes; the quotes stay. */
    public static List<String> split(String text, char separator) {
        List<String> parts = new ArrayList<>();
        boolean quoted = false;
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            quoted ^= text.charAt(i) == QUOTE;
            if (text.charAt(i) == separator && !quoted) {
                parts.add(text.substring(from, i));
                from = i + 1;
            }
        }
        parts.add(text.substring(from));
        return parts;
    }

    /** Returns a part without surrounding blanks and quotes. */
    public static String plain(String part) {
        String text = part.strip();
        boolean quoted = text.length() >= 2 && text.charAt(0) == QUOTE && text.charAt(text.length() - 1) == QUOTE;
        return quoted ? text.substring(1, text.length() - 1) : text;
    }
}
