package dev.sectional.cli.internal.output;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.sectional.core.Shape;
import dev.sectional.nn.plan.ConvolutionAlgorithm;
import dev.sectional.nn.plan.LayerPlan;
import dev.sectional.nn.plan.NetworkPlan;
import dev.sectional.nn.plan.RelevanceWork;
import dev.sectional.nn.plan.RuleFamily;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The plan of a network as a table or as JSON. */
public final class PlanTable {
    private static final String NOTHING = "-";
    private static final List<String> HEADER = List.of("layer", "kind", "output", "algorithm", "multiply-adds",
            "weight bytes",
            "activation bytes", "LRP rule", "RSP rule");
    /** The columns of numbers, which are aligned to the right. */
    private static final int FIRST_NUMBER = 4;
    private static final int LAST_NUMBER = 6;
    private static final int SUMMARY_NUMBER = 3;

    private PlanTable() {
    }

    /** Returns the lines of a table with a heading, one line per layer, and the totals. */
    public static List<String> lines(NetworkPlan plan) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEADER);
        plan.layers().forEach(layer -> rows.add(row(layer)));
        long activationBytes = plan.layers().stream().mapToLong(LayerPlan::activationBytes).sum();
        rows.add(List.of("total", NOTHING, NOTHING, NOTHING, number(plan.multiplyAdds()), number(plan.weightBytes()),
                number(activationBytes),
                NOTHING, NOTHING));
        int[] widths = new int[HEADER.size()];
        rows.forEach(row -> Arrays.setAll(widths, i -> Math.max(widths[i], row.get(i).length())));
        return rows.stream().map(row -> line(row, widths, FIRST_NUMBER)).toList();
    }

    /**
     * Returns the lines of a table of the layers as Keras' {@code summary()} prints it: name, kind, output shape,
     * parameters, multiply-adds, and the totals.
     *
     * @param biases parameters beside the weights, by layer
     */
    public static List<String> summary(NetworkPlan plan, Map<String, Long> biases) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("layer", "kind", "output", "parameters", "multiply-adds"));
        long all = 0;
        for (LayerPlan layer : plan.layers()) {
            long parameters = layer.work().weights() + biases.getOrDefault(layer.name(), 0L);
            all += parameters;
            rows.add(List.of(OneLine.of(layer.name()), layer.kind(), sizes(layer.output()), number(parameters),
                    number(layer.work().multiplyAdds())));
        }
        rows.add(List.of("total", NOTHING, NOTHING, number(all), number(plan.multiplyAdds())));
        int[] widths = new int[rows.get(0).size()];
        rows.forEach(row -> Arrays.setAll(widths, i -> Math.max(widths[i], row.get(i).length())));
        return rows.stream().map(row -> line(row, widths, SUMMARY_NUMBER)).toList();
    }

    private static List<String> row(LayerPlan layer) {
        return List.of(OneLine.of(layer.name()), layer.kind(), sizes(layer.output()),
                layer.work().algorithm().map(ConvolutionAlgorithm::label).orElse(NOTHING),
                number(layer.work().multiplyAdds()), number(layer.weightBytes()), number(layer.activationBytes()),
                relevance(layer, RuleFamily.LAYER_WEIGHTS), relevance(layer, RuleFamily.FILTER_GRADIENT));
    }

    private static String relevance(LayerPlan layer, RuleFamily family) {
        return layer.work().relevance(family).map(work -> work.algorithm().label()).orElse(NOTHING);
    }

    private static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    private static String sizes(Shape shape) {
        return Arrays.stream(shape.dims()).mapToObj(String::valueOf).collect(Collectors.joining("x"));
    }

    private static String line(List<String> row, int[] widths, int firstNumber) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String alignment = i >= firstNumber && i <= LAST_NUMBER ? "%" : "%-";
            line.append(String.format(alignment + widths[i] + "s  ", row.get(i)));
        }
        return line.toString().stripTrailing();
    }

    /**
     * Writes the fields of one object: the image's shape, the totals, and an array of layers with their predicted
     * relevance rules.
     */
    public static void json(JsonGenerator json, NetworkPlan plan) throws IOException {
        shape(json, "image", plan.image());
        json.writeNumberField("multiply_adds", plan.multiplyAdds());
        json.writeNumberField("weight_bytes", plan.weightBytes());
        json.writeArrayFieldStart("layers");
        for (LayerPlan layer : plan.layers()) {
            json.writeStartObject();
            forward(json, layer);
            json.writeArrayFieldStart("relevance");
            for (RelevanceWork work : layer.work().relevance()) {
                json.writeStartObject();
                json.writeStringField("rules", work.family().label());
                json.writeStringField("algorithm", work.algorithm().label());
                json.writeNumberField("multiply_adds", work.multiplyAdds());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /** Writes the fields of a layer's forward pass. The algorithm is omitted for layers other than convolutions. */
    public static void forward(JsonGenerator json, LayerPlan layer) throws IOException {
        json.writeStringField("name", layer.name());
        json.writeStringField("kind", layer.kind());
        shape(json, "output", layer.output());
        if (layer.work().algorithm().isPresent()) {
            json.writeStringField("algorithm", layer.work().algorithm().get().label());
        }
        json.writeNumberField("multiply_adds", layer.work().multiplyAdds());
        json.writeNumberField("weight_bytes", layer.weightBytes());
        json.writeNumberField("activation_bytes", layer.activationBytes());
    }

    private static void shape(JsonGenerator json, String name, Shape shape) throws IOException {
        json.writeFieldName(name);
        json.writeArray(shape.dims(), 0, shape.rank());
    }
}
