package dev.sectional.viewer;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.PropagationMethod;
import dev.sectional.attribution.method.Methods;
import dev.sectional.images.figure.Units;
import dev.sectional.nn.Classification;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.plan.LayerPlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Results as maps and lists that become JSON. Names are in snake case. */
final class Described {
    private static final int TOP = 10;
    private static final String NAMELESS = "class ";

    private Described() {
    }

    /** Returns what the page shows of the network and of the methods. */
    static Map<String, Object> model(ViewedModel model) {
        ModelCard card = model.network().card();
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("description", model.description());
        described.put("arguments", model.arguments());
        described.put("classes", model.network().classes());
        described.put("layers", model.network().nodes().size());
        described.put("independent", card.output() != ModelCard.Output.SOFTMAX);
        described.put("labels", labels(model));
        described.put("source", card.source());
        described.put("methods", Methods.all().stream().map(Described::method).toList());
        return described;
    }

    private static List<String> labels(ViewedModel model) {
        List<String> labels = new ArrayList<>(model.network().card().labels());
        for (int i = labels.size(); i < model.network().classes(); i++) {
            labels.add(NAMELESS + i);
        }
        return labels;
    }

    private static Map<String, Object> method(Methods.Entry entry) {
        return Map.of("name", entry.name(), "summary", entry.summary(), "source", entry.source(), "settings",
                entry.settings(), "propagates", entry.method() instanceof PropagationMethod, "signed",
                Methods.signed(entry.name()));
    }

    /** Returns an image and what the network says of it. */
    static Map<String, Object> image(StoredImage image) {
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("id", image.id());
        described.put("name", image.name());
        described.put("width", image.width());
        described.put("height", image.height());
        described.put("input", List.of(image.tensor().shape().dim(1), image.tensor().shape().dim(2)));
        described.put("seen", image.seen());
        described.put("fitted", image.fitted());
        described.put("notes", image.notes());
        described.put("top", top(image.classification()));
        described.put("probabilities", image.classification().probabilities());
        described.put("logits", image.classification().logits());
        return described;
    }

    /** Returns the classes of greatest logit. */
    static List<Map<String, Object>> top(Classification classes) {
        return classes.top(TOP).stream().map(Described::entry).toList();
    }

    /** Returns some classes. */
    static List<Map<String, Object>> entries(Classification classes, List<Integer> indices) {
        return indices.stream().map(classes::get).map(Described::entry).toList();
    }

    private static Map<String, Object> entry(Classification.Entry entry) {
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("index", entry.index());
        described.put("label", name(entry.index(), entry.label()));
        described.put("probability", entry.probability());
        described.put("logit", entry.logit());
        return described;
    }

    /**
     * Returns a result without its arrays.
     *
     * @param method name and settings
     */
    static Map<String, Object> result(ViewedModel model, StoredImage image, Attribution result, String method) {
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("target", result.target());
        described.put("label", name(result.target(), result.label()));
        described.put("probability", result.probability());
        described.put("logit", result.logit());
        described.put("method", method);
        described.put("unit", Units.of(Methods.choose(method).text(), List.of(result)));
        described.put("shape", shape(result.relevance().shape().dims()));
        described.put("layers", ResultRecord.layers(result));
        described.put("record", ResultRecord.of(model, image.name(), image.tensor().shape(), image.notes(),
                Methods.choose(method), result));
        return described;
    }

    /** Returns the label of a class; "class 8" where it has none, as on figures. */
    private static String name(int index, String label) {
        return label.equals(String.valueOf(index)) ? NAMELESS + index : label;
    }

    private static List<Integer> shape(int[] dims) {
        return Arrays.stream(dims).boxed().toList();
    }

    /** Returns a layer's prediction and its measured time. */
    static Map<String, Object> plan(LayerPlan layer, double microseconds) {
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("name", layer.name());
        described.put("kind", layer.kind());
        described.put("output", shape(layer.output().dims()));
        described.put("algorithm", layer.work().algorithm().map(each -> each.label()).orElse(""));
        described.put("multiply_adds", layer.work().multiplyAdds());
        described.put("microseconds", microseconds);
        return described;
    }
}
