package dev.sectional.cli.internal.command;

import dev.sectional.attribution.Attribution;
import dev.sectional.cli.internal.option.FigureOptions;
import dev.sectional.cli.internal.output.PlanTable;
import dev.sectional.cli.internal.output.ResultLine;
import dev.sectional.images.InputImage;
import dev.sectional.nn.plan.LayerPlan;
import dev.sectional.viewer.ResultRecord;
import dev.sectional.viewer.ViewedModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Formats explanations as lines of text or of JSON. */
final class ResultLines {
    private final ViewedModel model;
    private final FigureOptions figures;
    private final boolean withLayers;

    /** @param withLayers whether JSON lines hold the account of each layer and the algorithms that ran */
    ResultLines(ViewedModel model, FigureOptions figures, boolean withLayers) {
        this.model = model;
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
        Map<String, Object> record = ResultRecord.of(model, image, run.chosen().choice(), attribution);
        record.put("scale", ResultRecord.scale(figures.scaleKind(), scale, figures.percentile()));
        record.put("seconds", run.seconds());
        record.put("files", files.stream().map(file -> file.normalize().toString()).toList());
        if (withLayers) {
            record.put("layers", ResultRecord.layers(attribution));
        }
        return ResultLine.object(json -> {
            ResultLine.fields(json, record);
            if (withLayers) {
                json.writeArrayFieldStart("forward");
                for (LayerPlan layer : model.network().plan(image.tensor().shape()).layers()) {
                    json.writeStartObject();
                    PlanTable.forward(json, layer);
                    json.writeEndObject();
                }
                json.writeEndArray();
            }
        });
    }

    /** Returns one JSON object for an image without a result. */
    String error(Path image, String message) {
        return ResultLine.object(json -> ResultLine.fields(json, ResultRecord.error(image.toString(), message)));
    }
}
