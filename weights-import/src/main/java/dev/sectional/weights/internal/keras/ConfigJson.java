package dev.sectional.weights.internal.keras;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the JSON of a model's configuration into maps, lists, strings, {@link Long}s, {@link Double}s, booleans and
 * nulls. Python's {@code NaN} and {@code Infinity} are accepted. Depth and length are bounded.
 */
final class ConfigJson {
    /** Longest text; the configurations of {@code keras.applications} have up to 2 million characters. */
    static final int LONGEST = 32 << 20;
    private static final int DEEPEST = 200;
    private static final int MOST_VALUES = 4 << 20;
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

    private final JsonParser parser;
    private int values;

    private ConfigJson(JsonParser parser) {
        this.parser = parser;
    }

    /**
     * Parses an object.
     *
     * @throws IllegalArgumentException if the text is not a JSON object, is too long or nests too deep
     */
    static Map<String, Object> object(String text) {
        if (text.length() > LONGEST) {
            throw new IllegalArgumentException("it has " + text.length() + " characters, more than " + LONGEST);
        }
        try (JsonParser parser = FACTORY.createParser(text)) {
            ConfigJson json = new ConfigJson(parser);
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException("it is not a JSON object");
            }
            return json.members();
        } catch (IOException e) {
            throw new IllegalArgumentException("it is not JSON: " + firstLine(e), e);
        }
    }

    private static String firstLine(IOException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    private Object value() throws IOException {
        if (++values > MOST_VALUES) {
            throw new IllegalArgumentException("it has more than " + MOST_VALUES + " values");
        }
        return switch (parser.currentToken()) {
            case START_OBJECT -> members();
            case START_ARRAY -> elements();
            case VALUE_STRING -> parser.getText();
            case VALUE_TRUE -> Boolean.TRUE;
            case VALUE_FALSE -> Boolean.FALSE;
            case VALUE_NULL -> null;
            case VALUE_NUMBER_INT -> parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                    ? (Object) parser.getDoubleValue() : (Object) parser.getLongValue();
            default -> parser.getDoubleValue();
        };
    }

    private Map<String, Object> members() throws IOException {
        Map<String, Object> object = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String key = parser.currentName();
            parser.nextToken();
            object.put(key, value());
        }
        return object;
    }

    private List<Object> elements() throws IOException {
        List<Object> array = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            array.add(value());
        }
        return array;
    }
}
