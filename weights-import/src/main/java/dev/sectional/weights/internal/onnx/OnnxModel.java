package dev.sectional.weights.internal.onnx;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.io.MappedFile;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.model.GraphFormat;
import dev.sectional.weights.internal.common.ModelWeights;
import dev.sectional.weights.internal.common.StoredTensor;
import dev.sectional.weights.internal.onnx.proto.GraphProto;
import dev.sectional.weights.internal.onnx.proto.ModelProto;
import dev.sectional.weights.internal.onnx.proto.TensorProto;
import dev.sectional.weights.internal.onnx.proto.TensorShapeProto;
import dev.sectional.weights.internal.onnx.proto.ValueInfoProto;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * An ONNX file. Weights stay where they are, in the mapped file or in those beside it; only the description is read.
 */
public final class OnnxModel implements AutoCloseable {
    private static final int FIRST_OPSET = 6;
    private static final int LAST_OPSET = 23;
    private static final int LARGEST_SIDE = 1 << 16;
    private static final int IR_VERSION_TAG = ModelProto.IR_VERSION_FIELD_NUMBER << 3;

    private final String file;
    private final GraphProto graph;
    private final int opset;
    private final TensorReader reader;
    private final ExternalData files;
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final Map<String, StoredTensor> initialisers = new LinkedHashMap<>();

    private OnnxModel(String file, ModelProto model, TensorReader reader, ExternalData files) {
        this.file = file;
        this.graph = model.getGraph();
        this.opset = opset(model);
        this.reader = reader;
        this.files = files;
        model.getMetadataPropsList().forEach(entry -> metadata.put(entry.getKey(), entry.getValue()));
        for (TensorProto tensor : graph.getInitializerList()) {
            ConstantValue read = reader.read("tensor '" + tensor.getName() + "'", tensor);
            if (initialisers.put(tensor.getName(), new StoredTensor(read.type(), read.values())) != null) {
                throw wrong("two tensors are named '" + tensor.getName() + "'");
            }
        }
    }

    /** Whether a file of that name and beginning is to be read as ONNX: it has no mark of its own. */
    public static boolean isOne(Path path, int firstByte) {
        return firstByte == IR_VERSION_TAG || path.toString().toLowerCase(Locale.ROOT).endsWith(".onnx");
    }

    /**
     * Opens a file and checks that all its tensors are there.
     *
     * @throws InputException if it cannot be read, is damaged, or is no model of a version that is known
     */
    public static OnnxModel open(Path path) {
        String file = path.toString();
        ExternalData files = new ExternalData(path);
        try {
            MappedFile mapped = files.open(path);
            if (mapped.length() > Integer.MAX_VALUE) {
                throw new InputException(file + ": is larger than 2 GB, which no ONNX file can be; keep the weights in a file beside the model");
            }
            ByteBuffer bytes = mapped.map(0, mapped.length());
            OnnxModel model = new OnnxModel(file, ModelDescriptionReader.read(file, bytes), new TensorReader(file, bytes, mapped, files), files);
            files = null;
            return model;
        } catch (InternalError shortened) {
            throw MappedFile.explained(shortened);
        } catch (IOException unreadable) {
            throw new InputException(file + ": cannot be read (" + unreadable.getMessage() + "); check that it is a file you may read", unreadable);
        } finally {
            if (files != null) {
                files.close();
            }
        }
    }

    private int opset(ModelProto model) {
        long version = model.getOpsetImportList().stream().filter(set -> set.getDomain().isEmpty() || set.getDomain().equals("ai.onnx"))
                .mapToLong(set -> set.getVersion()).max().orElse(0);
        if (!model.hasGraph() || version == 0) {
            throw wrong("is no ONNX model: it has no graph or does not say its operators' version; export or fetch it again");
        }
        if (version < FIRST_OPSET || version > LAST_OPSET) {
            throw wrong("is written in version " + version + " of ONNX's operators; versions " + FIRST_OPSET + " to " + LAST_OPSET
                    + " are read: export it for one of them");
        }
        return (int) version;
    }

    /** Version of ONNX's own operators that the graph is written in. */
    public int opset() {
        return opset;
    }

    /** What the file says besides its graph. */
    public Map<String, String> metadata() {
        return Map.copyOf(metadata);
    }

