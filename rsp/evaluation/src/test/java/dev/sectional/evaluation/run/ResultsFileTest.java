package dev.sectional.evaluation.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsFileTest {
    @TempDir
    Path folder;
    private Path file;

    @Test
    void numbersComeBackToTheBit() throws IOException {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("a \"quoted\" name", 0.1 + 0.2);
        values.put("least", Double.MIN_VALUE);
        values.put("none", Double.NaN);
        values.put("endless", Double.NEGATIVE_INFINITY);
        values.put("minus zero", -0.0);
        ImageResult evaluated = new ImageResult("image \u00e9\n", "rsp", 1.5, 0.25,
                List.of(new ImageResult.Measured(3, 404, Map.of("pointing", values)),
                        new ImageResult.Measured(4, 1, Map.of())));

        ImageResult read = new ResultLines().parse(ResultLines.of(evaluated));

        assertEquals(evaluated.image(), read.image());
        assertEquals(1.5, read.explaining());
        assertEquals(values, read.cases().get(0).metrics().get("pointing"));
        assertEquals(new ArrayList<>(values.keySet()),
                new ArrayList<>(read.cases().get(0).metrics().get("pointing").keySet()));
        assertEquals(404, read.cases().get(0).target());
        assertTrue(read.cases().get(1).metrics().isEmpty());
        assertFalse(ResultLines.of(evaluated).contains("\n"));
    }

    /** Whatever the last write left, the whole lines before it stay and the run goes on behind them. */
    @Test
    void aTornEndIsCutOffWhereverItIs() throws IOException {
        byte[] whole = written(3);
        int second = new String(whole, StandardCharsets.UTF_8)
                .indexOf('\n', new String(whole, StandardCharsets.UTF_8).indexOf('\n') + 1) + 1;
        for (int length = second; length < whole.length; length += 7) {
            Files.write(file, Arrays.copyOf(whole, length));
            try (ResultsFile results = open()) {
                assertEquals(2, results.count(), "cut at " + length);
                assertFalse(results.has(2));
                results.append(evaluated(2));
            }
            assertArrayEquals(whole, Files.readAllBytes(file));
        }
    }

    @Test
    void aLastLineOfNoSenseIsCutOffButNotOneBefore() throws IOException {
        byte[] whole = written(2);
        Files.writeString(file, new String(whole, StandardCharsets.UTF_8) + "\0\0\0\n");
        try (ResultsFile results = open()) {
            assertEquals(2, results.count());
        }
        assertArrayEquals(whole, Files.readAllBytes(file));
        Files.writeString(file, "{\"image\":\n" + new String(whole, StandardCharsets.UTF_8));

        InputException e = assertThrows(InputException.class, this::open);

        assertTrue(e.getMessage().contains("line 1"), e.getMessage());
    }

    @Test
    void refusesOtherDatasetsAndOtherRunsAtTheSameTime() throws IOException {
        written(2);
        InputException other = assertThrows(InputException.class,
                () -> new ResultsFile(file, id -> -1, (result, index) -> { }));
        assertTrue(other.getMessage().contains("contains no result of this dataset"), other.getMessage());
        try (ResultsFile fewer = new ResultsFile(file, id -> id.equals("1") ? 1 : -1, (result, index) -> { })) {
            assertEquals(1, fewer.count(), "a run may look at fewer images than one before it");
        }
        try (ResultsFile results = open()) {
            assertTrue(assertThrows(InputException.class, this::open).getMessage().contains("another run"));
        }
        open().close();
    }

    private byte[] written(int count) throws IOException {
        file = folder.resolve("new/rsp.jsonl");
        Files.deleteIfExists(file);
        try (ResultsFile results = open()) {
            for (int i = 0; i < count; i++) {
                results.append(evaluated(i));
            }
        }
        return Files.readAllBytes(file);
    }

    private ResultsFile open() {
        return new ResultsFile(file, Integer::parseInt, (result, index) -> { });
    }

    private static ImageResult evaluated(int image) {
        return new ImageResult(String.valueOf(image), "rsp", 0.5, 0.1,
                List.of(new ImageResult.Measured(0, 0, Map.of("pointing", Map.of("hit", 1.0)))));
    }
}
