package dev.sectional.weights.onnx;

import dev.sectional.core.InputException;
import dev.sectional.weights.onnx.proto.StringStringEntryProto;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Values that a model keeps in files of their own. Such a file lies in the model's folder or below: a name that leads out
 * of it, also through a link, is refused, because a model must not make its reader look at other files.
 */
final class ExternalData {
    private final Path folder;

    /** @param model the model's file */
    ExternalData(Path model) {
        this.folder = model.toAbsolutePath().getParent();
    }

    /**
     * The bytes of a tensor, mapped.
     *
     * @param where begins messages
     * @param entries the tensor's: location, and where they are given offset and length
     * @param wanted how many bytes there must be
     */
    ByteBuffer bytes(String where, List<StringStringEntryProto> entries, long wanted) {
        Map<String, String> told = new HashMap<>();
        entries.forEach(entry -> told.put(entry.getKey(), entry.getValue()));
        Path path = inside(where, told.getOrDefault("location", ""));
        long offset = number(where, told.getOrDefault("offset", "0"));
        try (FileChannel channel = FileChannel.open(path)) {
            long length = told.containsKey("length") ? number(where, told.get("length")) : wanted;
            if (length != wanted || wanted > Integer.MAX_VALUE) {
                throw new InputException(where + " takes " + wanted + " bytes, its entry says " + length + " of " + path + "; export it again");
            }
            if (offset > channel.size() || wanted > channel.size() - offset) {
                throw new InputException(where + " takes " + wanted + " bytes from byte " + offset + " of " + path + ", which has only "
                        + channel.size() + "; fetch that file again");
            }
            return wanted == 0 ? ByteBuffer.allocate(0) : channel.map(FileChannel.MapMode.READ_ONLY, offset, wanted);
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
}
