package dev.sectional.viewer;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.LayerAccount;
import dev.sectional.attribution.method.Methods;
import dev.sectional.core.Shape;
import dev.sectional.images.InputImage;
import dev.sectional.images.figure.Subject;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.plan.RelevanceAlgorithm;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/**
 * An explanation as the object that {@code explain --json} prints and the page exports: nested maps and lists of text,
 * numbers and truth values. Names are in snake case. The page of the command line lists the fields.
 */
public final class ResultRecord {
    /** Number of the form of the objects, which grows when a field changes its meaning or goes. */
    public static final int SCHEMA = 1;

    private ResultRecord() {
    }

    /** Returns one explanation, without its layers and without what depends on how it is drawn. */
    public static Map<String, Object> of(ViewedModel model, InputImage image, Methods.Choice method,
            Attribution result) {
        return of(model, image.file().toString(), image.tensor().shape(),
                Subject.notes(image, model.network().card()), method, result);
    }

    /**
     * Returns one explanation.
     *
     * @param image name of its file
     * @param input shape of the network's input, {@code (C, H, W)}
     * @param notes on the image, as its figure's caption ends with
     */
    static Map<String, Object> of(ViewedModel model, String image, Shape input, List<String> notes,
            Methods.Choice method, Attribution result) {
        Map<String, Object> record = start(image);
        record.put("target", result.target());
        record.put("label", result.label());
        record.put("probability", result.probability());
        record.put("logit", result.logit());
        record.put("method", method.name());
        record.put("settings", method.settings());
        Map<String, Object> network = new LinkedHashMap<>();
        network.put("file", model.identity().file());
        network.put("sha256", model.identity().sha256());
        network.put("classes", model.network().classes());
        record.put("model", network);
        record.put("preprocessing", preprocessing(model, InputImage.isArray(Path.of(image)), input));
        record.put("relevance_sum", result.relevance().sum());
        record.put("relevance_sum_of_absolutes", result.relevance().sumOfAbsolutes());
        result.completeness().ifPresent(each -> {
            Map<String, Object> completeness = new LinkedHashMap<>();
            completeness.put("relevance_sum", each.relevanceSum());
            completeness.put("logit_change", each.logitChange());
            completeness.put("gap", each.gap());
            record.put("completeness", completeness);
        });
        record.put("assumed", model.network().card().assumed());
        record.put("notes", notes);
        return record;
    }

    /** Returns an image without a result. */
    public static Map<String, Object> error(String image, String message) {
        Map<String, Object> record = start(image);
        record.put("error", message);
        return record;
    }

    /**
     * Returns the fields that each object begins with.
     *
     * @param image name of its file
     */
    public static Map<String, Object> start(String image) {
        Map<String, Object> record = new LinkedHashMap<>();
        record.put("schema", SCHEMA);
        String version = ResultRecord.class.getPackage().getImplementationVersion();
        record.put("version", version == null ? "unpackaged" : version);
        record.put("image", image);
        return record;
    }

    private static Map<String, Object> preprocessing(ViewedModel model, boolean array, Shape input) {
        ModelCard card = model.network().card();
        Map<String, Object> record = new LinkedHashMap<>();
        record.put("fit", array ? "none" : model.preparation().fit());
        record.put("icc", array ? "none" : model.preparation().icc());
        record.put("height", input.dim(1));
        record.put("width", input.dim(2));
        record.put("mean", card.mean());
        record.put("std", card.std());
        record.put("channel_order", card.channels().name().toLowerCase(Locale.ROOT));
        return record;
    }

    /**
     * Returns the scale of a map.
     *
     * @param kind maps that share it: {@code image}, {@code run}, or {@code value} if it is given
     * @param value relevance that is drawn at full strength
     * @param percentile of the absolute relevance that gives the value; without effect for {@code value}
     */
    public static Map<String, Object> scale(String kind, double value, double percentile) {
        Map<String, Object> record = new LinkedHashMap<>();
        record.put("kind", kind);
        record.put("value", value);
        if (!kind.equals("value")) {
            record.put("percentile", percentile);
        }
        return record;
    }

    /** Returns the account of each layer. */
    public static List<Map<String, Object>> layers(Attribution result) {
        return result.layers().stream().map(ResultRecord::layer).toList();
    }

    /** Returns the account of one layer. */
    public static Map<String, Object> layer(LayerAccount layer) {
        Map<String, Object> record = new LinkedHashMap<>();
        record.put("name", layer.name());
        record.put("rule", layer.rule());
        record.put("output_sum", layer.outputSum());
        record.put("input_sum", layer.inputSum());
        record.put("absorbed", layer.absorbed().total());
        record.put("absorbed_by_bias", layer.absorbed().bias());
        record.put("absorbed_by_stabiliser", layer.absorbed().stabiliser());
        record.put("absorbed_by_dead_positions", layer.absorbed().deadPositions());
        record.put("withheld", layer.absorbed().withheld());
        record.put("residual", layer.residual());
        record.put("algorithms", new TreeSet<>(layer.algorithms()).stream().map(RelevanceAlgorithm::label).toList());
        return record;
    }
}
