package dev.sectional.weights.internal.onnx;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.TensorSource;
import dev.sectional.core.io.MappedFile;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.model.GraphFormat;
import dev.sectional.nn.model.NodeSpec;
import dev.sectional.weights.internal.common.Assumptions;
import dev.sectional.weights.internal.common.CannotRead;
import dev.sectional.weights.internal.common.ModelWeights;
import dev.sectional.weights.internal.common.Printable;
import dev.sectional.weights.internal.common.Probabilities;
import dev.sectional.weights.internal.common.SizeGuard;
import dev.sectional.weights.internal.common.StoredTensor;
import dev.sectional.weights.internal.onnx.proto.GraphProto;
import dev.sectional.weights.internal.onnx.proto.ModelProto;
import dev.sectional.weights.internal.onnx.proto.TensorProto;
import dev.sectional.weights.internal.onnx.proto.TensorShapeProto;
import dev.sectional.weights.internal.onnx.proto.ValueInfoProto;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * An ONNX file. Only its description is read; weights stay in the mapped file or in the files beside it. Safe for use
 * by several threads once it is open.
 */
public final class OnnxModel implements AutoCloseable {
    /** Elements that are compared at once. */
    private static final int CHUNK = 1 << 16;
    /** With these added to even sizes, strided layers meet odd and even sizes on every level. */
    private static final int ODD_ROWS = 37;
    private static final int ODD_COLUMNS = 21;
    private static final int FIRST_OPSET = 6;
    private static final int LAST_OPSET = 28;
    private static final int LARGEST_BATCH = 1 << 16;
    /** Numbers of an image: 16384 rows and columns of one channel. */
    private static final long MOST_PIXELS = 1L << 28;
    private static final int IR_VERSION_TAG = ModelProto.IR_VERSION_FIELD_NUMBER << 3;

    private final String file;
    private final GraphProto graph;
    private final int opset;
    private final TensorReader reader;
    private final ExternalData files;
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final Map<String, StoredTensor> initializers = new LinkedHashMap<>();

    private OnnxModel(String file, ModelProto model, TensorReader reader, ExternalData files) {
        this.file = file;
        this.opset = opset(model);
        this.graph = inlined(model);
        this.reader = reader;
        this.files = files;
        model.getMetadataPropsList().forEach(entry -> metadata.put(entry.getKey(), entry.getValue()));
        for (TensorProto tensor : graph.getInitializerList()) {
            ConstantValue read = reader.read("tensor '" + tensor.getName() + "'", tensor);
            if (initializers.put(tensor.getName(), new StoredTensor(read.type(), read.values())) != null) {
                throw failure("two tensors are named '" + tensor.getName() + "'; export it again");
            }
        }
    }

    /**
     * Returns whether to read a file as ONNX, which has no signature: it begins with the IR version or is named .onnx.
     */
    public static boolean matches(String file, int firstByte) {
        return firstByte == IR_VERSION_TAG || file.toLowerCase(Locale.ROOT).endsWith(".onnx");
    }

    /**
     * Opens a file and checks that all its tensors are there.
     *
     * @throws InputException if it cannot be read, is damaged, or has an unsupported version
     */
    public static OnnxModel open(Path path) {
        try {
            return open(path, MappedFile.open(path));
        } catch (IOException unreadable) {
            throw unreadable(path.toString(), unreadable);
        }
    }

    private static InputException unreadable(String file, IOException reason) {
        return CannotRead.file(file, Printable.reason(reason) + "; check that it is a file you may read", reason);
    }

    /**
     * Reads a model and checks that all its tensors are there.
     *
     * @param path of the model, beside which other files with elements may lie; null for a model in memory
     * @param mapped the model; closed with the result
     * @throws InputException if it cannot be read, is damaged, or has an unsupported version
     */
    public static OnnxModel open(Path path, MappedFile mapped) {
        String file = mapped.name();
        ExternalData files = new ExternalData(path, mapped);
        try {
            if (mapped.length() > Integer.MAX_VALUE) {
                throw CannotRead.file(file,
                        "it is larger than 2 GB, which protobuf does not allow; keep the weights in a file beside"
                        + " the model");
            }
            ByteBuffer bytes = mapped.map(0, mapped.length());
            OnnxModel model = new OnnxModel(file, ModelDescriptionReader.read(file, bytes),
                    new TensorReader(file, bytes, mapped, files), files);
            files = null;
            return model;
        } catch (InternalError shortened) {
            throw MappedFile.explained(shortened);
        } catch (IOException unreadable) {
            throw unreadable(file, unreadable);
        } finally {
            if (files != null) {
                files.close();
            }
        }
    }

