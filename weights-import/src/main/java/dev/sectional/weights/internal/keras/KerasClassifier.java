package dev.sectional.weights.internal.keras;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.model.GraphFormat;
import dev.sectional.nn.model.NodeSpec;
import dev.sectional.weights.internal.common.Assumptions;
import dev.sectional.weights.internal.common.CannotRead;
import dev.sectional.weights.internal.common.FileBytes;
import dev.sectional.weights.internal.common.ModelWeights;
import dev.sectional.weights.internal.common.Printable;
import dev.sectional.weights.internal.common.Probabilities;
import dev.sectional.weights.internal.common.SizeGuard;
import dev.sectional.weights.internal.common.StoredTensor;
import dev.sectional.weights.internal.common.ZipArchive;
import dev.sectional.weights.internal.hdf5.Hdf5File;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A model of Keras with its configuration: the configuration says what the network is, the HDF5 part holds the weights.
 */
public final class KerasClassifier {
    private static final String CONFIG = "config.json";
    private static final String METADATA = "metadata.json";

    private final String file;
    private final Hdf5File weights;
    private final boolean archive;
    private final KerasModel model;
    private final String kind;
    /** The model of {@code keras.applications} whose graph the weights get; null if the file has a graph. */
    private KerasApplications.Found application;
    private boolean channelsFirst;
    private GraphNodes nodes;
    /** How the user says that outputs become probabilities; null if the model tells it, or nothing does. */
    private ModelCard.Output stated;

    private KerasClassifier(String file, Hdf5File weights, boolean archive, KerasModel model, String version) {
        this.kind = "Keras " + (version.matches("[123]\\..*") ? version.charAt(0) + " " : "")
                + (model.sequential() ? "Sequential" : "Functional");
        this.file = file;
        this.weights = weights;
        this.archive = archive;
        this.model = model;
    }

    /**
     * Reads the configuration of a {@code .keras} archive; returns null if it names no model.
     *
     * @param weights the HDF5 file in it
     * @throws InputException if the configuration is not that of a Sequential or Functional model
     */
    public static KerasClassifier ofArchive(String file, ZipArchive zip, Hdf5File weights) {
        if (!zip.has(CONFIG)) {
            return null;
        }
        String version = zip.has(METADATA) ? String.valueOf(json(text(file, zip, METADATA)).get("keras_version")) : "";
        return read(file, text(file, zip, CONFIG), weights, true, version);
    }

    /**
     * Reads the configuration of an HDF5 file that {@code model.save} wrote; returns null if it names no model.
     *
     * @throws InputException if the configuration is not that of a Sequential or Functional model
     */
    public static KerasClassifier ofHdf5(String file, Hdf5File hdf5) {
        List<String> config = hdf5.texts("", "model_config");
        if (config.size() != 1 || config.get(0).isBlank()) {
            return null;
        }
        if (hdf5.texts("", "backend").contains("theano") || hdf5.texts("model_weights", "backend").contains("theano")) {
            throw CannotRead.file(file, "it was saved with Theano, whose kernels are turned by 180 degrees; load it in"
                    + " Keras 2 with TensorFlow and save it again with model.save");
        }
        List<String> version = hdf5.texts("", "keras_version");
        if (version.isEmpty()) {
            version = hdf5.texts("model_weights", "keras_version");
        }
        return read(file, config.get(0), hdf5, false, version.isEmpty() ? "" : version.get(0));
    }

    /** Gives weights alone the graph of {@code keras.applications} that their names tell; null if they tell none. */
    public static KerasClassifier ofWeights(String file, Hdf5File weights) {
        KerasApplications.Found found = KerasApplications.find(weights);
        if (found == null) {
            return null;
        }
        KerasClassifier classifier = new KerasClassifier(file, weights, found.archive(), found.model(), "");
        classifier.application = found;
        return classifier;
    }

    private static String text(String file, ZipArchive zip, String member) {
        FileBytes bytes = zip.contents(member);
        if (bytes.length() > ConfigJson.LONGEST) {
            throw CannotRead.file(file, member + " in it has " + bytes.length() + " bytes, more than "
                    + ConfigJson.LONGEST);
        }
        return new String(bytes.copy(0, (int) bytes.length()), StandardCharsets.UTF_8);
    }

    /** Returns an object; an empty one if the text is not one. */
    private static Map<String, Object> json(String text) {
        try {
            return ConfigJson.object(text);
        } catch (IllegalArgumentException notAnObject) {
            return Map.of();
        }
    }

