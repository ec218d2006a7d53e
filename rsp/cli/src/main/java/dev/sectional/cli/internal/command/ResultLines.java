package dev.sectional.cli.internal.command;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Completeness;
import dev.sectional.attribution.LayerAccount;
import dev.sectional.cli.internal.option.FigureOptions;
import dev.sectional.cli.internal.option.FitOption;
import dev.sectional.cli.internal.option.ModelOptions;
import dev.sectional.cli.internal.output.PlanTable;
import dev.sectional.cli.internal.output.ResultLine;
import dev.sectional.images.InputImage;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.plan.LayerPlan;
import dev.sectional.nn.plan.RelevanceAlgorithm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Formats explanations as lines of text or of JSON. */
final class ResultLines {
    /** Number of the form of the JSON lines, which grows when a field changes its meaning or goes. */
    private static final int SCHEMA = 1;

    private final ModelOptions model;
    private final Network network;
    private final FitOption fit;
    private final FigureOptions figures;
    private final boolean withLayers;

    /** @param withLayers whether JSON lines hold the account of each layer and the algorithms that ran */
    ResultLines(ModelOptions model, Network network, FitOption fit, FigureOptions figures, boolean withLayers) {
        this.model = model;
        this.network = network;
        this.fit = fit;
        this.figures = figures;
        this.withLayers = withLayers;
    }

    /** Returns the image, the class, its probability and the files as text. */
    String text(Path image, MethodRun run, int index, boolean withMethod, List<Path> files) {
        Attribution attribution = run.attributions().get(index);
        String written = files.stream().map(file -> file.normalize().toString()).collect(Collectors.joining(", "));
        return String.format(Locale.ROOT, "%s: %s %.3f%s%s", image, attribution.label(), attribution.probability(),
                withMethod ? " " + run.chosen().text() : "", written.isEmpty() ? "" : " -> " + written);
    }

    /**
     * Returns one JSON object for programs.
     *
     * @param index of the class among the run's
     * @param scale relevance that is drawn at full strength
     * @param files the files that show it
     */
    String json(InputImage image, MethodRun run, int index, double scale, List<Path> files) {
        Attribution attribution = run.attributions().get(index);
        return ResultLine.object(json -> {
            start(json, image.file());
            json.writeNumberField("target", attribution.target());
            json.writeStringField("label", attribution.label());
            json.writeNumberField("probability", attribution.probability());
            json.writeNumberField("logit", attribution.logit());
            json.writeStringField("method", run.chosen().choice().name());
            json.writeObjectFieldStart("settings");
            for (Map.Entry<String, String> setting : run.chosen().choice().settings().entrySet()) {
                json.writeStringField(setting.getKey(), setting.getValue());
            }
            json.writeEndObject();
            model(json);
            preprocessing(json, image);
            json.writeObjectFieldStart("scale");
            json.writeStringField("kind", figures.scaleKind());
            json.writeNumberField("value", scale);
            if (!figures.scaleKind().equals("value")) {
                json.writeNumberField("percentile", figures.percentile());
            }
            json.writeEndObject();
            json.writeNumberField("relevance_sum", attribution.relevance().sum());
            json.writeNumberField("relevance_sum_of_absolutes", attribution.relevance().sumOfAbsolutes());
            json.writeNumberField("seconds", run.seconds());
            if (attribution.completeness().isPresent()) {
                completeness(json, attribution.completeness().get());
            }
            ResultLine.strings(json, "assumed", network.card().assumed());
            ResultLine.strings(json, "files", files.stream().map(file -> file.normalize().toString()).toList());
            if (withLayers) {
                layers(json, image, attribution);
            }
        });
    }

    /** Returns one JSON object for an image without a result. */
    String error(Path image, String message) {
        return ResultLine.object(json -> {
            start(json, image);
            json.writeStringField("error", message);
        });
    }

    private static void start(JsonGenerator json, Path image) throws IOException {
        json.writeNumberField("schema", SCHEMA);
        String version = ResultLines.class.getPackage().getImplementationVersion();
        json.writeStringField("version", version == null ? "unpackaged" : version);
        json.writeStringField("image", image.toString());
    }

    private void model(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("model");
        json.writeStringField("file", model.fileName());
        json.writeStringField("sha256", model.digest());
        json.writeNumberField("classes", network.classes());
        json.writeEndObject();
    }

    private void preprocessing(JsonGenerator json, InputImage image) throws IOException {
        ModelCard card = network.card();
        json.writeObjectFieldStart("preprocessing");
        json.writeStringField("fit", InputImage.isArray(image.file()) ? "none" : fit.name());
        json.writeStringField("icc", InputImage.isArray(image.file()) ? "none" : fit.profiles());
        json.writeNumberField("height", image.tensor().shape().dim(1));
        json.writeNumberField("width", image.tensor().shape().dim(2));
        ResultLine.numbers(json, "mean", card.mean());
        ResultLine.numbers(json, "std", card.std());
        json.writeStringField("channel_order", card.channels().name().toLowerCase(Locale.ROOT));
        json.writeEndObject();
    }

    private static void completeness(JsonGenerator json, Completeness completeness) throws IOException {
        json.writeObjectFieldStart("completeness");
        json.writeNumberField("relevance_sum", completeness.relevanceSum());
        json.writeNumberField("logit_change", completeness.logitChange());
        json.writeNumberField("gap", completeness.gap());
        json.writeEndObject();
    }

    private void layers(JsonGenerator json, InputImage image, Attribution attribution) throws IOException {
        json.writeArrayFieldStart("layers");
        for (LayerAccount layer : attribution.layers()) {
            layer(json, layer);
        }
        json.writeEndArray();
        json.writeArrayFieldStart("forward");
        for (LayerPlan layer : network.plan(image.tensor().shape()).layers()) {
            json.writeStartObject();
            PlanTable.forward(json, layer);
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void layer(JsonGenerator json, LayerAccount layer) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", layer.name());
        json.writeStringField("rule", layer.rule());
        json.writeNumberField("output_sum", layer.outputSum());
        json.writeNumberField("input_sum", layer.inputSum());
        json.writeNumberField("absorbed", layer.absorbed().total());
        json.writeNumberField("absorbed_by_bias", layer.absorbed().bias());
        json.writeNumberField("absorbed_by_stabiliser", layer.absorbed().stabiliser());
        json.writeNumberField("absorbed_by_dead_positions", layer.absorbed().deadPositions());
        json.writeNumberField("withheld", layer.absorbed().withheld());
        json.writeNumberField("residual", layer.residual());
        json.writeArrayFieldStart("algorithms");
        for (RelevanceAlgorithm algorithm : new TreeSet<>(layer.algorithms())) {
            json.writeString(algorithm.label());
        }
        json.writeEndArray();
        json.writeEndObject();
    }
}
