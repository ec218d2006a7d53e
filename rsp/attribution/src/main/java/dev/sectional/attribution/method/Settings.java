package dev.sectional.attribution.method;

import dev.sectional.attribution.internal.text.Quoted;
import dev.sectional.attribution.internal.text.Spelling;
import dev.sectional.core.InputException;
import dev.sectional.nn.rule.Rules;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The settings of one method, parsed from text such as {@code samples=50,seed=1}: given values, and defaults for the
 * rest.
 */
final class Settings {
    private final String method;
    private final Map<String, String> values = new LinkedHashMap<>();
    private final List<String> given = new ArrayList<>();

    /**
     * Parses settings.
     *
     * @param entry the method, which knows its settings and their defaults
     * @param text {@code NAME=VALUE}, separated by commas; blank for none
     * @throws InputException if the text has another form or names a setting that the method does not have
     */
    Settings(Methods.Entry entry, String text) {
        method = entry.name();
        pairs(entry.settings()).forEach(pair -> values.put(pair[0], pair[1]));
        for (String[] pair : pairs(text)) {
            if (!values.containsKey(pair[0])) {
                throw new InputException("method " + method + " has no setting '" + pair[0] + "': "
                        + (values.isEmpty() ? "it has none" : "it has " + entry.settings())
                        + Spelling.suggestion(pair[0], values.keySet()));
            }
            values.put(pair[0], pair[1]);
            given.add(pair[0]);
        }
    }

    private List<String[]> pairs(String text) {
        List<String[]> pairs = new ArrayList<>();
        for (String pair : text.isBlank() ? List.<String>of() : Quoted.split(text, ',')) {
            int equals = pair.indexOf('=');
            if (equals < 0) {
                throw new InputException("method " + method + ": '" + pair
                        + "' is not a setting: write NAME=VALUE, separated by commas");
            }
            pairs.add(new String[] {pair.substring(0, equals).strip(), pair.substring(equals + 1).strip()});
        }
        return pairs;
    }

    /** Returns all values that are not empty, by their names. */
    Map<String, String> all() {
        Map<String, String> all = new LinkedHashMap<>(values);
        all.values().removeIf(String::isEmpty);
        return all;
    }

    /** Returns a value; empty if the setting is empty. */
    Optional<String> text(String name) {
        return Optional.of(values.get(name)).filter(value -> !value.isEmpty());
    }

    /** Returns a decimal number. */
    double number(String name) {
        try {
            return Double.parseDouble(values.get(name));
        } catch (NumberFormatException e) {
            throw wrong(name, "is not a number", e);
        }
    }

    /** Returns a whole number. */
    int whole(String name) {
        try {
            return Integer.parseInt(values.get(name));
        } catch (NumberFormatException e) {
            throw wrong(name, "is not a whole number", e);
        }
    }

    /** Returns whether a setting is true. */
    boolean flag(String name) {
        String value = values.get(name);
        if (!value.equals("true") && !value.equals("false")) {
            throw wrong(name, "is neither true nor false", null);
        }
        return value.equals("true");
    }

    /** Returns the setting alpha; a beta beside it must be {@code alpha - 1}. */
    double alpha() {
        double alpha = number("alpha");
        if (given.contains("beta")) {
            Rules.alphaBeta(alpha, number("beta"));
        }
        return alpha;
    }

    private InputException wrong(String name, String problem, NumberFormatException cause) {
        return new InputException("method " + method + ": " + name + "=" + values.get(name) + " " + problem, cause);
    }
}
