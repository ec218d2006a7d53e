package dev.sectional.cli.internal.output;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Completeness;
import dev.sectional.attribution.LayerAccount;
import dev.sectional.nn.plan.LayerPlan;
import dev.sectional.nn.plan.NetworkPlan;
import dev.sectional.nn.plan.RelevanceAlgorithm;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Formats an explanation as one line of output. */
public final class ResultLine {
    private static final JsonFactory JSON = new JsonFactory();

    private ResultLine() {
    }

    /** Writes one JSON object. */
    public interface Content {
        void write(JsonGenerator json) throws IOException;
    }

    /** Returns the image, the class, its probability and the files as text. */
    public static String text(Path image, Attribution attribution, List<Path> files) {
        return String.format(Locale.ROOT, "%s: %s %.3f -> %s", image, attribution.label(), attribution.probability(),
                files.stream().map(file -> file.normalize().toString()).collect(Collectors.joining(", ")));
    }

    /**
     * Returns one JSON object for programs.
     *
     * @param seconds time of the explanation
     * @param files the files that were written
     * @param run the forward pass that was run, empty to leave out the algorithms of the layers
     * @param assumed settings of the network that its file leaves open
     */
    public static String json(Path image, Attribution attribution, double seconds, List<Path> files,
            Optional<NetworkPlan> run, List<String> assumed) {
        return object(json -> {
            json.writeStringField("image", image.toString());
            json.writeNumberField("target", attribution.target());
            json.writeStringField("label", attribution.label());
            json.writeNumberField("probability", attribution.probability());
            json.writeNumberField("logit", attribution.logit());
            json.writeStringField("method", attribution.method());
            json.writeNumberField("seconds", seconds);
            if (attribution.completeness().isPresent()) {
                Completeness completeness = attribution.completeness().get();
                json.writeObjectFieldStart("completeness");
                json.writeNumberField("relevance_sum", completeness.relevanceSum());
                json.writeNumberField("logit_change", completeness.logitChange());
                json.writeNumberField("gap", completeness.gap());
                json.writeEndObject();
            }
            strings(json, "assumed", assumed);
            json.writeArrayFieldStart("files");
            for (Path file : files) {
                json.writeString(file.normalize().toString());
            }
            json.writeEndArray();
            json.writeArrayFieldStart("layers");
            for (LayerAccount layer : attribution.layers()) {
                layer(json, layer, run.isPresent());
            }
            json.writeEndArray();
            if (run.isPresent()) {
                json.writeArrayFieldStart("forward");
                for (LayerPlan layer : run.get().layers()) {
                    json.writeStartObject();
                    PlanTable.forward(json, layer);
                    json.writeEndObject();
                }
                json.writeEndArray();
            }
        });
    }

    private static void layer(JsonGenerator json, LayerAccount layer, boolean withAlgorithms) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", layer.name());
        json.writeStringField("rule", layer.rule());
        json.writeNumberField("sumIn", layer.outputSum());
        json.writeNumberField("sumOut", layer.inputSum());
        json.writeNumberField("lost", layer.absorbed().total());
        json.writeNumberField("lostToBias", layer.absorbed().bias());
        json.writeNumberField("lostToStabiliser", layer.absorbed().stabiliser());
        json.writeNumberField("lostToDeadPlaces", layer.absorbed().deadPositions());
        json.writeNumberField("withheld", layer.absorbed().withheld());
        json.writeNumberField("residual", layer.residual());
        if (withAlgorithms) {
            json.writeArrayFieldStart("algorithms");
            for (RelevanceAlgorithm algorithm : new TreeSet<>(layer.algorithms())) {
                json.writeString(algorithm.label());
            }
            json.writeEndArray();
        }
        json.writeEndObject();
    }

    /** Writes a field that is an array of texts. */
    public static void strings(JsonGenerator json, String name, List<String> texts) throws IOException {
        json.writeArrayFieldStart(name);
        for (String text : texts) {
            json.writeString(text);
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
