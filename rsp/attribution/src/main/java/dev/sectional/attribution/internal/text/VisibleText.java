package dev.sectional.attribution.internal.text;

/** Makes the invisible characters of names visible, so that a name from a file cannot control a terminal or a page. */
public final class VisibleText {
    private VisibleText() {
    }

    /**
     * Returns the text with an escape such as {@code \\u001b} for each character that is not shown: control and format
     * characters (which include U+202E, the reversal of the writing direction), separators of lines, and halves of
     * surrogate pairs. The escapes are those of JSON and Java.
     */
    public static String of(String text) {
        StringBuilder visible = new StringBuilder(text.length());
        text.codePoints().forEach(point -> {
            if (isInvisible(point)) {
                for (char unit : Character.toChars(point)) {
                    visible.append(String.format("\\u%04x", (int) unit));
                }
            } else {
                visible.appendCodePoint(point);
            }
        });
        return visible.toString();
    }

    private static boolean isInvisible(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> true;
            default -> false;
        };
    }
}