    /**
     * Reads the configuration of a model.
     *
     * @param file name of the file in messages
     * @param config JSON of the attribute {@code model_config} or of the archive's {@code config.json}
     * @param weights the HDF5 file, or the one inside the archive
     * @param archive whether weights are in the layout of an archive
     * @param version of Keras that wrote the file; empty if unknown
     * @throws InputException if the configuration is not that of a Sequential or Functional model
     */
    private static KerasClassifier read(String file, String config, Hdf5File weights, boolean archive, String version) {
        Map<String, Object> json = json(config);
        if (json.get("class_name") == null) {
            return null;   // a file of weights with a text of its own in the place of the configuration
        }
        try {
            boolean keras3 = version.startsWith("3") || version.isEmpty() && json.containsKey("registered_name");
            String className = String.valueOf(json.get("class_name"));
            if (!KerasModel.isModel(className)) {
                throw new IllegalArgumentException("it is a model of class '" + Printable.plain(className)
                        + "', whose graph is code and not in the file; build it as a Functional model, or export it to"
                        + " ONNX");
            }
            KerasModel model = KerasModel.read(className, json.get("config"), keras3);
            return new KerasClassifier(file, weights, archive, model, version);
        } catch (IllegalArgumentException e) {
            throw CannotRead.file(file, "the configuration of the Keras model: " + e.getMessage(), e);
        }
    }

    /** Returns the class and number of layers, for listings: {@code Keras 3 Sequential of 12 layers}. */
    public String description() {
        return application != null ? "weights of " + application.name()
                : kind + " of " + model.layers().size() + " layers";
    }

    /**
     * Imports the model. The metadata of the result holds a model card and the description of the graph.
     *
     * @param overrides settings under {@code sectional.*} keys that win over the file's own
     * @throws InputException if the model is not an image classifier, or has an unsupported layer; the message names
     *     the layer's class and name
     */
    public ModelWeights classifier(Map<String, String> overrides) {
        try {
            Shape image = image(overrides.get("sectional.input"));
            stated = Probabilities.stated(overrides);
            if (application != null) {
                KerasApplications.requireKnownSums(application, weights);
            }
            Imported imported = imported(image);
            nodes = imported.nodes;
            List<NodeSpec> specs = nodes.leadingTo(imported.end.node());
            Map<String, String> card = card(specs, image, overrides, imported.output);
            return weights(holdsForOtherSizes(image, imported) ? specs
                    : SizeGuard.before(specs, image.dim(1), image.dim(2), false), card);
        } catch (IllegalArgumentException e) {
            throw CannotRead.file(file, kind + ", " + e.getMessage(), e);
        }
    }

    /**
     * The model for images of one size.
     *
     * @param end the logits
     * @param output how they become probabilities; null if the model does not tell
     */
    private record Imported(GraphNodes nodes, KerasValue end, ModelCard.Output output) {}

    private Imported imported(Shape image) {
        GraphNodes graph = new GraphNodes();
        KerasValue end = run(graph, image);
        ModelCard.Output output = null;
        NodeSpec last = graph.spec(end);
        if (last != null && (last.kind().equals("Softmax") || last.kind().equals("Sigmoid"))) {
            end = graph.input(last);
            output = last.kind().equals("Softmax") ? ModelCard.Output.SOFTMAX : ModelCard.Output.SIGMOID;
        }
        end = vector(graph, end);
        if (graph.spec(end) == null) {
            throw new IllegalArgumentException("its output is the image itself");
        }
        output = Probabilities.of("model", graph.leadingTo(end.node()), end.shape().size(), output, stated,
                graph::assume);
        return new Imported(graph, end, output);
    }

    /**
     * Returns whether the nodes also compute the model for images of another size: an import for twice the size must
     * give the same. Otherwise settings depend on the size, such as those of Reshape and Cropping2D, or weights do,
     * such as those of Dense after Flatten.
     */
    private boolean holdsForOtherSizes(Shape image, Imported imported) {
        try {
            Imported larger = imported(Shape.of(image.dim(0), Math.multiplyExact(2, image.dim(1)),
                    Math.multiplyExact(2, image.dim(2))));
            return larger.end.equals(imported.end) && larger.output == imported.output
                    && larger.nodes.describe(larger.end.node()).equals(imported.nodes.describe(imported.end.node()));
        } catch (IllegalArgumentException | ArithmeticException onlyThisSize) {
            return false;
        }
    }

