package dev.sectional.weights;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.TensorSource;
import dev.sectional.core.io.MappedFile;
import dev.sectional.core.io.Safetensors;
import dev.sectional.weights.onnx.OnnxModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A file of weights. The format is told by the content, not by the name:
 * <ul>
 * <li>safetensors, and the index of several such files, shards, beside it;
 * <li>what PyTorch's {@code torch.save} writes: the zip archive, and the stream of releases before 1.6;
 * <li>Keras: HDF5 of Keras 2 and 3, and the {@code .keras} archive;
 * <li>NumPy's {@code .npz} and {@code .npy};
 * <li>ONNX, which has no mark of its own: a beginning that is none of the others', or the name, tells it.
 * </ul>
 *
 * <p>Values stay in the mapped file and are turned to float32 as they are read, so a file larger than the heap is no
 * matter. Only what somebody compressed is unpacked to memory. Safe to read from several threads.
 */
public final class WeightsFile implements AutoCloseable {
    private static final int BRACE_AT = 8;
    private static final byte[] ZIP = {'P', 'K', 3, 4};
    private static final String KERAS_WEIGHTS = "model.weights.h5";
    private static final String WANTED = "give a .safetensors, .safetensors.index.json, .pth, .pt, .h5, .keras, .npz, .npy or .onnx file";

    private final String format;
    private final LinkedHashMap<String, Stored> tensors;
    private final Map<String, String> metadata;
    private final Map<String, String> layerNames;
    private final OnnxModel onnx;
    private final AutoCloseable closedWithIt;
    private MappedFile mapped;

    /**
     * A tensor of the file.
     *
     * @param type of the values in the file
     * @param values as float32; whole numbers too, rounded where they exceed 2^24
     */
    public record Stored(DType type, TensorSource values) {}

    WeightsFile(String format, Map<String, Stored> tensors, Map<String, String> metadata, AutoCloseable closed) {
        this(format, tensors, metadata, Map.of(), null, closed);
    }

    private WeightsFile(String format, Map<String, Stored> tensors, Map<String, String> metadata, Map<String, String> layerNames,
                        OnnxModel onnx, AutoCloseable closed) {
        this.format = format;
        this.tensors = new LinkedHashMap<>(tensors);
        this.metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
        this.layerNames = Map.copyOf(layerNames);
        this.onnx = onnx;
        this.closedWithIt = closed;
    }

    /**
     * Opens a file and checks that all it describes is there. Of a training checkpoint the model's tensors are taken.
     *
     * @throws InputException if there is no such file, it is none of the formats above, it is truncated or damaged, or
     *     its pickle asks for something other than tensors and plain containers
     */
    public static WeightsFile open(Path path) {
        return open(path, true);
    }

    /** As {@link #open}, but refuses an index: one that names itself would never end. */
    static WeightsFile openOne(Path path) {
        return open(path, false);
    }

    private static WeightsFile open(Path path, boolean indexToo) {
        if (!Files.isRegularFile(path)) {   // opening a pipe would wait for its other end
            throw new InputException(path + ": " + (Files.isDirectory(path) ? "is a folder" : Files.exists(path) ? "is not a plain file"
                    : "there is no such file") + "; " + WANTED);
        }
        MappedFile mapped = null;
        try {
            mapped = MappedFile.open(path);
            WeightsFile opened = open(path, Bytes.map(mapped), indexToo);
            opened.mapped = mapped;
            mapped = null;
            return opened;
        } catch (InternalError shortened) {
            throw MappedFile.explained(shortened);
        } catch (IOException unreadable) {
            throw new InputException(path + ": cannot be read (" + Text.plain(unreadable.getMessage())
                    + "); check that it is a file you may read", unreadable);
        } finally {
            close(mapped);
        }
    }

    private static void close(AutoCloseable file) {
        try {
            if (file != null) {
                file.close();
            }
        } catch (Exception impossible) {
            throw new IllegalStateException(impossible);   // files are only read
        }
    }

