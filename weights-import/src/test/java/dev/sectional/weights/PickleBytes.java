package dev.sectional.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes pickles operation by operation, honest and other ones, and the files around them. */
final class PickleBytes {
    /** What the stream format puts before the pickle that counts: magic number, protocol, sizes of types. */
    private static final PickleBytes PREAMBLE = new PickleBytes()
            .op(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, '.')
            .op(0x80, 2, 'M', 0xe9, 0x03, '.').op(0x80, 2, '}', '.');

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    static PickleBytes of(int... bytes) {
        return new PickleBytes().op(bytes);
    }

    PickleBytes op(int... bytes) {
        for (int b : bytes) {
            out.write(b);
        }
        return this;
    }

    PickleBytes ascii(String text) {
        out.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    PickleBytes global(String module, String name) {
        return ascii("c" + module + "\n" + name + "\n");
    }

    PickleBytes text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        op('X').i32(utf8.length);
        out.writeBytes(utf8);
        return this;
    }

    /** A long, as {@code LONG1}. */
    PickleBytes number(long value) {
        return op(0x8a, 8).i64(value);
    }

    PickleBytes numbers(long... values) {
        op('(');
        for (long value : values) {
            number(value);
        }
        return op('t');
    }

    PickleBytes i32(int value) {
        out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
        return this;
    }

    PickleBytes i64(long value) {
        out.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
        return this;
    }

    PickleBytes bytes(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    /** A tensor over a storage of {@code torch.<type>Storage}. */
    PickleBytes tensor(String type, String key, long count, long offset, long[] size, long[] stride) {
        global("torch._utils", "_rebuild_tensor_v2").op('(');
        op('(').text("storage").global("torch", type + "Storage").text(key).text("cpu").number(count).op('t', 'Q');
        number(offset).numbers(size).numbers(stride).op(0x89, '}');
        return op('t', 'R');
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    /** A stream as PyTorch wrote before 1.6, with the storages' keys and values after the pickle. */
    byte[] inStream(byte[] after) {
        return new PickleBytes().bytes(PREAMBLE.bytes()).bytes(bytes()).bytes(after).bytes();
    }

    /** A zip archive as PyTorch writes. */
    byte[] inZip(Map<String, byte[]> storages, boolean compressed) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(file)) {
            entry(zip, "archive/data.pkl", bytes(), compressed);
            for (var storage : storages.entrySet()) {
                entry(zip, "archive/" + storage.getKey(), storage.getValue(), compressed);
            }
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return file.toByteArray();
    }

    private static void entry(ZipOutputStream zip, String name, byte[] bytes, boolean compressed) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        CRC32 crc = new CRC32();
        crc.update(bytes);
        entry.setMethod(compressed ? ZipEntry.DEFLATED : ZipEntry.STORED);
        entry.setCrc(crc.getValue());
        entry.setSize(bytes.length);
        zip.putNextEntry(entry);
        zip.write(bytes);
        zip.closeEntry();
    }
}
