package dev.sectional.weights;

import dev.sectional.core.InputException;
import dev.sectional.core.internal.json.Json;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Weights in several files, shards, with an index beside them as Hugging Face's libraries write it: JSON whose
 * {@code weight_map} says for every tensor which file it is in.
 */
final class ShardedFile {
    private static final int LONGEST_INDEX = 32 << 20;
    private static final int MOST_SHARDS = 1000;

    private final Path index;
    private final Map<String, WeightsFile> shards = new LinkedHashMap<>();
    private final Map<String, WeightsFile.Stored> tensors = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();

    private ShardedFile(Path index) {
        this.index = index;
    }

    /**
     * Opens the shards that an index names.
     *
     * @param bytes of the index
     * @throws InputException if it is no such index, names a file outside its own folder, or a shard lacks a tensor
     */
    static WeightsFile open(Path index, Bytes bytes) {
        ShardedFile file = new ShardedFile(index);
        try {
            file.read(file.weightMap(bytes));
            return new WeightsFile(file.shards.size() + " shards of " + file.formats(), file.tensors, file.metadata, file::close);
        } catch (RuntimeException failure) {
            file.close();
            throw failure;
        }
    }

    private Map<?, ?> weightMap(Bytes bytes) {
        if (bytes.length() > LONGEST_INDEX) {
            throw bad("is JSON of " + bytes.length() + " bytes, too long for an index");
        }
        try {
            ByteBuffer text = ByteBuffer.wrap(bytes.copy(0, (int) bytes.length()));
            Object map = Json.object(StandardCharsets.UTF_8.newDecoder().decode(text).toString()).get("weight_map");
            if (map instanceof Map<?, ?> found && !found.isEmpty()) {
                return found;
            }
        } catch (CharacterCodingException | IllegalArgumentException e) {
            throw new InputException(index + ": begins like JSON, but is not the index of sharded weights (" + Text.plain(e.getMessage())
                    + "); give a .safetensors.index.json, or a file of weights", e);
        }
        throw bad("is JSON without a weight_map, so it is not the index of sharded weights");
    }

    private void read(Map<?, ?> weightMap) {
        for (Map.Entry<?, ?> entry : weightMap.entrySet()) {
            String tensor = (String) entry.getKey();
            if (!(entry.getValue() instanceof String shard)) {
                throw bad("does not say in which file tensor " + Text.plain(tensor) + " is");
            }
            WeightsFile.Stored stored = shard(shard).tensors().get(tensor);
            if (stored == null) {
                throw bad("says that tensor " + Text.plain(tensor) + " is in " + Text.plain(shard) + ", and it is not");
            }
            tensors.put(tensor, stored);
        }
    }

    /** Only files beside the index are opened: its names come from who knows where. */
    private WeightsFile shard(String name) {
        WeightsFile open = shards.get(name);
        if (open != null) {
            return open;
        }
        if (name.isEmpty() || name.equals(".") || name.equals("..") || !name.chars().allMatch(ShardedFile::inPlainName)) {
            throw bad("names the file " + Text.plain(name) + ", which is not beside it");
        }
        if (shards.size() == MOST_SHARDS) {
            throw bad("names more than " + MOST_SHARDS + " files");
        }
        Path path = index.toAbsolutePath().resolveSibling(name);
        WeightsFile shard = WeightsFile.openOne(path);
        shards.put(name, shard);
        shard.metadata().forEach(metadata::putIfAbsent);
        return shard;
    }

    private static boolean inPlainName(int c) {
        return c < 128 && (Character.isLetterOrDigit(c) || "-_.+ ".indexOf(c) >= 0);
    }

    private String formats() {
        return String.join(", ", shards.values().stream().map(WeightsFile::format).distinct().toList());
    }

    private void close() {
        shards.values().forEach(WeightsFile::close);
    }

    private InputException bad(String what) {
        return new InputException(index + ": " + what + "; give a .safetensors.index.json with its files beside it");
    }
}
