package dev.sectional.weights.internal.common;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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

    /** The development kit numbers its classes in another order than networks. */
    @Test
    void refusesNumbersOfWordNetOutOfOrder() {
        String said = assertThrows(InputException.class, () -> read("n02119789 1 kit_fox\nn02100735 2 setter"))
                .getMessage();
        assertTrue(said.contains("line 2, 'n02100735 2 setter', is out of order"), said);
    }

    @Test
    void aLineMayStandThereTwice() throws IOException {
        assertEquals(List.of("crane", "crane"), read("n02012849 crane\nn02012849 crane"));
    }

    @Test
    void refusesOtherJson() {
        for (String text : List.of("[1, 2]", "{\"0\": \"a\", \"2\": \"b\"}", "{\"0\": 1}", "[\"a\"")) {
            InputException e = assertThrows(InputException.class, () -> read(text));
            assertTrue(e.getMessage().startsWith("labels " + folder.resolve("labels")), e.getMessage());
        }
    }

    @Test
    void readsQuotedNamesOfATable() throws IOException {
        assertEquals(List.of("a \"b\"", "\"", "x\"y", ""),
                read("0,\"a \"\"b\"\"\"\n1,\"\n2,x\"y\n\"3\", \"\"\n"));
        assertEquals(List.of("h1", "h2", "0,a"), read("h1\nh2\n0,a"), "one heading at most");
        assertEquals(List.of("0,a", "2,b"), read("0,a\n2,b"), "the indices have a gap");
        assertEquals(List.of("n01440764 tench", "other"), read("n01440764 tench\nother"), "not all are numbered");
        assertEquals(List.of(), read("\n \n"));
        assertEquals(List.of("only heading"), read("only heading"));
    }

    @Test
    void saysWhatIsWrongWithAFile() throws IOException {
        Path none = folder.resolve("none");
        String missing = assertThrows(InputException.class, () -> LabelFile.read(none)).getMessage();
        assertEquals("cannot read labels " + none + ": there is no such file; give a text file in UTF-8 with one"
                + " label a line", missing);
        Path latin = Files.write(folder.resolve("latin"), new byte[] {'a', (byte) 0xE9, '\n'});
        String text = assertThrows(InputException.class, () -> LabelFile.read(latin)).getMessage();
        assertTrue(text.contains("it is not UTF-8 text"), text);
        String gap = assertThrows(InputException.class, () -> read("{\"0\": \"a\", \"2\": \"b\"}")).getMessage();
        assertTrue(gap.contains("the object of 2 entries has no name for class 1"), gap);
        String empty = assertThrows(InputException.class, () -> read("{\"0\": []}")).getMessage();
        assertTrue(empty.contains("no name for class 0"), empty);
    }

    /** Opening a pipe that nobody writes to would wait for ever, and a device may have no end. */
    @Test
    void refusesPipesDevicesAndHugeFiles() throws Exception {
        Path pipe = folder.resolve("pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        Path huge = folder.resolve("huge");
        try (RandomAccessFile file = new RandomAccessFile(huge.toFile(), "rw")) {
            file.setLength(65L << 20);
        }
        for (Path wrong : List.of(pipe, Path.of("/dev/zero"), folder, huge)) {
            InputException e = assertTimeoutPreemptively(Duration.ofSeconds(20),
                    () -> assertThrows(InputException.class, () -> LabelFile.read(wrong)));
            assertTrue(e.getMessage().startsWith("cannot read labels " + wrong + ": it "), e.getMessage());
        }
    }
}