    private GraphProto inlined(ModelProto model) {
        try {
            return FunctionInliner.inlined(model);
        } catch (IllegalArgumentException e) {
            throw CannotRead.file(file, e.getMessage() + "; export it again", e);
        }
    }

    private int opset(ModelProto model) {
        long version = model.getOpsetImportList().stream()
                .filter(set -> set.getDomain().isEmpty() || set.getDomain().equals("ai.onnx"))
                .mapToLong(set -> set.getVersion()).max().orElse(0);
        if (!model.hasGraph() || version == 0) {
            throw failure(
                    "it is not an ONNX model: it has no graph or no operator set version; export or fetch it again");
        }
        if (version < FIRST_OPSET || version > LAST_OPSET) {
            throw failure("it has version " + version + " of ONNX's operator set, versions " + FIRST_OPSET + " to "
                    + LAST_OPSET
                    + " are supported; export it for one of them");
        }
        return (int) version;
    }

    /** Returns the version of ONNX's operator set that the graph is written in. */
    public int opset() {
        return opset;
    }

    /** Returns the metadata of the file. */
    public Map<String, String> metadata() {
        return Map.copyOf(metadata);
    }

    /** Returns the tensors by their names in the file, in its order. */
    public Map<String, StoredTensor> initializers() {
        return new LinkedHashMap<>(initializers);
    }

    /**
     * Imports the graph as a network. The metadata of the result holds a model card and the description of the graph;
     * mean and deviation are missing if neither the file nor {@code overrides} nor the graph's first layers tell them.
     *
     * @param overrides settings under {@code sectional.*} keys that win over the file's own
     * @param wanted name of the output, or of a value inside the graph, that has the logits; empty for the only output
     * @throws InputException if the graph is not an image classifier, or has an unsupported operator; the message names
     *     the node
     */
    public ModelWeights classifier(Map<String, String> overrides, String wanted) {
        Map<String, String> card = new LinkedHashMap<>(PreprocessingMetadata.read(file, metadata));
        card.putAll(overrides);
        Input input = input(card.get("sectional.input"));
        requireSize(overrides.get("sectional.input"), input);
        String output = output(wanted);
        GraphImporter importer = new GraphImporter(file, graph, opset, reader, input.name, input.dims, input.channels);
        importer.assumeFloat32(image().getType().getTensorType().getElemType());
        GraphImporter.Result result = run(importer, output);
        ModelCard.Output probabilities = probabilities(importer, result, card);
        boolean free = input.open && holdsForOtherSizes(input, output, result);
        List<NodeSpec> nodes = free ? result.nodes() : SizeGuard.before(result.nodes(), input.dims[input.row()],
                input.dims[input.row() + 1], !input.open);
        card.put("sectional.architecture", GraphFormat.ARCHITECTURE);
        card.put("sectional.input", input.image());
        PreprocessingMetadata.complete(card, metadata, image().getType().getTensorType().getElemType(), nodes);
        if (probabilities != null) {
            card.put(Probabilities.KEY, probabilities.name().toLowerCase(Locale.ROOT));
        }
        card.put(GraphFormat.KEY, GraphFormat.describe(nodes));
        Assumptions.add(card, result.assumed());
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        GraphFormat.tensors(nodes).forEach((name, values) ->
                tensors.put(name, new StoredTensor(importer.type(values), values)));
        return new ModelWeights(tensors, card);
    }

