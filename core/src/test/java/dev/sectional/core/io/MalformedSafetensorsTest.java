package dev.sectional.core.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.sectional.core.InputException;
import dev.sectional.core.TensorSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Opening and reading a file of any content either succeeds or fails with one line that names the file. */
class MalformedSafetensorsTest {
    @TempDir
    private Path folder;

    private static byte[] sample() throws IOException {
        try (InputStream in = MalformedSafetensorsTest.class.getResourceAsStream("vgg_tiny.safetensors")) {
            return in.readAllBytes();
        }
    }

    /** Writes a file of a header, with its length before it and {@code data} zeros after it. */
    private Path file(String header, int data) throws IOException {
        return file(header.getBytes(StandardCharsets.UTF_8), data);
    }

    private Path file(byte[] header, int data) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(8 + header.length + data).order(ByteOrder.LITTLE_ENDIAN);
        return Files.write(folder.resolve("bad.safetensors"), bytes.putLong(header.length).put(header).array());
    }

    private static String refusal(Path file) {
        String message = assertThrows(InputException.class, () -> Safetensors.open(file).close()).getMessage();
        assertTrue(message.startsWith(file + ": "), message);
        assertTrue(message.chars().noneMatch(Character::isISOControl), message);
        assertTrue(message.length() < 1300, message);
        return message;
    }

    @Test
    @Tag("exhaustive")
    void refusesAFileCutOffAtAnyByte() throws IOException {
        byte[] whole = sample();
        Path cut = Files.write(folder.resolve("cut.safetensors"), whole);
        try (FileChannel channel = FileChannel.open(cut, StandardOpenOption.WRITE)) {
            for (int length = whole.length - 1; length >= 0; length--) {
                channel.truncate(length);
                refusal(cut);
            }
        }
    }

    @Test
    @Tag("exhaustive")
    void flippedBytesGiveTensorsOrOneLine() throws IOException {
        byte[] whole = sample();
        Random random = new Random(11);
        int opened = 0;
        for (int i = 0; i < 1500; i++) {
            byte[] bytes = whole.clone();
            for (int flips = random.nextInt(3); flips >= 0; flips--) {
                bytes[random.nextInt(i % 2 == 0 ? 1200 : bytes.length)] ^= (byte) (1 + random.nextInt(255));
            }
            Path flipped = Files.write(folder.resolve("flipped.safetensors"), bytes);
            try (Safetensors file = Safetensors.open(flipped)) {
                file.names().forEach(file::tensor);
                opened++;
            } catch (InputException e) {
                assertTrue(e.getMessage().startsWith(flipped + ": "), e.getMessage());
                assertTrue(e.getMessage().chars().noneMatch(Character::isISOControl), e.getMessage());
            }
        }
        assertTrue(opened > 200 && opened < 1400, "opened " + opened);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 9, 100, 99_999_999, 100_000_001, 1L << 31, 1L << 32,
        Long.MAX_VALUE, Long.MIN_VALUE, -1})
    void refusesHeadersLongerThanTheFile(long claimed) throws IOException {
        byte[] bytes = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(claimed).array();
        String message = refusal(Files.write(folder.resolve("claims"), bytes));
        assertTrue(message.contains("claims " + Long.toUnsignedString(claimed) + " bytes"), message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "[]                                                              | wanted an object",
        "{\"a\":                                                         | wanted a value",
        "{} x                                                            | wanted the end",
        "{\"a\":{\"dtype\":\"F32\"                                       | wanted '}'",
        "{\"a\\x\":1}                                                    | wanted an escape",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8.5]}}   | lacks a dtype, a shape or two",
        "{\"a\":1.}                                                      | wanted a number",
        "{\"a\":99999999999999999999}                                    | wanted a number",
        "{\"a\":null}                                                    | wanted a number",
        "{\"a\":[[[[[[[[[[[[[[[[                                         | wanted a value",
        "{\"a\":7}                                                       | lacks a dtype",
        "{\"__metadata__\":7}                                            | __metadata__",
        "{\"__metadata__\":{\"k\":7}}                                    | 'k'",
        "{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}                    | appears twice"})
    void refusesHeadersOfOtherJson(String header, String reason) throws IOException {
        String message = refusal(file(header, 8));
        assertTrue(message.contains(reason), message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "F32 | 2                     | 0,4                                     | which is not its size",
        "F32 | 1                     | 0,8                                     | which is not its size",
        "F32 | 2                     | 8,0                                     | which is not its size",
        "F32 | 2                     | -8,0                                    | which is not its size",
        "F32 | 2                     | -9223372036854775808,-9223372036854775800 | which is not its size",
        "F32 | 2                     | 9223372036854775799,9223372036854775807 | has 8",
        "F32 | 2                     | 0                                       | lacks",
        "F32 | 2                     | 0,8,16                                  | lacks",
        "F32 | 2                     | \"0\",8                                 | lacks",
        "F32 | 4                     | 0,16                                    | has 8",
        "F32 | 1                     | 4,8                                     | gap",
        "F32 | 1                     | 0,4                                     | follow the last tensor",
        "F32 | -2                    | 0,8                                     | a dimension of -2",
        "F32 | 4294967296            | 0,8                                     | a dimension of 4294967296",
        "F32 | 65536,65536           | 0,8                                     | at most",
        "F32 | 2147483647,2147483647,4 | 0,8                                   | at most",
        "F32 | 1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2 | 0,8 | dimensions",
        "F8_E4M3 | 8                 | 0,8                                     | F8_E4M3",
        "f32 | 2                     | 0,8                                     | not supported"})
    void refusesTensorsThatContradictTheFile(String type, String shape, String offsets, String reason)
            throws IOException {
        String message = refusal(file("{" + entry("a", type, shape, offsets) + "}", 8));
        assertTrue(message.contains(reason), message);
        assertTrue(message.contains("'a'") || reason.startsWith("follow"), message);
    }

    @Test
    void refusesTensorsThatOverlapOrLeaveGaps() throws IOException {
        assertTrue(refusal(file(two("b", "2,6"), 8)).contains("'b' overlaps"));
        assertTrue(refusal(file(two("b", "0,4"), 8)).contains("overlaps"));
        assertTrue(refusal(file(two("b", "6,10"), 10)).contains("gap"));
        assertTrue(refusal(file(two("a", "4,8"), 8)).contains("'a' appears twice"));
        Safetensors.open(file(two("b", "4,8"), 8)).close();
    }

    private static String two(String second, String offsets) {
        return "{" + entry("a", "F32", "1", "0,4") + "," + entry(second, "F32", "1", offsets) + "}";
    }

    private static String entry(String name, String type, String shape, String offsets) {
        return "\"" + name + "\":{\"dtype\":\"" + type + "\",\"shape\":[" + shape
                + "],\"data_offsets\":[" + offsets + "]}";
    }

    @Test
    void messagesQuoteAnyNameInOneShortLine() throws IOException {
        refusal(file("{\"a\\nb\\u001b[31m\":7}", 0));
        refusal(file("{\"a\nb\":7}", 0));
        refusal(file("{\"" + "long".repeat(5000) + "\":7}", 0));
    }

    @Test
    void refusesNamesThatAreNotUtf8() throws IOException {
        byte[] header = ("{" + entry("?", "F32", "0", "0,0") + "}").getBytes(StandardCharsets.UTF_8);
        header[2] = (byte) 0xFF;
        assertTrue(refusal(file(header, 0)).contains("UTF-8"));
    }

    @Test
    void refusesEmptyMissingAndUnreadableFilesAndFolders() throws IOException {
        assertTrue(refusal(Files.createFile(folder.resolve("empty"))).contains("empty"));
        assertTrue(refusal(folder).contains("folder"));
        assertTrue(refusal(folder.resolve("missing")).contains("no such file"));
        Path locked = Files.write(folder.resolve("locked"), sample());
        assertTrue(locked.toFile().setReadable(false) || !Files.isReadable(locked));
        assumeFalse(Files.isReadable(locked), "this user may read everything");
        assertTrue(refusal(locked).contains("not allowed"));
    }

    @Test
    void refusesReadsOfAnotherNameTypeOrRange() throws IOException {
        try (Safetensors file = Safetensors.open(Files.write(folder.resolve("ok"), sample()))) {
            String bias = "features.0.bias";
            assertTrue(assertThrows(InputException.class, () -> file.tensor("none")).getMessage().contains("'none'"));
            assertTrue(assertThrows(InputException.class, () -> file.longs(bias)).getMessage().contains("F32"));
            assertFalse(file.has("none"));
            TensorSource source = file.source(bias);
            assertThrows(IndexOutOfBoundsException.class, () -> source.read(1, new float[8], 0, 4));
            assertThrows(IndexOutOfBoundsException.class, () -> source.read(0, new float[3], 0, 4));
            assertThrows(IndexOutOfBoundsException.class, () -> source.read(-1, new float[3], 0, 2));
            assertEquals(4, file.tensor(bias).data().length);
        }
    }
}
