package dev.sectional.cli.internal.output;

/** Shows names and texts from a file, which may hold anything, on one line of a terminal. */
public final class OneLine {
    private static final int LONGEST = 300;

    private OneLine() {
    }

    /**
     * Returns a text with control characters escaped, so that a terminal cannot take them for commands, and cut if it
     * is long.
     */
    public static String of(String text) {
        StringBuilder line = new StringBuilder();
        for (char c : text.substring(0, Math.min(text.length(), LONGEST)).toCharArray()) {
            boolean control = Character.isISOControl(c) || c == '\u2028' || c == '\u2029';
            line.append(control ? String.format("\\u%04x", (int) c) : String.valueOf(c));
        }
        return line + (text.length() > LONGEST ? "... (" + text.length() + " characters)" : "");
    }
}