    /** Imports the graph for an image or a vector of that shape, channels first, whether or not it is a classifier. */
    GraphImporter.Result importGraph(Shape shape) {
        ValueInfoProto image = image();
        int[] dims = IntStream.concat(IntStream.of(batch(image)), Arrays.stream(shape.dims())).toArray();
        return new GraphImporter(file, graph, opset, reader, image.getName(), dims, 1)
                .run(graph.getOutput(0).getName());
    }

    /**
     * The input of the graph.
     *
     * @param dims four sizes, batch first
     * @param channels axis of the channels: 1, or 3 in graphs that take images as TensorFlow does
     * @param open whether the file leaves a size open
     */
    private record Input(String name, int[] dims, int channels, boolean open) {
        int row() {
            return channels == 1 ? 2 : 1;
        }

        /** Returns channels, rows and columns as a card states them. */
        String image() {
            return dims[channels] + "," + dims[row()] + "," + dims[row() + 1];
        }
    }

    private GraphImporter.Result run(GraphImporter importer, String output) {
        try {
            return importer.runClassifier(output);
        } catch (IllegalArgumentException e) {
            throw CannotRead.file(file, e.getMessage(), e);
        }
    }

    private ModelCard.Output probabilities(GraphImporter importer, GraphImporter.Result result,
                                           Map<String, String> card) {
        try {
            return Probabilities.of("graph", result.nodes(), result.shape().size(), result.output(),
                    Probabilities.stated(card), importer::assume);
        } catch (IllegalArgumentException e) {
            throw CannotRead.file(file, e.getMessage(), e);
        }
    }

    /**
     * Returns whether the imported nodes of a file that leaves the size open also compute the graph for images of
     * another size. A file that states the size holds for that alone: its exporter folded the size into constants, some
     * of which do not show, such as padding of 0 or the factor of a variance. Imports for twice the size, and for sizes
     * that divide by nothing, must give the same nodes: otherwise the graph computes with the size, and the result was
     * folded into constants.
     *
     * @throws InputException if the number of outputs depends on the size
     */
    private boolean holdsForOtherSizes(Input input, String output, GraphImporter.Result result) {
        int row = input.row();
        int[] twice = input.dims.clone();
        twice[row] *= 2;
        twice[row + 1] *= 2;
        int[] odd = twice.clone();
        odd[row] += ODD_ROWS;
        odd[row + 1] += ODD_COLUMNS;
        return holdsFor(twice, input, output, result) && holdsFor(odd, input, output, result);
    }

    private boolean holdsFor(int[] larger, Input input, String output, GraphImporter.Result result) {
        GraphImporter.Result other;
        try {
            other = new GraphImporter(file, graph, opset, reader, input.name, larger, input.channels)
                    .runClassifier(output);
        } catch (IllegalArgumentException | InputException onlyThisSize) {
            return false;
        }
        if (!other.shape().equals(result.shape())) {
            throw failure("its output '" + output + "' has " + result.shape().size()
                    + " values for images of this size and " + other.shape().size()
                    + " for larger ones, wanted one per class; export a classifier");
        }
        return GraphFormat.describe(other.nodes()).equals(GraphFormat.describe(result.nodes()))
                && sameTensors(GraphFormat.tensors(other.nodes()), GraphFormat.tensors(result.nodes()));
    }

    /** Compares computed constants by their values; tensors of the file, and views of them, are equal objects. */
    private static boolean sameTensors(Map<String, TensorSource> some, Map<String, TensorSource> others) {
        return some.keySet().equals(others.keySet()) && some.entrySet().stream().allMatch(entry -> {
            TensorSource one = entry.getValue();
            TensorSource other = others.get(entry.getKey());
            return one.equals(other) || one.shape().equals(other.shape()) && sameElements(one, other);
        });
    }

    private static boolean sameElements(TensorSource one, TensorSource other) {
        int size = one.shape().size();
        float[] some = new float[Math.min(size, CHUNK)];
        float[] others = new float[some.length];
        for (int from = 0, count; from < size; from += count) {
            count = Math.min(some.length, size - from);
            one.read(from, some, 0, count);
            other.read(from, others, 0, count);
            if (!Arrays.equals(some, 0, count, others, 0, count)) {
                return false;
            }
        }
        return true;
    }

