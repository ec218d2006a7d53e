package dev.sectional.core.internal.json;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Parses and quotes the JSON of model files: objects, arrays, strings and numbers, to a bounded depth; no booleans,
 * no null. Duplicate keys are refused. Errors are {@link IllegalArgumentException}s that name the character's index.
 */
public final class Json {
    private static final int MAX_DEPTH = 8;

    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    /**
     * Parses an object.
     *
     * @return its members in their order: maps, lists, strings, {@link Long}s for integers and {@link Double}s for
     *     other numbers
     * @throws IllegalArgumentException if the text is not a JSON object
     */
    public static Map<String, Object> object(String text) {
        Json json = new Json(text);
        json.begin('{', "an object");
        return json.end(json.object(0));
    }

    /**
     * Parses an array of strings.
     *
     * @throws IllegalArgumentException if the text is not a JSON array of strings
     */
    public static List<String> strings(String text) {
        Json json = new Json(text);
        json.begin('[', "an array");
        List<String> strings = new ArrayList<>();
        for (Object value : json.end(json.array(0))) {
            if (!(value instanceof String string)) {
                throw new IllegalArgumentException("wanted strings only");
            }
            strings.add(string);
        }
        return strings;
    }

    private void begin(char c, String wanted) {
        skipSpace();
        if (at >= text.length() || text.charAt(at) != c) {
            throw wrong(wanted);
        }
    }

    private <T> T end(T value) {
        skipSpace();
        if (at < text.length()) {
            throw wrong("the end");
        }
        return value;
    }

    private Object value(int depth) {
        skipSpace();
        if (depth > MAX_DEPTH || at >= text.length()) {
            throw wrong("a value");
        }
        char c = text.charAt(at);
        return switch (c) {
            case '{' -> object(depth);
            case '[' -> array(depth);
            case '"' -> string();
            default -> number();
        };
    }

    private Map<String, Object> object(int depth) {
        Map<String, Object> object = new LinkedHashMap<>();
        at++;
        skipSpace();
        if (take('}')) {
            return object;
        }
        do {
            skipSpace();
            String key = string();
            skipSpace();
            expect(':');
            if (object.containsKey(key)) {
                throw new IllegalArgumentException("the key '" + key + "' appears twice");
            }
            object.put(key, value(depth + 1));
            skipSpace();
        } while (take(','));
        expect('}');
        return object;
    }

    private List<Object> array(int depth) {
        List<Object> array = new ArrayList<>();
        at++;
        skipSpace();
        if (take(']')) {
            return array;
        }
        do {
            array.add(value(depth + 1));
            skipSpace();
        } while (take(','));
        expect(']');
        return array;
    }

    private Number number() {
        int from = at;
        while (at < text.length() && "+-.0123456789eE".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        String number = text.substring(from, at);
        try {
            if (number.matches("-?\\d+")) {
                return Long.valueOf(number);
            }
            boolean valid = number.matches("-?\\d+(\\.\\d+)?([eE][+-]?\\d+)?");
            double decimal = valid ? Double.parseDouble(number) : Double.NaN;
            if (Double.isFinite(decimal)) {
                return decimal;
            }
        } catch (NumberFormatException e) {
            // An integer of more than 64 bits is refused below.
        }
        at = from;
        throw wrong("a number");
    }

    private String string() {
        expect('"');
        StringBuilder string = new StringBuilder();
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == '"') {
                return string.toString();
            }
            string.append(c == '\\' ? escaped() : c);
        }
        throw wrong("a closing quote");
    }

    private char escaped() {
        if (at < text.length()) {
            char c = text.charAt(at++);
            int plain = "\"\\/bfnrt".indexOf(c);
            if (plain >= 0) {
                return "\"\\/\b\f\n\r\t".charAt(plain);
            }
            if (c == 'u' && at + 4 <= text.length() && text.substring(at, at + 4).matches("[0-9a-fA-F]{4}")) {
                at += 4;
                return (char) Integer.parseInt(text.substring(at - 4, at), 16);
            }
        }
        throw wrong("an escape");
    }

    private void skipSpace() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private boolean take(char c) {
        if (at < text.length() && text.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private void expect(char c) {
        if (!take(c)) {
            throw wrong("'" + c + "'");
        }
    }

    private IllegalArgumentException wrong(String wanted) {
        return new IllegalArgumentException("wanted " + wanted + " at character " + at);
    }

    /** Returns texts as a JSON array of strings. */
    public static String array(Collection<String> texts) {
        return texts.stream().map(Json::quote).collect(Collectors.joining(", ", "[", "]"));
    }

    /** Returns a text as a JSON string, with its quotes. */
    public static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ') {
                quoted.append(String.format("\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
