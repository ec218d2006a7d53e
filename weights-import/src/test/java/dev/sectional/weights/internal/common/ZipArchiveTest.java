package dev.sectional.weights.internal.common;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives as the JDK writes them, archives with every field of zip64, and archives with one wrong field. */
class ZipArchiveTest {
    private static final byte[] TEXT = "the quick brown fox".getBytes();

    private static byte[] written(Map<String, byte[]> members, int method, String comment) throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(file)) {
            zip.setComment(comment);
            for (Map.Entry<String, byte[]> member : members.entrySet()) {
                ZipEntry entry = new ZipEntry(member.getKey());
                CRC32 crc = new CRC32();
                crc.update(member.getValue());
                entry.setMethod(method);
                entry.setCrc(crc.getValue());
                entry.setSize(member.getValue().length);
                zip.putNextEntry(entry);
                zip.write(member.getValue());
                zip.closeEntry();
            }
        }
        return file.toByteArray();
    }

    private static ZipArchive open(byte[] bytes) {
        return new ZipArchive("x.zip", FileBytes.of(bytes));
    }

    private static byte[] contents(ZipArchive zip, String name) {
        FileBytes contents = zip.contents(name);
        return contents.copy(0, (int) contents.length());
    }

    private static void refused(byte[] bytes, String said) {
        String message = assertThrows(InputException.class, () -> {
            ZipArchive zip = open(bytes);
            zip.names().forEach(zip::contents);
        }).getMessage();
        assertTrue(message.startsWith("cannot read x.zip: ") && message.contains(said)
                && message.lines().count() == 1, message);
    }

    @ParameterizedTest
    @CsvSource({"0,0", "8,0", "0,1", "8,65535", "0,65535"})
    void readsMembersBehindAnyComment(int method, int commentLength) throws IOException {
        byte[] noise = new byte[200_000];
        new Random(1).nextBytes(noise);
        Map<String, byte[]> members = new TreeMap<>(Map.of("a/b.txt", TEXT, "a/xb.txt", new byte[0], "noise", noise,
                "zeros", new byte[60_000]));
        byte[] file = written(members, method, "c".repeat(commentLength));
        ZipArchive zip = open(file);
        assertTrue(ZipArchive.begins(FileBytes.of(file)));
        assertEquals(List.copyOf(members.keySet()), List.copyOf(zip.names()));
        members.forEach((name, bytes) -> assertArrayEquals(bytes, contents(zip, name), name));
        assertTrue(zip.has("noise"));
        assertFalse(zip.has("b.txt"));
        assertEquals("a/b.txt", zip.nameEndingWith("b.txt"));
        assertEquals("noise", zip.nameEndingWith("noise"));
        assertNull(zip.nameEndingWith("oise"));
        assertThrows(UnsupportedOperationException.class, () -> zip.names().clear());
        String none = assertThrows(InputException.class, () -> zip.contents("none")).getMessage();
        assertTrue(none.contains("it has no member none"), none);
    }

    @Test
    void anEmptyArchiveHasNoMember() throws IOException {
        byte[] empty = written(Map.of(), 8, null);
        assertEquals(22, empty.length);
        assertEquals(0, open(empty).names().size());
        assertFalse(ZipArchive.begins(FileBytes.of(empty)));
        assertFalse(ZipArchive.begins(FileBytes.of(new byte[3])));
        refused(new byte[0], "directory is missing");
        refused(new byte[21], "directory is missing");
    }

    /** An end record whose comment does not reach the end of the file is part of something else. */
    @Test
    void theDirectoryIsWhereItsCommentFits() throws IOException {
        byte[] decoy = {'P', 'K', 5, 6, 0, 0, 0, 0, 9, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0};
        ByteBuffer comment = ByteBuffer.allocate(30).put(new byte[4]).put(decoy).put(new byte[4]);
        byte[] plain = written(Map.of("a", TEXT), 0, null);
        byte[] file = ByteBuffer.allocate(plain.length + 30).put(plain).put(comment.array()).array();
        file[plain.length - 2] = 30;
        assertArrayEquals(TEXT, contents(open(file), "a"));
        file[plain.length - 2] = 29;
        refused(file, "directory is missing");
    }

    /** One member behind five foreign bytes, with every size and offset in zip64's fields if {@code zip64}. */
    private static ByteBuffer built(boolean zip64) {
        CRC32 crc = new CRC32();
        crc.update(TEXT);
        ByteBuffer file = ByteBuffer.allocate(300).order(ByteOrder.LITTLE_ENDIAN).position(5);
        file.putInt(0x04034b50).putShort((short) 45).putInt(0).putInt(0).putInt((int) crc.getValue());
        file.putInt(TEXT.length).putInt(TEXT.length).putShort((short) 1).putShort((short) 2).put((byte) 'm');
        file.putShort((short) 0).put(TEXT);
        int central = file.position();
        int full = zip64 ? -1 : TEXT.length;
        file.putInt(0x02014b50).putInt(45).putInt(0).putInt(0).putInt((int) crc.getValue());
        file.putInt(full).putInt(full).putShort((short) 1).putShort((short) (zip64 ? 34 : 6)).putShort((short) 3);
        file.putInt(0).putInt(0).putInt(zip64 ? -1 : 5).put((byte) 'm');
        file.putShort((short) 0x5455).putShort((short) 2).putShort((short) 9);
        if (zip64) {
            file.putShort((short) 1).putShort((short) 24).putLong(TEXT.length).putLong(TEXT.length).putLong(5);
        }
        file.put("abc".getBytes());
        int end64 = file.position();
        if (zip64) {
            file.putInt(0x06064b50).putLong(44).putInt(0).putLong(0).putLong(1).putLong(1).putLong(0).putLong(central);
            file.putInt(0x07064b50).putInt(0).putLong(end64).putInt(1);
        }
        file.putInt(0x06054b50).putInt(0).putInt(zip64 ? -1 : 0x10001).putInt(0).putInt(zip64 ? -1 : central)
                .putShort((short) 0);
        return file.flip();
    }

    private static byte[] array(ByteBuffer file) {
        byte[] bytes = new byte[file.limit()];
        file.get(0, bytes);
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void readsEveryFieldOfEitherDirectory(boolean zip64) {
        ZipArchive zip = open(array(built(zip64)));
        assertEquals(List.of("m"), List.copyOf(zip.names()));
        assertArrayEquals(TEXT, contents(zip, "m"));
    }

    @Test
    void aChecksumOfZeroIsNotCompared() {
        ByteBuffer file = built(false);
        file.put(5 + 30 + 3, (byte) 'T');
        refused(array(file), "member m is not what was written (its CRC-32 differs)");
        file.putInt(central(file) + 16, 0);
        assertEquals('T', contents(open(array(file)), "m")[0]);
    }

    private static int central(ByteBuffer file) {
        return 5 + 30 + 3 + TEXT.length;
    }

    @Test
    void namesTheFieldThatIsWrong() {
        ByteBuffer file = built(false);
        int central = central(file);
        int end = file.limit() - 22;
        refused(changed(file, central, 0), "directory is damaged");
        refused(changed(file, end + 16, central + 1), "directory is damaged");
        refused(changed(file, end + 16, -7), "directory is damaged");
        refused(changed(file, end + 10, 2), "directory is damaged");   // a second member where the end record is
        refused(changed(file, central + 32, 0xFFFF), "directory is damaged");
        refused(changed(file, central + 8, 1), "encrypted");
        refused(changed(file, central + 20, TEXT.length - 1), "member m has two sizes");
        refused(changed(file, central + 42, 4), "member m is not where the directory says");
        refused(changed(file, central + 42, file.limit() - 3), "member m is not where the directory says");
        refused(changed(file, 5 + 26, 0xFFFF), "member m runs past the end of the file");
        refused(changed(file, 5 + 28, 0xFFFF), "member m runs past the end of the file");
        refused(changed(file, central + 10, 12), "member m is compressed with method 12");
        byte[] flags = changed(file, central + 8, 8);   // a data descriptor follows the member
        assertArrayEquals(TEXT, contents(open(flags), "m"));
    }

    private static byte[] changed(ByteBuffer file, int at, int value) {
        byte[] bytes = array(file);
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        boolean twoBytes = value >= 0 && value <= 0xFFFF && at != 94 && buffer.getInt(at) != 5
                && buffer.getInt(at) != TEXT.length && at != bytes.length - 6;
        if (twoBytes) {
            buffer.putShort(at, (short) value);
        } else {
            buffer.putInt(at, value);
        }
        return bytes;
    }

    @Test
    void namesWhatIsWrongInZip64() {
        ByteBuffer file = built(true);
        int end = file.limit() - 22;
        for (long offset : new long[] {-1, Long.MAX_VALUE, end - 20 - 55, file.limit() - 55, 0}) {
            byte[] bytes = array(file);
            ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(end - 12, offset);
            refused(bytes, "zip64 directory is not where it says");
        }
        byte[] many = array(file);
        ByteBuffer.wrap(many).order(ByteOrder.LITTLE_ENDIAN).putLong(end - 20 - 56 + 32, (1 << 20) + 1);
        refused(many, "its directory claims 1048577 members");
        ByteBuffer.wrap(many).order(ByteOrder.LITTLE_ENDIAN).putLong(end - 20 - 56 + 32, 1 << 20);
        refused(many, "directory is damaged");
        byte[] shortField = array(file);   // the field has room for two of its three numbers
        shortField[central(file) + 46 + 1 + 6 + 2] = 16;
        shortField[central(file) + 30] = 26;
        refused(shortField, "member m is not where the directory says");
    }

    @Test
    void aMemberIsThereOnce() throws IOException {
        byte[] file = written(new TreeMap<>(Map.of("a", TEXT, "b", TEXT)), 0, null);
        String text = new String(file, java.nio.charset.StandardCharsets.ISO_8859_1);
        file[text.lastIndexOf('b')] = 'a';
        refused(file, "member a is there twice");
    }

    @Test
    void deflatedMembersAreAsLongAsTheySay() throws IOException {
        byte[] file = written(Map.of("a", new byte[1000]), 8, null);
        int central = new String(file, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("PK\1\2");
        byte[] longer = file.clone();
        longer[central + 24]++;
        refused(longer, "member a is shorter than it says");
        byte[] broken = file.clone();
        broken[30 + 1] = -1;
        refused(broken, "member a does not unpack");
    }
}
