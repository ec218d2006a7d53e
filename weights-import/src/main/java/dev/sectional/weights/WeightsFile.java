package dev.sectional.weights;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.Safetensors;
import dev.sectional.core.TensorSource;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A file of weights: safetensors, or what PyTorch's {@code torch.save} writes (the zip archive, and the stream of
 * releases before 1.6). The format is told by the content, not by the name.
 *
 * <p>Values stay in the mapped file and are turned to float32 as they are read, so a file larger than the heap is no
 * matter. Only zip entries that somebody compressed are unpacked to memory. Safe to read from several threads.
 */
public final class WeightsFile implements AutoCloseable {
    private static final int BRACE_AT = 8;
    private static final byte[] ZIP = {'P', 'K', 3, 4};
    private static final byte[] HDF5 = {(byte) 0x89, 'H', 'D', 'F'};

    private final String format;
    private final LinkedHashMap<String, Stored> tensors;
    private final Map<String, String> metadata;
    private final AutoCloseable closedWithIt;

    /**
     * A tensor of the file.
     *
     * @param type of the values in the file
     * @param values as float32; whole numbers too, rounded where they exceed 2^24
     */
    public record Stored(DType type, TensorSource values) {}

    private WeightsFile(String format, Map<String, Stored> tensors, Map<String, String> metadata, AutoCloseable closed) {
        this.format = format;
        this.tensors = new LinkedHashMap<>(tensors);
        this.metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
        this.closedWithIt = closed;
    }

    /**
     * Opens a file and checks that all it describes is there. Of a training checkpoint the model's tensors are taken.
     *
     * @throws InputException if there is no such file, it is none of the formats above, it is truncated or damaged, or
     *     its pickle asks for something other than tensors and plain containers
     */
    public static WeightsFile open(Path path) {
        if (Files.isDirectory(path) || !Files.exists(path)) {
            throw new InputException(path + ": " + (Files.exists(path) ? "is a folder" : "there is no such file")
                    + "; give a .safetensors, .pth or .pt file");
        }
        try (FileChannel channel = FileChannel.open(path)) {
            return open(path, Bytes.map(channel));
        } catch (IOException unreadable) {
            throw new InputException(path + ": cannot be read (" + Text.plain(unreadable.getMessage())
                    + "); check that it is a file you may read", unreadable);
        }
    }

    private static WeightsFile open(Path path, Bytes bytes) {
        String file = path.toString();
        if (bytes.length() == 0) {
            throw new InputException(file + ": is empty; fetch it again");
        }
        if (bytes.length() > BRACE_AT && bytes.u8(BRACE_AT) == '{') {
            return ofSafetensors(Safetensors.open(path));
        }
        if (begins(bytes, ZIP)) {
            return ofTorch("PyTorch zip archive", new TorchFile(file, bytes).readZip());
        }
        if (begins(bytes, HDF5)) {
            throw new InputException(file + ": a Keras or HDF5 file, which is not read; convert it to safetensors first");
        }
        // A pickle begins with its protocol's number, or in the oldest with a class or a mark.
        if (bytes.u8(0) == 0x80 || bytes.u8(0) == 'c' || bytes.u8(0) == '(') {
            return ofTorch("PyTorch legacy stream", new TorchFile(file, bytes).readStream());
        }
        throw new InputException(file + ": is neither safetensors nor a PyTorch file, or its beginning is damaged;"
                + " give a .safetensors, .pth or .pt file");
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

    /** What the file says besides its tensors; empty unless it is safetensors. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** Lets go of the file; its tensors must not be read any more. */
    @Override
    public void close() {
        try {
            closedWithIt.close();
        } catch (Exception impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
