package dev.sectional.cli.internal.output;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Map;

/** JSON objects as lines of output. */
public final class ResultLine {
    private static final JsonFactory JSON = new JsonFactory();

    private ResultLine() {
    }

    /** Writes one JSON object. */
    public interface Content {
        void write(JsonGenerator json) throws IOException;
    }

    /** Writes the members of a map of text, numbers, truth values, lists and maps as fields. */
    public static void fields(JsonGenerator json, Map<?, ?> fields) throws IOException {
        for (Map.Entry<?, ?> field : fields.entrySet()) {
            field(json, field.getKey().toString(), field.getValue());
        }
    }

    /** Writes a field that is text, a number, a list or a map. */
    public static void field(JsonGenerator json, String name, Object value) throws IOException {
        json.writeFieldName(name);
        value(json, value);
    }

    private static void value(JsonGenerator json, Object value) throws IOException {
        if (value instanceof Map<?, ?> map) {
            json.writeStartObject();
            fields(json, map);
            json.writeEndObject();
        } else if (value instanceof Iterable<?> list) {
            json.writeStartArray();
            for (Object each : list) {
                value(json, each);
            }
            json.writeEndArray();
        } else if (value instanceof Float number) {
            json.writeNumber(number);
        } else if (value instanceof Double number) {
            json.writeNumber(number);
        } else if (value instanceof Boolean truth) {
            json.writeBoolean(truth);
        } else if (value instanceof Integer number) {
            json.writeNumber(number);
        } else {
            json.writeString(value.toString());
        }
    }

    /** Returns one JSON object on one line. */
    public static String object(Content content) {
        StringWriter line = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(line)) {
            json.writeStartObject();
            content.write(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);   // Writing to a string does not fail.
        }
        return line.toString();
    }
}
