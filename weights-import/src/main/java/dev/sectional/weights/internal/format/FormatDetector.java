package dev.sectional.weights.internal.format;

import dev.sectional.core.InputException;
import dev.sectional.core.internal.json.Json;
import dev.sectional.core.io.MappedFile;
import dev.sectional.core.io.Safetensors;
import dev.sectional.nn.model.GraphFormat;
import dev.sectional.weights.internal.common.Assumptions;
import dev.sectional.weights.internal.common.CannotRead;
import dev.sectional.weights.internal.common.FileBytes;
import dev.sectional.weights.internal.common.ModelWeights;
import dev.sectional.weights.internal.common.Printable;
import dev.sectional.weights.internal.common.Probabilities;
import dev.sectional.weights.internal.common.StoredTensor;
import dev.sectional.weights.internal.common.ZipArchive;
import dev.sectional.weights.internal.hdf5.Hdf5File;
import dev.sectional.weights.internal.keras.KerasClassifier;
import dev.sectional.weights.internal.keras.KerasVggNames;
import dev.sectional.weights.internal.naming.TimmNames;
import dev.sectional.weights.internal.naming.TorchRayVgg;
import dev.sectional.weights.internal.naming.TorchvisionNames;
import dev.sectional.weights.internal.numpy.NpyFile;
import dev.sectional.weights.internal.onnx.OnnxModel;
import dev.sectional.weights.internal.torch.TorchFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Opens a file of weights in the format that its first bytes show:
 * <ul>
 * <li>safetensors, and the JSON index of several such files, shards, beside it;
 * <li>PyTorch's {@code torch.save}: the zip archive, and the stream of releases before 1.6;
 * <li>Keras: HDF5 of Keras 2 and 3, and the {@code .keras} archive;
 * <li>NumPy's {@code .npz} and {@code .npy};
 * <li>ONNX, which has no signature: a first byte that no other format has, or the extension, decides.
 * </ul>
 */
public final class FormatDetector {
    private static final int SAFETENSORS_BRACE = 8;
    private static final String INPUT = "sectional.input";
    private static final String MEAN = "sectional.mean";
    private static final String KERAS_WEIGHTS = "model.weights.h5";
    private static final String WANTED =
            "give a .safetensors, .safetensors.index.json, .pth, .pt, .h5, .keras, .npz, .npy"
            + " or .onnx file";

    /** The file; null for memory. */
    private final Path path;
    private final String stateDict;
    private final String file;
    private final FileBytes bytes;
    private final MappedFile mapped;

    private FormatDetector(Path path, String stateDict, FileBytes bytes, MappedFile mapped) {
        this.path = path;
        this.stateDict = stateDict;
        this.file = mapped.name();
        this.bytes = bytes;
        this.mapped = mapped;
    }

    /**
     * Opens a file and checks that every tensor it describes lies inside it. Of a training checkpoint it takes the
     * model's tensors.
     *
     * @throws InputException if there is no such file, it has none of the formats above, it is truncated or damaged, or
     *     its pickle asks for something other than tensors and plain containers
     */
    public static OpenedFile open(Path path) {
        return open(path, "");
    }

    /**
     * Opens a file as {@link #open(Path)} does.
     *
     * @param stateDict key of the state dict in a PyTorch checkpoint; empty for the usual one
     */
    public static OpenedFile open(Path path, String stateDict) {
        return open(path, true, stateDict);
    }

    /** Opens a file as {@link #open} does, but refuses an index: one that names itself would never end. */
    static OpenedFile openShard(Path path) {
        return open(path, false, "");
    }

    private static OpenedFile open(Path path, boolean indexAllowed, String stateDict) {
        requirePlainFile(path);
        try {
            return open(path, MappedFile.open(path), indexAllowed, stateDict);
        } catch (IOException unreadable) {
            throw unreadable(path.toString(), unreadable);
        }
    }

    /**
     * Opens a model in memory as {@link #open(Path, String)} opens a file. It cannot refer to files beside it.
     *
     * @param content closed with the result, and at once if it is refused
     */
    public static OpenedFile open(MappedFile content, String stateDict) {
        return open(null, content, false, stateDict);
    }

    private static OpenedFile open(Path path, MappedFile content, boolean indexAllowed, String stateDict) {
        MappedFile mapped = content;
        try {
            OpenedFile opened = new FormatDetector(path, stateDict, FileBytes.map(mapped), mapped).detect(indexAllowed);
            mapped = null;
            return opened;
        } catch (InternalError shortened) {
            throw MappedFile.explained(shortened);
        } catch (InputException refused) {
            throw refused;
        } catch (RuntimeException fault) {   // the last line of defence; the fuzzer reports it
            throw OpenedFile.unexpected(content.name(), fault);
        } catch (IOException unreadable) {
            throw unreadable(content.name(), unreadable);
        } finally {
            if (mapped != null) {
                OpenedFile.closeReadOnly(mapped);
            }
        }
    }

