package dev.sectional.evaluation.run;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Converts {@link ImageResult} to and from one line of JSON: {@code {"image", "method", "inputs", "explaining",
 * "measuring", "cases": [{"label", "target", "metrics": {name: {value: number}}}]}}. Numbers are restored to the bit;
 * NaN and infinities are strings.
 */
public final class ResultLines {
    private static final JsonFactory JSON = new JsonFactory();

    /** Interned lists of value names: most rows of one metric have the same. */
    private final Map<List<String>, NamedValues.Names> names = new HashMap<>();

    /**
     * {@return the line, without a line end}
     *
     * @param evaluated the result of one image
     */
    public static String of(ImageResult evaluated) {
        StringWriter line = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(line)) {
            json.writeStartObject();
            json.writeStringField("image", evaluated.image());
            json.writeStringField("method", evaluated.method());
            json.writeStringField("inputs", evaluated.inputs());
            json.writeNumberField("explaining", evaluated.explaining());
            json.writeNumberField("measuring", evaluated.measuring());
            json.writeArrayFieldStart("cases");
            for (ImageResult.Measured measured : evaluated.cases()) {
                json.writeStartObject();
                json.writeNumberField("label", measured.label());
                json.writeNumberField("target", measured.target());
                json.writeObjectFieldStart("metrics");
                for (Map.Entry<String, Map<String, Double>> metric : measured.metrics().entrySet()) {
                    json.writeObjectFieldStart(metric.getKey());
                    for (Map.Entry<String, Double> value : metric.getValue().entrySet()) {
                        json.writeNumberField(value.getKey(), value.getValue());
                    }
                    json.writeEndObject();
                }
                json.writeEndObject();
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return line.toString();
    }

    /**
     * Parses a line.
     *
     * @param line one line, without its end
     * @return the result of one image
     * @throws IOException if the line is not a result
     */
    public ImageResult parse(String line) throws IOException {
        String image = null;
        String method = null;
        String inputs = "";
        Map<String, Double> seconds = new HashMap<>();
        List<ImageResult.Measured> cases = null;
        try (JsonParser json = JSON.createParser(line)) {
            require(json.nextToken() == JsonToken.START_OBJECT);
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                json.nextToken();
                switch (name) {
                    case "image" -> image = json.getText();
                    case "method" -> method = json.getText();
                    case "inputs" -> inputs = json.getText();
                    case "explaining", "measuring" -> seconds.put(name, number(json));
                    case "cases" -> cases = cases(json);
                    default -> json.skipChildren();
                }
            }
            require(json.currentToken() == JsonToken.END_OBJECT && json.nextToken() == null);
        }
        require(image != null && method != null && cases != null);
        return new ImageResult(image, method, inputs, seconds.getOrDefault("explaining", 0.0),
                seconds.getOrDefault("measuring", 0.0), cases);
    }

    private List<ImageResult.Measured> cases(JsonParser json) throws IOException {
        List<ImageResult.Measured> cases = new ArrayList<>();
        require(json.currentToken() == JsonToken.START_ARRAY);
        while (json.nextToken() == JsonToken.START_OBJECT) {
            int label = -1;
            int target = -1;
            Map<String, Map<String, Double>> metrics = new LinkedHashMap<>();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                json.nextToken();
                switch (name) {
                    case "label" -> label = json.getIntValue();
                    case "target" -> target = json.getIntValue();
                    case "metrics" -> {
                        while (json.nextToken() == JsonToken.FIELD_NAME) {
                            String metric = json.currentName();
                            require(json.nextToken() == JsonToken.START_OBJECT);
                            metrics.put(metric, values(json));
                        }
                    }
                    default -> json.skipChildren();
                }
            }
            require(label >= 0);
            cases.add(new ImageResult.Measured(label, target, metrics));
        }
        return cases;
    }

    private NamedValues values(JsonParser json) throws IOException {
        List<String> keys = new ArrayList<>();
        List<Double> numbers = new ArrayList<>();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            keys.add(json.currentName());
            json.nextToken();
            numbers.add(number(json));
        }
        NamedValues.Names shared = names.computeIfAbsent(keys, NamedValues.Names::new);
        return new NamedValues(shared, numbers.stream().mapToDouble(Double::doubleValue).toArray());
    }

    private static double number(JsonParser json) throws IOException {
        try {
            return Double.parseDouble(json.getText());
        } catch (NumberFormatException e) {
            throw new IOException("'" + json.getText() + "' is not a number", e);
        }
    }

    private static void require(boolean holds) throws IOException {
        if (!holds) {
            throw new IOException("it is not a result of an evaluation");
        }
    }
}
