package dev.sectional.weights.internal.keras;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The supported classes of layers, each with the code that adds its nodes. */
final class LayerTable {
    /** Layers that change nothing outside training. */
    private static final Set<String> UNCHANGED = Set.of("Dropout", "SpatialDropout2D", "AlphaDropout",
            "GaussianDropout", "GaussianNoise", "StochasticDepth", "FixedDropout", "ActivityRegularization", "Identity",
            "RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast", "RandomBrightness",
            "RandomHeight", "RandomWidth", "RandomErasing", "RandomHue", "RandomSaturation", "RandomColorJitter",
            "RandomGrayscale", "RandomSharpness", "RandomShear", "RandomGaussianBlur", "RandomPerspective");
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

    /**
     * Adds the nodes of a call and returns its result.
     *
     * @throws IllegalArgumentException if the layer is not supported
     */
    static KerasValue run(LayerCall call) {
        Importer importer = IMPORTERS.get(call.config().className());
        if (TensorCalls.isTensorCall(call)) {
            return TensorCalls.run(call);
        }
        if (importer == null) {
            throw new IllegalArgumentException("layers of this class are not supported; "
                    + (call.config().className().equals("Lambda") ? "it holds code, which is not run; " : "")
                    + "export the model to ONNX (tf2onnx, or model.export(FILE, format=\"onnx\") in Keras 3)");
        }
        return importer.run(call);
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
        AttentionLayers.addTo(table);
        return table;
    }
}
