package dev.sectional.viewer.internal;

import dev.sectional.core.internal.json.Json;
import java.util.Map;

/**
 * Values as JSON. Maps become objects; collections and arrays of numbers become arrays; numbers that are not finite
 * become null. Characters that could end a script element are escaped, so that the text may stand in a page.
 */
public final class JsonText {
    private final StringBuilder text = new StringBuilder();

    private JsonText() {
    }

    /** Returns a value as JSON. */
    public static String of(Object value) {
        JsonText json = new JsonText();
        json.add(value);
        return json.text.toString();
    }

    private void add(Object value) {
        if (value instanceof Map<?, ?> map) {
            text.append('{');
            map.forEach((name, member) -> {
                comma('{');
                add(String.valueOf(name));
                text.append(':');
                add(member);
            });
            text.append('}');
        } else if (value instanceof Iterable<?> list) {
            text.append('[');
            for (Object element : list) {
                comma('[');
                add(element);
            }
            text.append(']');
        } else if (value instanceof float[] floats) {
            text.append('[');
            for (float number : floats) {
                comma('[');
                add(number);
            }
            text.append(']');
        } else if (value instanceof Number number) {
            boolean finite = Double.isFinite(number.doubleValue());
            text.append(finite ? number.toString() : "null");
        } else if (value instanceof Boolean || value == null) {
            text.append(value);
        } else {
            text.append(Json.quote(value.toString()).replace("<", "\\u003c").replace("\u2028", "\\u2028")
                    .replace("\u2029", "\\u2029"));
        }
    }

    private void comma(char opening) {
        if (text.charAt(text.length() - 1) != opening) {
            text.append(',');
        }
    }
}
