package dev.sectional.weights;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/**
 * Stores changed files in little room: as copies from an unchanged file and the bytes between them, deflated. If the
 * unchanged file becomes another one, the stored files change with it, which a corpus for fuzzing may.
 */
final class FuzzCorpus {
    private static final int LIMIT = 40_000;
    private static final int WINDOW = 8;

    private FuzzCorpus() {}

    /**
     * Packs the files that need least room, up to 40 KB together.
     *
     * @param seeds the unchanged files by name
     */
    static byte[] pack(List<byte[]> files, Map<String, byte[]> seeds) throws IOException {
        List<byte[]> differences = new ArrayList<>();
        for (byte[] file : files) {
            differences.add(nearest(file, seeds).stream()
                    .map(seed -> difference(file, seed.getKey(), seed.getValue()))
                    .min(Comparator.comparingInt(FuzzCorpus::deflated)).orElseThrow());
        }
        Map<byte[], Integer> sizes = new IdentityHashMap<>();
        differences.forEach(difference -> sizes.put(difference, deflated(difference)));
        differences.sort(Comparator.comparing(sizes::get));
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        int room = LIMIT;
        try (DataOutputStream out = new DataOutputStream(new DeflaterOutputStream(packed))) {
            for (byte[] difference : differences) {
                room -= sizes.get(difference);
                if (room < 0) {
                    break;
                }
                out.writeInt(difference.length);
                out.write(difference);
            }
            out.writeInt(-1);
        }
        return packed.toByteArray();
    }

    /** Returns the seeds whose length is nearest to the file's: more would take long for ONNX, which has hundreds. */
    private static List<Map.Entry<String, byte[]>> nearest(byte[] file, Map<String, byte[]> seeds) {
        return seeds.entrySet().stream()
                .sorted(Comparator.comparingInt(seed -> Math.abs(seed.getValue().length - file.length))).limit(2)
                .toList();
    }

    private static int deflated(byte[] bytes) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new DeflaterOutputStream(packed)) {
            out.write(bytes);
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
        return packed.size();
    }

    private static byte[] difference(byte[] file, String name, byte[] seed) {
        try {
            return differenceTo(file, name, seed);
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static byte[] differenceTo(byte[] file, String name, byte[] seed) throws IOException {
        Map<Long, Integer> windows = new HashMap<>();
        for (int i = 0; i + WINDOW <= seed.length; i++) {
            windows.putIfAbsent(ByteBuffer.wrap(seed).getLong(i), i);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeUTF(name);
        int literal = 0;
        int at = 0;
        int expected = 0;   // where the copy goes on if one byte was changed
        while (at < file.length) {
            int from = at + WINDOW <= file.length ? at(file, at, seed, expected + at - literal, windows) : -1;
            if (from < 0) {
                at++;
                continue;
            }
            int length = 0;
            while (at + length < file.length && from + length < seed.length
                    && file[at + length] == seed[from + length]) {
                length++;
            }
            write(out, file, literal, at, from, length);
            at += length;
            literal = at;
            expected = from + length;
        }
        write(out, file, literal, at, 0, 0);
        return bytes.toByteArray();
    }

    private static int at(byte[] file, int at, byte[] seed, int expected, Map<Long, Integer> windows) {
        long window = ByteBuffer.wrap(file).getLong(at);
        boolean goesOn = expected + WINDOW <= seed.length && ByteBuffer.wrap(seed).getLong(expected) == window;
        return goesOn ? expected : windows.getOrDefault(window, -1);
    }

    private static void write(DataOutputStream out, byte[] file, int literal, int at, int from, int length)
            throws IOException {
        out.writeInt(at - literal);
        out.write(file, literal, at - literal);
        out.writeInt(from);
        out.writeInt(length);
    }

    /** Returns the files of a packed corpus. */
    static List<byte[]> unpack(byte[] packed, Map<String, byte[]> seeds) throws IOException {
        List<byte[]> files = new ArrayList<>();
        InputStream inflated = new InflaterInputStream(new ByteArrayInputStream(packed));
        try (DataInputStream in = new DataInputStream(inflated)) {
            for (int length = in.readInt(); length >= 0; length = in.readInt()) {
                files.add(applied(in.readNBytes(length), seeds));
            }
        }
        return files;
    }

    private static byte[] applied(byte[] difference, Map<String, byte[]> seeds) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(difference));
        byte[] seed = seeds.getOrDefault(in.readUTF(), new byte[0]);
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        while (in.available() > 0) {
            file.write(in.readNBytes(in.readInt()));
            int from = Math.min(in.readInt(), seed.length);
            file.write(seed, from, Math.min(in.readInt(), seed.length - from));
        }
        return file.toByteArray();
    }
}
