package dev.sectional.weights.internal.common;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LabelFileTest {
    @TempDir
    Path folder;

    private List<String> read(String text) throws IOException {
        return LabelFile.read(Files.writeString(folder.resolve("labels"), text));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "tench, fish\ngoldfish\n\n", "\ufefftench, fish\r\ngoldfish\r\n", "n01440764 tench, fish\nn01443537 goldfish\n",
        "[\"tench, fish\", \"goldfish\"]",
        "\ufeff {\"0\": [\"n01440764\", \"tench, fish\"], \"1\": [\"n0\", \"goldfish\"]}",
        "{\"1\": \"goldfish\", \"0\": \"tench, fish\"}", "0,\"tench, fish\"\n1,goldfish",
        "index,name\n0,\"tench, fish\"\n1,goldfish"})
    void readsEveryForm(String text) throws IOException {
        assertEquals(List.of("tench, fish", "goldfish"), read(text));
    }

    /** Names that are numbers or have commas stay names unless every line counts up from 0. */
    @Test
    void leavesNamesWithCommasAlone() throws IOException {
        assertEquals(List.of("7,up", "8,down"), read("7,up\n8,down\n"));
        assertEquals(List.of("", "a"), read("\na\n"), "an empty name keeps the count");
    }

    @Test
    void refusesOtherJson() {
        for (String text : List.of("[1, 2]", "{\"0\": \"a\", \"2\": \"b\"}", "{\"0\": 1}", "[\"a\"")) {
            InputException e = assertThrows(InputException.class, () -> read(text));
            assertTrue(e.getMessage().startsWith("labels " + folder.resolve("labels")), e.getMessage());
        }
    }
}
