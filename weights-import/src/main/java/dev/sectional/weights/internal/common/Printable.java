package dev.sectional.weights.internal.common;




/** Text from files, made fit for messages. */
public final class Printable {
    private static final int LONGEST = 120;

    private Printable() {}

    /** On one line, without control characters, and not too long. */
    public static String plain(String text) {
        String line = String.valueOf(text).replaceAll("[\\p{Cntrl}\\u2028\\u2029]+", " ").strip();
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "...";
    }
}
