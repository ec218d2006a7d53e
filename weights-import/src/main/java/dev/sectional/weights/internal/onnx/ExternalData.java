package dev.sectional.weights.internal.onnx;

import dev.sectional.core.InputException;
import dev.sectional.core.io.MappedFile;
import dev.sectional.weights.internal.common.CannotRead;
import dev.sectional.weights.internal.common.Printable;
import dev.sectional.weights.internal.onnx.proto.StringStringEntryProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The file of a model and the files in which it stores elements. Those must lie in the model's folder or below it, also
 * after links are resolved, because a model must not make its reader look at other files.
 */
final class ExternalData implements AutoCloseable {
    private final String model;
    /** The model's folder; null for a model in memory. */
    private final Path folder;
    private final Map<Path, MappedFile> opened = new HashMap<>();

    /**
     * Starts with the model's own file.
     *
     * @param path of the model's file; null for a model in memory
     */
    ExternalData(Path path, MappedFile mapped) {
        this.model = mapped.name();
        this.folder = path == null ? null : path.toAbsolutePath().normalize().getParent();
        opened.put(path, mapped);
    }

    /** A range of bytes of a file. */
    record Range(MappedFile file, ByteBuffer bytes) {
    }

    /** Opens a file, once. */
    private MappedFile open(Path file) throws IOException {
        MappedFile mapped = opened.get(file);
        if (mapped == null) {
            mapped = MappedFile.open(file);
            opened.put(file, mapped);
        }
        return mapped;
    }

    /**
     * Maps the elements of a tensor that lie in a file beside the model.
     *
     * @param tensor name of the tensor in messages, such as {@code tensor 'w'}
     * @param entries of the tensor: location, and if given offset and length
     * @param wanted number of bytes that the tensor needs
     * @throws InputException if the file is missing, too short or outside the folder
     */
    Range map(String tensor, List<StringStringEntryProto> entries, long wanted) {
        Map<String, String> values = new HashMap<>();
        entries.forEach(entry -> values.put(entry.getKey(), entry.getValue()));
        Path path = resolve(tensor, values.getOrDefault("location", ""));
        long offset = number(tensor, values.getOrDefault("offset", "0"));
        try {
            MappedFile mapped = open(path);
            long length = values.containsKey("length") ? number(tensor, values.get("length")) : wanted;
            if (length != wanted || wanted > Integer.MAX_VALUE) {
                throw failure(tensor, "takes " + wanted + " bytes, its entry names " + length + " of " + path
                        + "; export it again");
            }
            if (offset > mapped.length() || wanted > mapped.length() - offset) {
                throw failure(tensor, "takes " + wanted + " bytes from byte " + offset + " of " + path
                        + ", which has only "
                        + mapped.length() + "; fetch that file again");
            }
            return new Range(mapped, wanted == 0 ? ByteBuffer.allocate(0) : mapped.map(offset, wanted));
        } catch (IOException unreadable) {
            throw CannotRead.file(model, tensor + " has its elements in " + path + ", which cannot be read ("
                    + Printable.reason(unreadable) + "); check that it is a file you may read", unreadable);
        }
    }

    /** Returns the path of a location, which must be a file in the folder or below. */
    private Path resolve(String tensor, String location) {
        if (folder == null) {
            throw failure(tensor, "has its elements in the file '" + Printable.plain(location)
                    + "' beside the model; load it from a path, or save the model as one file");
        }
        try {
            Path path = folder.resolve(location).normalize();
            boolean relative = !location.isEmpty() && !Path.of(location).isAbsolute() && path.startsWith(folder);
            if (relative && !Files.isRegularFile(path)) {
                throw failure(tensor, "has its elements in " + path
                        + ", which is not there; put that file beside the model");
            }
            if (relative && path.toRealPath().startsWith(folder.toRealPath())) {
                return path;
            }
        } catch (InvalidPathException | IOException unusable) {
            throw CannotRead.file(model, tensor + " has its elements in '" + Printable.plain(location)
                    + "', which is not a usable path (" + Printable.plain(unusable.getMessage())
                    + "); save the model again with a plain file name", unusable);
        }
        throw failure(tensor, "has its elements in '" + Printable.plain(location)
                + "', outside the model's folder, and they were"
                + " not read; put the file beside the model and save the model with its name alone");
    }

    private long number(String tensor, String text) {
        try {
            long number = Long.parseLong(text.strip());
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // refused below, as a negative number is
        }
        throw failure(tensor, "has the offset or length '" + Printable.plain(text) + "'; export it again");
    }

    private InputException failure(String tensor, String reason) {
        return CannotRead.file(model, tensor + " " + reason);
    }

    @Override
    public void close() {
        for (MappedFile file : opened.values()) {
            try {
                file.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);   // the files are open for reading only
            }
        }
    }
}
