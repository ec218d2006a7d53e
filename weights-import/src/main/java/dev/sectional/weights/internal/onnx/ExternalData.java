package dev.sectional.weights.internal.onnx;

import dev.sectional.core.InputException;
import dev.sectional.core.io.MappedFile;
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
 * The files of a model: its own, and those in which it keeps values. Such a file lies in the model's folder or below: a name that leads out
 * of it, also through a link, is refused, because a model must not make its reader look at other files.
 */
final class ExternalData implements AutoCloseable {
    private final Path folder;
    private final Map<Path, MappedFile> opened = new HashMap<>();

    /** @param model the model's file */
    ExternalData(Path model) {
        this.folder = model.toAbsolutePath().getParent();
    }

    /** A run of bytes of a file. */
    record Run(MappedFile file, ByteBuffer bytes) {
    }

    /** Opens a file, once. */
    MappedFile open(Path file) throws IOException {
        MappedFile mapped = opened.get(file);
        if (mapped == null) {
            mapped = MappedFile.open(file);
            opened.put(file, mapped);
        }
        return mapped;
    }

    /**
     * The bytes of a tensor that lie in a file beside the model.
     *
     * @param where begins messages
     * @param entries the tensor's: location, and where they are given offset and length
     * @param wanted how many bytes there must be
     */
    Run external(String where, List<StringStringEntryProto> entries, long wanted) {
        Map<String, String> told = new HashMap<>();
        entries.forEach(entry -> told.put(entry.getKey(), entry.getValue()));
        Path path = inside(where, told.getOrDefault("location", ""));
        long offset = number(where, told.getOrDefault("offset", "0"));
        try {
            MappedFile mapped = open(path);
            long length = told.containsKey("length") ? number(where, told.get("length")) : wanted;
            if (length != wanted || wanted > Integer.MAX_VALUE) {
                throw new InputException(where + " takes " + wanted + " bytes, its entry says " + length + " of " + path + "; export it again");
            }
            if (offset > mapped.length() || wanted > mapped.length() - offset) {
                throw new InputException(where + " takes " + wanted + " bytes from byte " + offset + " of " + path + ", which has only "
                        + mapped.length() + "; fetch that file again");
            }
            return new Run(mapped, wanted == 0 ? ByteBuffer.allocate(0) : mapped.map(offset, wanted));
        } catch (IOException unreadable) {
            throw new InputException(where + " has its values in " + path + ", which cannot be read (" + unreadable.getMessage()
                    + "); check that it is a file you may read", unreadable);
        }
    }

    private Path inside(String where, String location) {
        try {
            Path path = folder.resolve(location).normalize();
            boolean relative = !location.isEmpty() && !Path.of(location).isAbsolute() && path.startsWith(folder);
            if (relative && !Files.isRegularFile(path)) {
                throw new InputException(where + " has its values in " + path + ", which is not there; put that file beside the model");
            }
            if (relative && path.toRealPath().startsWith(folder.toRealPath())) {
                return path;
            }
        } catch (InvalidPathException | IOException unusable) {
            throw new InputException(where + " has its values in '" + location + "', which cannot be looked at ("
                    + unusable.getMessage() + ")", unusable);
        }
        throw new InputException(where + " has its values in '" + location + "', outside the model's folder; they were not read."
                + " Put the file beside the model and save the model with its name alone");
    }

    private static long number(String where, String text) {
        try {
            long number = Long.parseLong(text.strip());
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below, as for a negative one.
        }
        throw new InputException(where + " has '" + text + "' for an offset or a length; export it again");
    }

    @Override
    public void close() {
        for (MappedFile file : opened.values()) {
            try {
                file.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);   // files are only read
            }
        }
    }
}
