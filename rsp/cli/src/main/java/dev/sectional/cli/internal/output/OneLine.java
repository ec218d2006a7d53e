package dev.sectional.cli.internal.output;

import dev.sectional.attribution.internal.text.VisibleText;

/** Shows names and texts from a file, which may hold anything, on one line of a terminal. */
public final class OneLine {
    private static final int LONGEST = 300;

    private OneLine() {
    }

    /**
     * Returns a text with invisible characters escaped, so that a terminal cannot take them for commands, and cut if it
     * is long.
     */
    public static String of(String text) {
        return VisibleText.of(text.substring(0, Math.min(text.length(), LONGEST)))
                + (text.length() > LONGEST ? "... (" + text.length() + " characters)" : "");
    }
}