    private KerasValue run(GraphNodes graph, Shape image) {
        KerasValue x = graph.image(Shape.of(image.dim(1), image.dim(2), image.dim(0)));
        if (model.inputShape() != null && model.inputShape().length == 3) {   // rows and columns without channels
            x = graph.add("input", "Reshape", NodeSpec.settings("shape", new int[] {image.dim(1), image.dim(2)}),
                    Map.of(), x);
        }
        if (channelsFirst) {
            x = new KerasValue(x.node(), x.shape(), true);
            graph.assume("images enter as (channels, rows, columns), by the data format of the layers");
        }
        if (application != null) {
            graph.assume("the layers between the weights as in keras.applications." + application.name());
            graph.assume("images of " + image.dim(1) + "x" + image.dim(2) + ", softmax at the end");
        }
        KerasWeights found = archive ? new ArchiveWeights(weights, "", model) : LegacyWeights.of(weights, model);
        List<KerasValue> outputs = new GraphBuilder(graph).run(model, found, List.of(x));
        if (outputs.size() != 1) {
            throw new IllegalArgumentException("it has " + outputs.size()
                    + " outputs, a classifier has one; save the model with that alone");
        }
        return outputs.get(0);
    }

    /**
     * Returns the shape (C, H, W) of the image.
     *
     * @param given the shape that the user asks for, whose rows and columns win over the file's; or null
     */
    private Shape image(String given) {
        int[] shape = model.inputShape();
        if (model.inputs().size() != 1) {
            throw new IllegalArgumentException("it has " + model.inputs().size()
                    + " inputs, an image classifier has one");
        }
        if (shape != null && shape.length != 4 && shape.length != 3) {
            throw new IllegalArgumentException("its input has " + (shape.length - 1)
                    + " dimensions without the batch, wanted rows, columns and channels");
        }
        Shape wanted = given == null ? null : ModelCard.fromMetadata(Map.of("sectional.input", given)).input();
        if (shape == null) {
            throw new IllegalArgumentException("it does not state the shape of its input; save it after a call or with"
                    + " an Input layer");
        }
        channelsFirst = ChannelsFirst.isInput(model, shape);
        if (channelsFirst) {
            shape = new int[] {shape[0], shape[2], shape[3], shape[1]};
        }
        int channels = shape.length == 3 ? 1 : shape[3];
        if (channels < 1 || (shape[1] < 1 || shape[2] < 1) && wanted == null) {
            throw new IllegalArgumentException(channels < 1 ? "it leaves the number of its input channels open"
                    : "it leaves the size of its input open; give it, such as --input-size 224");
        }
        if (application != null && application.name().equals("MobileNetV2") && wanted != null
                && (wanted.dim(1) % 32 != 0 || wanted.dim(2) % 32 != 0)) {
            throw new IllegalArgumentException("its padding depends on the size; give an --input-size that 32 divides");
        }
        return wanted == null ? Shape.of(channels, shape[1], shape[2])
                : Shape.of(channels, wanted.dim(1), wanted.dim(2));
    }

    /** Returns a value of one dimension; a feature map of one position is flattened. */
    private static KerasValue vector(GraphNodes graph, KerasValue end) {
        if (end.rank() == 1) {
            return end;
        }
        if (end.shape().size() != end.channels()) {
            throw new IllegalArgumentException("its output has shape " + end.shape()
                    + ", wanted one value per class; give a classifier with its top layers");
        }
        return graph.add("flatten_output", end.rank() == 3 ? "Flatten" : "Reshape", end.rank() == 3 ? Map.of()
                : NodeSpec.settings("shape", new int[] {end.channels()}), Map.of(), end);
    }

    private Map<String, String> card(List<NodeSpec> specs, Shape image, Map<String, String> overrides,
                                     ModelCard.Output output) {
        Map<String, String> card = new LinkedHashMap<>();
        if (!overrides.containsKey("sectional.mean")) {
            card.putAll(KerasPreprocessing.card(model, specs, image.dim(0)));
            if (card.isEmpty() && "BGR".equals(overrides.get("sectional.channels"))) {   // no usual way but Caffe's
                card.putAll(Map.of("sectional.mean", "", "sectional.std", ""));
            }
        }
        card.putAll(overrides);
        Assumptions.add(card, nodes.assumed());
        card.put("sectional.architecture", GraphFormat.ARCHITECTURE);
        card.put("sectional.input", image.dim(0) + "," + image.dim(1) + "," + image.dim(2));
        if (output != null) {
            card.put(Probabilities.KEY, output.name().toLowerCase(Locale.ROOT));
        }
        return card;
    }

    private ModelWeights weights(List<NodeSpec> specs, Map<String, String> card) {
        card.put(GraphFormat.KEY, GraphFormat.describe(specs));
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        GraphFormat.tensors(specs).forEach((name, values) ->
                tensors.put(name, new StoredTensor(nodes.type(values), values)));
        return new ModelWeights(tensors, card);
    }
}
