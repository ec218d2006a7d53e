package dev.sectional.weights.internal.format;

import dev.sectional.core.InputException;
import dev.sectional.core.internal.json.Json;
import dev.sectional.weights.internal.common.CannotRead;
import dev.sectional.weights.internal.common.FileBytes;
import dev.sectional.weights.internal.common.Printable;
import dev.sectional.weights.internal.common.StoredTensor;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Weights in several files, the shards, with an index beside them as Hugging Face's libraries write it: JSON whose
 * {@code weight_map} gives the file of every tensor.
 */
final class ShardedFile implements AutoCloseable {
    private static final int LONGEST_INDEX = 32 << 20;
    private static final int MOST_SHARDS = 1000;

    private final Path index;
    private final Map<String, OpenedFile> shards = new LinkedHashMap<>();
    private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();

    private ShardedFile(Path index) {
        this.index = index;
    }

    /**
     * Opens the shards that an index names.
     *
     * @param bytes of the index
     * @throws InputException if it is no such index, names a file outside its own folder, or a shard lacks a tensor; no
     *     shard stays open then
     */
    static ShardedFile open(Path index, FileBytes bytes) {
        ShardedFile file = new ShardedFile(index);
        try {
            file.read(file.weightMap(bytes));
            return file;
        } catch (RuntimeException failure) {
            file.close();
            throw failure;
        }
    }

    private Map<?, ?> weightMap(FileBytes bytes) {
        if (bytes.length() > LONGEST_INDEX) {
            throw bad("it is JSON of " + bytes.length() + " bytes, too long for an index");
        }
        try {
            ByteBuffer text = ByteBuffer.wrap(bytes.copy(0, (int) bytes.length()));
            Object map = Json.object(StandardCharsets.UTF_8.newDecoder().decode(text).toString()).get("weight_map");
            if (map instanceof Map<?, ?> found && !found.isEmpty()) {
                return found;
            }
        } catch (CharacterCodingException | IllegalArgumentException e) {
            throw CannotRead.file(index.toString(), "it begins like JSON, but is not the index of sharded weights ("
                    + Printable.plain(e.getMessage()) + "); give a .safetensors.index.json, or a file of weights", e);
        }
        throw bad("it is JSON without a weight_map, so it is not the index of sharded weights");
    }

    private void read(Map<?, ?> weightMap) {
        for (Map.Entry<?, ?> entry : weightMap.entrySet()) {
            String tensor = (String) entry.getKey();
            if (!(entry.getValue() instanceof String shard)) {
                throw bad("it does not say in which file tensor " + Printable.plain(tensor) + " is");
            }
            StoredTensor stored = shard(shard).tensors().get(tensor);
            if (stored == null) {
                throw bad("tensor " + Printable.plain(tensor) + " is not in " + Printable.plain(shard)
                        + ", where the index has it");
            }
            tensors.put(tensor, stored);
        }
    }

    /** Opens a shard, once. Only files beside the index are opened, because its names come from a stranger. */
    private OpenedFile shard(String name) {
        OpenedFile open = shards.get(name);
        if (open != null) {
            return open;
        }
        if (name.isEmpty() || name.equals(".") || name.equals("..")
                || !name.chars().allMatch(ShardedFile::inPlainName)) {
            throw bad("it names the file " + Printable.plain(name) + ", which is not beside it");
        }
        if (shards.size() == MOST_SHARDS) {
            throw bad("it names more than " + MOST_SHARDS + " files");
        }
        Path path = index.toAbsolutePath().resolveSibling(name);
        OpenedFile shard = FormatDetector.openShard(path);
        shards.put(name, shard);
        shard.metadata().forEach(metadata::putIfAbsent);
        return shard;
    }

    private static boolean inPlainName(int c) {
        return c < 128 && (Character.isLetterOrDigit(c) || "-_.+ ".indexOf(c) >= 0);
    }

    /** Returns the number of shards and their formats in words. */
    String format() {
        return shards.size() + " shards of " + String.join(", ",
                shards.values().stream().map(OpenedFile::format).distinct().toList());
    }

    /** Returns the tensors of all shards by name, in the order of the index. */
    Map<String, StoredTensor> tensors() {
        return tensors;
    }

    /** Returns the metadata of all shards; of keys that several have, that of the first one. */
    Map<String, String> metadata() {
        return metadata;
    }

    @Override
    public void close() {
        shards.values().forEach(OpenedFile::close);
    }

    private InputException bad(String what) {
        return CannotRead.file(index.toString(), what + "; give a .safetensors.index.json with its files beside it");
    }
}