    /** What a file of this name and content holds. Safetensors are mapped anew from the file. */
    static WeightsFile open(Path path, Bytes bytes, boolean indexToo) {
        String file = path.toString();
        if (bytes.length() == 0) {
            throw new InputException(file + ": is empty; fetch it again");
        }
        if (bytes.length() > BRACE_AT && bytes.u8(BRACE_AT) == '{') {
            return ofSafetensors(Safetensors.open(path));
        }
        if (begins(bytes, ZIP)) {
            return ofZip(file, bytes);
        }
        if (Hdf5File.begins(bytes)) {
            return ofHdf5("HDF5", new Hdf5File(file, bytes));
        }
        if (NpyFile.begins(bytes)) {
            return new WeightsFile("NumPy array", Map.of("array", NpyFile.array(file, bytes)), Map.of(), () -> { });
        }
        if (bytes.u8(0) == '{' && indexToo) {
            return ShardedFile.open(path, bytes);
        }
        // A pickle begins with its protocol's number, or in the oldest with a class or a mark.
        if (bytes.u8(0) == 0x80 || bytes.u8(0) == 'c' || bytes.u8(0) == '(') {
            return ofTorch("PyTorch legacy stream", new TorchFile(file, bytes).readStream());
        }
        if (OnnxModel.isOne(path, bytes.u8(0))) {
            return ofOnnx(OnnxModel.open(path));
        }
        throw new InputException(file + ": is of none of the formats of weights that are read, or its beginning is damaged; " + WANTED);
    }

    private static WeightsFile ofZip(String file, Bytes bytes) {
        ZipIndex zip = new ZipIndex(file, bytes);
        if (zip.has(KERAS_WEIGHTS)) {
            ZipIndex.Place weights = zip.contents(KERAS_WEIGHTS);
            Bytes inside = weights.bytes().part(weights.from(), weights.length());
            if (!Hdf5File.begins(inside)) {
                throw new InputException(file + ": " + KERAS_WEIGHTS + " in it is not HDF5; save the model again by Keras");
            }
            return ofHdf5("Keras archive", new Hdf5File(file, inside));
        }
        if (NpyFile.isArchive(zip)) {
            return new WeightsFile("NumPy archive", NpyFile.archive(file, zip), Map.of(), () -> { });
        }
        return ofTorch("PyTorch zip archive", new TorchFile(file, bytes).readZip(zip));
    }

    private static WeightsFile ofHdf5(String format, Hdf5File file) {
        Map<String, Stored> tensors = new LinkedHashMap<>(file.tensors());
        // What an optimiser remembers is of no use here, as in PyTorch's checkpoints.
        tensors.keySet().removeIf(name -> name.startsWith("optimizer/") || name.startsWith("optimizer_weights/"));
        return new WeightsFile(format, tensors, file.about(), file.names(), null, () -> { });
    }

    private static WeightsFile ofOnnx(OnnxModel model) {
        Map<String, Stored> tensors = new LinkedHashMap<>();
        model.initialisers().forEach((name, tensor) -> tensors.put(name, new Stored(tensor.type(), tensor.values())));
        return new WeightsFile("ONNX, operators of version " + model.opset(), tensors, model.metadata(), Map.of(), model, model);
    }

    private static boolean begins(Bytes bytes, byte[] with) {
        return bytes.length() >= with.length && Arrays.equals(bytes.copy(0, with.length), with);
    }

    private static WeightsFile ofTorch(String format, Map<String, Stored> tensors) {
        return new WeightsFile(format, tensors, Map.of(), () -> { });
    }

    private static WeightsFile ofSafetensors(Safetensors file) {
        Map<String, Stored> tensors = new LinkedHashMap<>();
        for (String name : file.names()) {
            tensors.put(name, new Stored(file.type(name), file.source(name)));
        }
        return new WeightsFile("safetensors", tensors, file.metadata(), file);
    }

    /** What people call the format, such as {@code PyTorch zip archive}. */
    public String format() {
        return format;
    }

    /** All tensors by the names in the file, in the file's order: a copy. */
    public LinkedHashMap<String, Stored> tensors() {
        return new LinkedHashMap<>(tensors);
    }

    /** The layers' own names by path of the group, where a Keras 3 file has them. */
    Map<String, String> layerNames() {
        return layerNames;
    }

    /** The graph, if this is an ONNX file; else null. */
    OnnxModel onnx() {
        return onnx;
    }

    /** What the file says besides its tensors; empty unless it is safetensors, HDF5 or ONNX. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** Lets go of the file; its tensors must not be read any more. */
    @Override
    public void close() {
        close(closedWithIt);
        close(mapped);
    }
}