    private String output(String wanted) {
        List<String> outputs = graph.getOutputList().stream().map(ValueInfoProto::getName).toList();
        if (!wanted.isEmpty() && !outputs.contains(wanted)) {
            boolean inside = graph.getNodeList().stream().anyMatch(node -> node.getOutputList().contains(wanted));
            if (!inside) {
                throw failure("it has no output '" + wanted + "': it has " + String.join(", ", outputs));
            }
            return wanted;
        }
        if (wanted.isEmpty() && outputs.size() != 1) {
            throw failure("it has " + outputs.size() + " outputs (" + String.join(", ", outputs)
                    + "), a classifier has one; choose it by --output (LoadOptions.output)");
        }
        return wanted.isEmpty() ? outputs.get(0) : wanted;
    }

    /** Returns the only input that is not an initializer. */
    private ValueInfoProto image() {
        List<ValueInfoProto> inputs = graph.getInputList().stream()
                .filter(input -> !initializers.containsKey(input.getName())).toList();
        if (inputs.size() != 1) {
            throw failure("it has " + inputs.size() + " inputs (" + names(inputs) + "), an image classifier has one;"
                    + " export it with that alone");
        }
        return inputs.get(0);
    }

    private static String names(List<ValueInfoProto> values) {
        return values.stream().map(ValueInfoProto::getName).collect(Collectors.joining(", "));
    }

    private static int batch(ValueInfoProto image) {
        long batch = image.getType().getTensorType().getShape().getDim(0).getDimValue();
        return batch >= 1 && batch <= LARGEST_BATCH ? (int) batch : 1;
    }

    /** Returns the input for an image (C, H, W); {@code given} fills the sizes that the graph leaves open. */
    private Input input(String given) {
        ValueInfoProto image = image();
        List<TensorShapeProto.Dimension> dims = image.getType().getTensorType().getShape().getDimList();
        String reason = InputChecks.reason(image);
        if (!reason.isEmpty()) {
            throw failure(reason);
        }
        Shape wanted = given == null ? null : ModelCard.fromMetadata(Map.of("sectional.input", given)).input();
        boolean last = InputChecks.isChannels(dims.get(3)) && !InputChecks.isChannels(dims.get(1));
        int[] order = last ? new int[] {1, 2, 0} : new int[] {0, 1, 2};
        int[] sizes = {batch(image), 0, 0, 0};
        boolean open = false;
        for (int i = 1; i < 4; i++) {
            long size = dims.get(i).getDimValue();
            if (size <= 0 && wanted == null) {
                throw failure("it leaves the size of its input '" + image.getName()
                        + "' open; give it, such as --input-size 224");
            }
            open |= size <= 0;
            sizes[i] = (int) Math.min(Integer.MAX_VALUE, size > 0 ? size : wanted.dim(order[i - 1]));
        }
        if ((long) sizes[1] * sizes[2] > MOST_PIXELS || (long) sizes[1] * sizes[2] * sizes[3] > MOST_PIXELS) {
            throw failure("its input '" + image.getName() + "' has shape " + Arrays.toString(sizes)
                    + ", larger than any photograph; export it for smaller images");
        }
        return new Input(image.getName(), sizes, last ? 3 : 1, open);
    }

    /** Refuses a size that the user gives for a graph of another one, which would have no effect. */
    private void requireSize(String given, Input input) {
        if (given == null) {
            return;
        }
        Shape wanted = ModelCard.fromMetadata(Map.of("sectional.input", given)).input();
        int height = input.dims[input.row()];
        int width = input.dims[input.row() + 1];
        if (wanted.dim(1) != height || wanted.dim(2) != width) {
            throw failure("its input '" + input.name + "' is " + height + "x" + width + ", not " + wanted.dim(1) + "x"
                    + wanted.dim(2) + "; leave --input-size out, or export it with the size left open");
        }
    }

    /** Closes the files. Tensors that were returned keep their mappings, but no longer notice a shortened file. */
    @Override
    public void close() {
        files.close();
    }

    private InputException failure(String reason) {
        return CannotRead.file(file, reason);
    }
}