    /** The tensors by their names in the file, in its order. */
    public Map<String, StoredTensor> initialisers() {
        return new LinkedHashMap<>(initialisers);
    }

    /**
     * The network of the graph.
     *
     * @param told settings under {@code sectional.*} keys that win over the file's own
     * @throws InputException if the graph is no classifier of images, or has an operator that is not supported; the
     *     node is named
     */
    public ModelWeights classifier(Map<String, String> told) {
        Map<String, String> card = new LinkedHashMap<>(PreprocessingMetadata.of(file, metadata));
        card.putAll(told);
        ValueInfoProto image = image();
        Shape shape = imageShape(image, card.get("sectional.input"));
        GraphImporter importer = new GraphImporter(file, graph, opset, reader, image.getName(), shape, batch(image));
        GraphImporter.Result result = run(importer);
        card.put("sectional.architecture", GraphFormat.ARCHITECTURE);
        card.put("sectional.input", shape.dim(0) + "," + shape.dim(1) + "," + shape.dim(2));
        card.putIfAbsent("sectional.mean", "");
        card.putIfAbsent("sectional.std", "");
        if (result.output() != null) {
            card.put("sectional.output", result.output().name().toLowerCase(Locale.ROOT));
        }
        card.put(GraphFormat.KEY, GraphFormat.describe(result.nodes()));
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        GraphFormat.tensors(result.nodes()).forEach((name, values) -> tensors.put(name, new StoredTensor(importer.type(values), values)));
        return new ModelWeights(tensors, card);
    }

    /** What the graph comes to for an image or a vector of that shape, whether or not it is a classifier. */
    GraphImporter.Result imported(Shape shape) {
        ValueInfoProto image = image();
        return new GraphImporter(file, graph, opset, reader, image.getName(), shape, batch(image)).run(graph.getOutput(0).getName());
    }

    private GraphImporter.Result run(GraphImporter importer) {
        if (graph.getOutputCount() != 1) {
            throw wrong("has " + graph.getOutputCount() + " outputs (" + graph.getOutputList().stream().map(ValueInfoProto::getName)
                    .collect(Collectors.joining(", ")) + "); a classifier has one: export it with that alone");
        }
        try {
            return importer.runClassifier(graph.getOutput(0).getName());
        } catch (IllegalArgumentException e) {
            throw new InputException(file + ": " + e.getMessage(), e);
        }
    }

    /** The one input that is not an initialiser. */
    private ValueInfoProto image() {
        List<ValueInfoProto> inputs = graph.getInputList().stream().filter(input -> !initialisers.containsKey(input.getName())).toList();
        if (inputs.size() != 1) {
            throw wrong("has " + inputs.size() + " inputs (" + inputs.stream().map(ValueInfoProto::getName).collect(Collectors.joining(", "))
                    + "); a classifier of images has one");
        }
        return inputs.get(0);
    }

    private static int batch(ValueInfoProto image) {
        long batch = image.getType().getTensorType().getShape().getDim(0).getDimValue();
        return batch >= 1 && batch <= LARGEST_SIDE ? (int) batch : 1;
    }

    private Shape imageShape(ValueInfoProto image, String told) {
        List<TensorShapeProto.Dimension> dims = image.getType().getTensorType().getShape().getDimList();
        if (dims.size() != 4) {
            throw wrong("its input '" + image.getName() + "' has " + dims.size() + " dimensions, wanted images: batch, channels, rows, columns");
        }
        Shape wanted = told == null ? null : ModelCard.fromMetadata(Map.of("sectional.input", told)).input();
        int[] shape = new int[3];
        for (int i = 0; i < 3; i++) {
            long size = dims.get(i + 1).getDimValue();
            if (size <= 0 && wanted == null) {
                throw wrong("leaves the size of its input '" + image.getName() + "' open; give --input-size, such as 224");
            }
            shape[i] = (int) Math.min(LARGEST_SIDE, size > 0 ? size : wanted.dim(i));
        }
        return Shape.of(shape);
    }

    /** Closes the files. Values that were handed out keep their mappings, unwatched. */
    @Override
    public void close() {
        files.close();
    }

    private InputException wrong(String what) {
        return new InputException(file + ": " + what);
    }
}
