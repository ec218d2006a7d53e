package dev.sectional.weights;


/** Text from files, made fit for messages. */
final class Text {
    private static final int LONGEST = 120;

    private Text() {}

    /** On one line, without control characters, and not too long. */
    static String plain(String text) {
        String line = String.valueOf(text).replaceAll("[\\p{Cntrl}\\u2028\\u2029]+", " ").strip();
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "...";
    }
}
