package dev.sectional.weights.internal.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.Tensor;
import dev.sectional.core.io.SafetensorsWriter;
import dev.sectional.weights.fixtures.VggTiny;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Weights in two files with an index beside them. */
class ShardedFileTest {
    private static final String FIRST = "model-00001-of-00002.safetensors";
    private static final String SECOND = "model-00002-of-00002.safetensors";

    @TempDir
    Path folder;

    private final StringBuilder weightMap = new StringBuilder();

    @BeforeEach
    void writeShards() {
        Map<String, Map<String, Tensor>> shards = new LinkedHashMap<>();
        VggTiny.tensors().forEach((name, tensor) -> {
            String shard = name.startsWith("features") ? FIRST : SECOND;
            shards.computeIfAbsent(shard, s -> new LinkedHashMap<>()).put(name, tensor);
            weightMap.append(weightMap.isEmpty() ? "" : ", ").append("\"" + name + "\": \"" + shard + "\"");
        });
        shards.forEach((name, tensors) -> SafetensorsWriter.write(folder.resolve(name), Map.of("format", "pt"),
                tensors));
    }

    @Test
    void putsTheShardsTogether() throws IOException {
        Path index = index("{\"metadata\": {\"total_size\": 1.5e4, \"total_parameters\": 3500},\n \"weight_map\": {"
                + weightMap + "}}");
        try (OpenedFile file = FormatDetector.open(index)) {
            assertEquals("2 shards of safetensors", file.format());
            assertEquals(Map.of("format", "pt"), file.metadata());
            VggTiny.requireSame(file.tensors(), DType.F32);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{}                                                    | without a weight_map",
        "{\"weight_map\": {}}                                  | without a weight_map",
        "{\"weight_map\": []}                                  | without a weight_map",
        "{\"weight_map\": {\"a\": 3}}                          | does not say in which file",
        "{\"weight_map\": {\"a\": \"../model.safetensors\"}}   | not beside it",
        "{\"weight_map\": {\"a\": \"/etc/passwd\"}}            | not beside it",
        "{\"weight_map\": {\"a\": \"..\"}}                     | not beside it",
        "{\"weight_map\": {\"a\": \"C:model\"}}                | not beside it",
        "{\"weight_map\": {\"a\": \"none.safetensors\"}}       | no such file",
        "{\"weight_map\": {\"a\": \"i.json\"}}                 | none of the supported formats",
        "{\"weight_map\": {\"a\": \"model-00001-of-00002.safetensors\"}} | not in model-00001",
        "{\"weight_map\": {\"a\"                               | begins like JSON",
    })
    void saysWhatIsWrong(String json, String said) throws IOException {
        Path index = index(json);
        String message = assertThrows(InputException.class, () -> FormatDetector.open(index)).getMessage();
        assertTrue(message.contains(said) && message.contains(folder.toString()), message);
    }

    private Path index(String json) throws IOException {
        return Files.writeString(folder.resolve("i.json"), json);
    }
}
