package dev.sectional.cli.internal.output;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;

/** JSON objects as lines of output. */
public final class ResultLine {
    private static final JsonFactory JSON = new JsonFactory();

    private ResultLine() {
    }

    /** Writes one JSON object. */
    public interface Content {
        void write(JsonGenerator json) throws IOException;
    }

    /** Writes a field that is an array of texts. */
    public static void strings(JsonGenerator json, String name, List<String> texts) throws IOException {
        json.writeArrayFieldStart(name);
        for (String text : texts) {
            json.writeString(text);
        }
        json.writeEndArray();
    }

    /** Writes a field that is an array of numbers. */
    public static void numbers(JsonGenerator json, String name, List<Float> values) throws IOException {
        json.writeArrayFieldStart(name);
        for (float value : values) {
            json.writeNumber(value);
        }
        json.writeEndArray();
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
