package dev.sectional.weights.internal.keras;

import dev.sectional.weights.internal.common.Printable;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The supported classes of layers, each with the code that adds its nodes. */
final class LayerTable {
    /** Layers that change nothing outside training. */
    private static final Set<String> UNCHANGED = Set.of(
            "Dropout", "SpatialDropout1D", "SpatialDropout2D", "AlphaDropout", "GaussianDropout",
            "GaussianNoise", "StochasticDepth", "FixedDropout", "ActivityRegularization", "Identity",
            "RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast",
            "RandomBrightness", "RandomHeight", "RandomWidth", "RandomErasing", "RandomHue", "RandomSaturation",
            "RandomColorJitter", "RandomGrayscale", "RandomInvert", "RandomPosterization",
            "RandomColorDegeneration", "RandomElasticTransform", "MixUp", "CutMix", "RandomSharpness",
            "RandomShear", "RandomGaussianBlur", "RandomPerspective");
    private static final Map<String, Importer> IMPORTERS = importers();

    private LayerTable() {}

    /** Adds the nodes of a layer's call. */
    interface Importer {
        /**
         * Adds nodes and returns the result.
         *
         * @throws IllegalArgumentException if a setting or an input is not supported
         */
        KerasValue run(LayerCall call);
    }

    /** Returns whether layers of a class change nothing outside training. */
    static boolean isUnchanged(String className) {
        return UNCHANGED.contains(className);
    }

    /**
     * Adds the nodes of a call and returns its result.
     *
     * @throws IllegalArgumentException if the layer is not supported
     */
    static KerasValue run(LayerCall call) {
        String className = call.config().className();
        if (className.contains("BatchNorm") || isUnchanged(className) || drops(call.config())) {
            requireInference(call);
        }
        return ChannelsFirst.concerns(call) ? ChannelsFirst.run(call) : runLast(call);
    }

    /** Returns whether a layer, such as attention, drops values at random when it trains. */
    private static boolean drops(LayerConfig layer) {
        return layer.config().get("dropout") instanceof Number rate && rate.doubleValue() != 0;
    }

    /**
     * Treats a call that the file records as one that trains, of a layer or model that then computes something else.
     * Keras 3's predict replaces what a file records, so that no layer trains; Keras itself records it for layers that
     * change images at random. Keras 2's predict trains as the file says.
     *
     * @throws IllegalArgumentException if Keras 2 wrote the call
     */
    static void requireInference(LayerCall call) {
        if (!Boolean.TRUE.equals(call.named().get("training"))) {
            return;
        }
        LayerConfig layer = call.config();
        if (!layer.keras3()) {
            throw new IllegalArgumentException("it is called with training=True, which predict of Keras 2 obeys, so"
                    + " that it depends on other images or on random numbers; build the model with a call without"
                    + " training, give it these weights (set_weights), and save it");
        }
        if (!isAugmentation(layer.className())) {
            call.nodes().assume("training=False for layer '" + Printable.plain(layer.name()) + "', as predict of"
                    + " Keras 3 has it; the file records training=True");
        }
    }

    /** Returns whether a layer changes images at random, for which Keras 3 records training=True on its own. */
    private static boolean isAugmentation(String className) {
        return isUnchanged(className) && (className.startsWith("Random") || className.endsWith("Mix")
                || className.equals("MixUp"));
    }

    /** Runs a call whose values have their axes in the order in which the network stores them. */
    static KerasValue runLast(LayerCall call) {
        if (TensorCalls.isTensorCall(call)) {
            return TensorCalls.run(call);
        }
        String className = call.config().className();
        Importer importer = IMPORTERS.get(className);
        if (importer == null) {
            throw new IllegalArgumentException("layers of this class are not supported; "
                    + (className.equals("Lambda") ? "it holds code, which is not run; " : "")
                    + "export the model to ONNX (tf2onnx, or model.export(FILE, format=\"onnx\") in Keras 3)");
        }
        KerasValue result = importer.run(call);
        if (!isUnchanged(className)) {
            call.config().requireKnownSettings();
        }
        return result;
    }

    private static Map<String, Importer> importers() {
        Map<String, Importer> table = new HashMap<>();
        UNCHANGED.forEach(name -> table.put(name, LayerCall::input));
        KernelLayers.addTo(table);
        NormalizationLayers.addTo(table);
        ActivationLayers.addTo(table);
        WindowLayers.addTo(table);
        ShapeLayers.addTo(table);
        MergeLayers.addTo(table);
        SequenceLayers.addTo(table);
        WrapperLayers.addTo(table);
        AttentionLayers.addTo(table);
        return table;
    }
}
