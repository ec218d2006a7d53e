package dev.sectional.core;


/**
 * The one exception for input that cannot be used: a file, a tensor in it, an option, an environment.
 *
 * <p>The message is a single line for the person who gave the input. It says what is wrong, where, and what to do
 * about it. Errors in a program's own calls are {@link IllegalArgumentException}s instead.
 *
 * <p>Messages quote names from files, which may hold anything. Control characters and line separators are therefore shown
 * as escapes such as <code>&#92;u000a</code>, and what is longer than a terminal's few lines is cut in the middle.
 */
public final class InputException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    /** Characters of the longest message: a long path, a long name and a sentence. */
    private static final int LONGEST = 1200;

    /** @param message one line: what is wrong, where, and what to do */
    public InputException(String message) {
        super(oneLine(message));
    }

    /**
     * @param message one line: what is wrong, where, and what to do
     * @param cause what was caught on the way
     */
    public InputException(String message, Throwable cause) {
        super(oneLine(message), cause);
    }

    private static String oneLine(String message) {
        String shown = message;
        if (message.length() > LONGEST) {
            shown = message.substring(0, LONGEST / 2) + " ... " + message.substring(message.length() - LONGEST / 2);
        }
        if (shown.chars().noneMatch(InputException::breaksLine)) {
            return shown;
        }
        StringBuilder line = new StringBuilder();
        for (char c : shown.toCharArray()) {
            line.append(breaksLine(c) ? String.format("\\u%04x", (int) c) : String.valueOf(c));
        }
        return line.toString();
    }

    private static boolean breaksLine(int c) {
        return Character.isISOControl(c) || c == '\u2028' || c == '\u2029';
    }
}
