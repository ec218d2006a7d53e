package dev.sectional.weights.internal.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.io.SafetensorsWriter;
import dev.sectional.weights.fixtures.VggTiny;
import java.io.IOException;
import java.io.RandomAccessFile;
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
        "{\"weight_map\": {\"a\": \"\"}}                       | not beside it",
        "{\"weight_map\": {\"a\": \".\"}}                      | not beside it",
        "{\"weight_map\": {\"a\": \"modèle\"}}                 | not beside it",
        "{\"weight_map\": {\"a\": \"a-b_c.d+e 1\"}}            | no such file",
        "{\"weight_map\": {\"a\"                               | begins like JSON",
    })
    void saysWhatIsWrong(String json, String said) throws IOException {
        Path index = index(json);
        String message = assertThrows(InputException.class, () -> FormatDetector.open(index)).getMessage();
        assertTrue(message.contains(said) && message.contains(folder.toString()), message);
    }

    @Test
    void anIndexNamesAThousandFiles() throws IOException {
        StringBuilder map = new StringBuilder();
        for (int i = 0; i <= 1000; i++) {
            String header = "{\"t" + i + "\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]}}";
            Files.write(folder.resolve("" + i), ((char) header.length() + "\0\0\0\0\0\0\0" + header + "\0").getBytes());
            map.append(i == 0 || i == 1000 ? "" : ", ").append(i == 1000 ? "" : "\"t" + i + "\": \"" + i + '"');
        }
        try (OpenedFile file = FormatDetector.open(index("{\"weight_map\": {" + map + "}}"))) {
            assertEquals(1000, file.tensors().size());
        }
        Path more = index("{\"weight_map\": {" + map + ", \"t1000\": \"1000\"}}");
        assertTrue(assertThrows(InputException.class, () -> FormatDetector.open(more)).getMessage()
                .contains("it names more than 1000 files"));
    }

    private static Map<String, Tensor> numbered(int count) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            tensors.put("t" + i, Tensor.zeros(Shape.of(1)));
        }
        return tensors;
    }

    @Test
    void theFirstShardsMetadataWins() throws IOException {
        SafetensorsWriter.write(folder.resolve("a"), Map.of("k", "first", "a", "1"), numbered(1));
        SafetensorsWriter.write(folder.resolve("b"), Map.of("k", "second", "b", "2"), numbered(2));
        try (OpenedFile file = FormatDetector.open(index("{\"weight_map\": {\"t0\": \"a\", \"t1\": \"b\"}}"))) {
            assertEquals(Map.of("k", "first", "a", "1", "b", "2"), file.metadata());
        }
    }

    @Test
    void anIndexIsUtf8OfAtMost32Megabytes() throws IOException {
        Path latin = Files.write(folder.resolve("i.json"), new byte[] {'{', '"', (byte) 0xE9, '"', '}'});
        assertTrue(assertThrows(InputException.class, () -> FormatDetector.open(latin)).getMessage()
                .contains("begins like JSON, but is not the index"));
        try (RandomAccessFile file = new RandomAccessFile(folder.resolve("i.json").toFile(), "rw")) {
            file.write('{');
            file.setLength((32 << 20) + 1);
        }
        assertTrue(assertThrows(InputException.class, () -> FormatDetector.open(latin)).getMessage()
                .contains("it is JSON of 33554433 bytes, too long for an index"));
    }

    private Path index(String json) throws IOException {
        return Files.writeString(folder.resolve("i.json"), json);
    }
}