    private static InputException unreadable(String file, IOException reason) {
        return CannotRead.file(file, Printable.reason(reason) + "; check that it is a file you may read", reason);
    }

    /** Refuses folders and pipes: opening a pipe would wait for its other end. */
    private static void requirePlainFile(Path path) {
        if (Files.isRegularFile(path)) {
            return;
        }
        if (Files.isRegularFile(path.resolve("saved_model.pb"))) {
            throw CannotRead.file(path.toString(), "it is a TensorFlow SavedModel, which is not supported; convert it"
                    + " with python -m tf2onnx.convert --saved-model FOLDER --output model.onnx, and give model.onnx");
        }
        String reason = "there is no such file";
        if (Files.exists(path)) {
            reason = Files.isDirectory(path) ? "it is a folder" : "it is not a plain file";
        }
        throw CannotRead.file(path.toString(), reason + "; " + WANTED);
    }

    /** Opens the file in the format that its first bytes show. */
    private OpenedFile detect(boolean indexAllowed) {
        if (bytes.length() == 0) {
            throw CannotRead.file(file, "it is empty; fetch it again");
        }
        int first = bytes.u8(0);
        // Byte 8 alone is no proof: an ONNX file may have a length of 0x7b there.
        if (bytes.length() > SAFETENSORS_BRACE && bytes.u8(SAFETENSORS_BRACE) == '{'
                && (bytes.u8(SAFETENSORS_BRACE - 1) == 0 || !OnnxModel.matches(file, first))) {
            return safetensors(Safetensors.of(mapped));
        }
        if (ZipArchive.begins(bytes)) {
            return zip(new ZipArchive(file, bytes));
        }
        if (Hdf5File.begins(bytes)) {
            Hdf5File hdf5 = new Hdf5File(file, bytes);
            KerasClassifier model = KerasClassifier.ofHdf5(file, hdf5);
            return hdf5("HDF5", hdf5, model == null ? KerasClassifier.ofWeights(file, hdf5) : model);
        }
        if (NpyFile.begins(bytes)) {
            return named("NumPy array", Map.of("array", NpyFile.array(file, bytes)), Map.of(), mapped);
        }
        if (first == '{' && path == null) {
            throw CannotRead.file(file,
                    "it begins like JSON, as the index of sharded weights does, whose files lie beside"
                    + " it; load it from a path");
        }
        if (first == '{' && indexAllowed) {
            ShardedFile shards = ShardedFile.open(path, bytes);
            return named(shards.format(), shards.tensors(), shards.metadata(), shards, mapped);
        }
        // A pickle begins with its protocol number or, in the oldest protocol, with a class or a mark.
        if (first == 0x80 || first == 'c' || first == '(') {
            return torch("PyTorch legacy stream", null);
        }
        if (OnnxModel.matches(file, first)) {
            return onnx(OnnxModel.open(path, mapped));
        }
        ForeignFormats.refuse(file, bytes);
        String beginning = HexFormat.ofDelimiter(" ").formatHex(bytes.copy(0, (int) Math.min(8, bytes.length())));
        throw CannotRead.file(file, "it has none of the supported formats, or its beginning is damaged (first bytes "
                + beginning
                + "); " + WANTED);
    }

    private OpenedFile safetensors(Safetensors opened) {
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        for (String name : opened.names()) {
            tensors.put(name, new StoredTensor(opened.type(name), opened.source(name)));
        }
        return named("safetensors", tensors, opened.metadata(), opened);
    }

    private OpenedFile zip(ZipArchive zip) {
        if (zip.has(KERAS_WEIGHTS)) {
            FileBytes inside = zip.contents(KERAS_WEIGHTS);
            if (!Hdf5File.begins(inside)) {
                throw CannotRead.file(file, KERAS_WEIGHTS + " in it is not HDF5; save the model again with Keras");
            }
            Hdf5File weights = new Hdf5File(file, inside);
            return hdf5("Keras archive", weights, KerasClassifier.ofArchive(file, zip, weights));
        }
        if (NpyFile.isArchive(zip)) {
            return named("NumPy archive", NpyFile.archive(file, zip), Map.of(), mapped);
        }
        return torch("PyTorch zip archive", zip);
    }

