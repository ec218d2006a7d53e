package dev.sectional.core;

/**
 * Thrown if input cannot be used: a file, a tensor of a file, an option, or an environment.
 *
 * <p>The message is one line for the person who gave the input. It says what is wrong, where, and what to do. Errors
 * in a program's own calls are {@link IllegalArgumentException}s instead.
 *
 * <p>Messages quote names from files, which may contain any characters. Control characters and line separators are
 * therefore escaped, for example as <code>&#92;u000a</code>, and a message over 1200 characters is cut in the middle.
 */
public final class InputException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    /** Greatest length of a message in characters: a long path, a long name and a sentence. */
    private static final int MAX_LENGTH = 1200;

    /**
     * Creates an exception.
     *
     * @param message one line: what is wrong, where, and what to do
     */
    public InputException(String message) {
        super(oneLine(message));
    }

    /**
     * Creates an exception with a cause.
     *
     * @param message one line: what is wrong, where, and what to do
     * @param cause the exception that was caught
     */
    public InputException(String message, Throwable cause) {
        super(oneLine(message), cause);
    }

    private static String oneLine(String message) {
        String shown = message;
        if (message.length() > MAX_LENGTH) {
            String end = message.substring(message.length() - MAX_LENGTH / 2);
            shown = message.substring(0, MAX_LENGTH / 2) + " ... " + end;
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