    /** Opens what torch.save wrote: an archive, or a stream where that is null. */
    private OpenedFile torch(String format, ZipArchive zip) {
        TorchFile torch = new TorchFile(file, bytes, stateDict);
        Map<String, StoredTensor> tensors = zip == null ? torch.readStream() : torch.readZip(zip);
        return named(format, tensors, torch.chosen().isEmpty() ? Map.of()
                : Map.of("sectional.assumed", Json.array(List.of(torch.chosen()))), mapped);
    }

    /** Returns an HDF5 file; {@code model} is null if it has weights alone. */
    private OpenedFile hdf5(String format, Hdf5File hdf5, KerasClassifier model) {
        Map<String, StoredTensor> tensors = new LinkedHashMap<>(hdf5.tensors());
        // The optimizer's state is no part of the network, as in PyTorch's checkpoints.
        tensors.keySet().removeIf(name -> name.startsWith("optimizer/") || name.startsWith("optimizer_weights/"));
        if (model != null) {
            return new OpenedFile(format + ", " + model.description(), tensors, hdf5.about(),
                    withoutOutputs(model::classifier), mapped);
        }
        return new OpenedFile(format, tensors, hdf5.about(), withoutOutputs(overrides -> {
            if (KerasVggNames.rename(file, tensors, hdf5.names()) == null && hdf5.hasLayers()) {
                throw CannotRead.file(file, "it has " + tensors.size() + " tensors of a Keras model without the model's"
                        + " configuration, so the network is unknown; save the whole model: build it in Keras,"
                        + " model.load_weights(\"FILE\"), model.save(\"model.keras\")");
            }
            return byNames(tensors, hdf5.about(), hdf5.names(), overrides);
        }), mapped);
    }

    private OpenedFile onnx(OnnxModel model) {
        return new OpenedFile("ONNX, operators of version " + model.opset(), model.initializers(), model.metadata(),
                model::classifier, model, mapped);
    }

    /** Returns a file whose tensors become a network's by their names. */
    private OpenedFile named(String format, Map<String, StoredTensor> tensors, Map<String, String> metadata,
                             AutoCloseable... resources) {
        return new OpenedFile(format, tensors, metadata,
                withoutOutputs(overrides -> byNames(tensors, metadata, Map.of(), overrides)), resources);
    }

    /** Returns a reader that refuses the name of an output: such a file has one network, with one output. */
    private OpenedFile.NetworkReader withoutOutputs(Function<Map<String, String>, ModelWeights> reader) {
        return (overrides, output) -> {
            if (!output.isEmpty()) {
                throw CannotRead.file(file, "it is not an ONNX graph, so it has no output '" + Printable.plain(output)
                        + "' to choose; leave --output out");
            }
            return reader.apply(overrides);
        };
    }

    /**
     * Returns the weights of a network that the names of tensors tell.
     *
     * @param layerNames names of layers by the path of their group, which a Keras 3 file has
     */
    private ModelWeights byNames(Map<String, StoredTensor> tensors, Map<String, String> metadata,
                                 Map<String, String> layerNames, Map<String, String> overrides) {
        boolean graph = metadata.containsKey(GraphFormat.KEY);   // its tensors have the names of its nodes
        Map<String, StoredTensor> keras = graph ? null : KerasVggNames.rename(file, tensors, layerNames);
        Map<String, String> merged = new LinkedHashMap<>(keras != null ? KerasVggNames.CARD
                : !graph && TorchRayVgg.matches(tensors) ? TorchRayVgg.CARD : Map.of());
        Map<String, StoredTensor> named = graph ? tensors : keras != null ? null
                : TorchvisionNames.rename(file, tensors);
        merged.putAll(metadata);
        merged.putAll(overrides);
        if (!metadata.containsKey(MEAN) && !overrides.containsKey(MEAN) && merged.containsKey(MEAN)) {
            Assumptions.add(merged, List.of(keras != null
                    ? "pixels as keras.applications prepares them for VGG (--preset caffe)"
                    : "pixels of 0..255 less Caffe's means, and one probability per class, as TorchRay's VGG16"));
        }
        if (named != null && !graph && !merged.containsKey(MEAN) && TorchvisionNames.isTimmTransformer(tensors)) {
            merged.putAll(TimmNames.VIT_PIXELS);
            Assumptions.add(merged, List.of(TimmNames.VIT_ASSUMED));
        }
        if (overrides.containsKey(Probabilities.KEY)) {
            if (!Assumptions.removeProbabilities(merged)) {
                Probabilities.requireOpen(file, metadata, overrides);
            }
        }
        if (metadata.containsKey(INPUT) && overrides.containsKey(INPUT)) {   // the channels are the network's
            merged.put(INPUT, metadata.get(INPUT).split(",")[0] + overrides.get(INPUT).substring(1));
        }
        return new ModelWeights(keras != null ? keras : named, merged);
    }
}
