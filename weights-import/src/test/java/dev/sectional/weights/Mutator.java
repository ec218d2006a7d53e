package dev.sectional.weights;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * Changes files so that they stay nearly what they were: single bytes, numbers of every width, stretches that go, move
 * or come from another file. What encloses the change is put right where a reader would give up at once: archives are
 * packed anew around a changed entry, the length of a safetensors header is set to that of the changed header.
 */
final class Mutator {
    private static final long[] EXTREMES = {0, 1, 2, 7, 8, 127, 128, 255, 256, 32767, 32768, 65535, 65536,
            Integer.MAX_VALUE, 1L << 31, (1L << 32) - 1, 1L << 32, 1L << 62, Long.MAX_VALUE, Long.MIN_VALUE, -1,
            -2, -8};
    private static final String[] WORDS = {"0", "-1", "1", "4294967296", "9223372036854775807", "1e308", "{", "}", "[",
            "]", "\"", ",", ":", "null", "weight_map", "__metadata__", "'descr'", "True", "..", "/",
            "F64", "BF16", "\u0000", "(", ")"};
    /** Operations of pickles, most of which take something off the stack. */
    private static final String OPCODES =
            "().0123FGIJKLMNPQRSTUVX]abcdeghijlopqrstu}\u0080\u0081\u0082\u0085\u0086\u0087\u0088\u0089\u008a\u008b"
            + "\u008c\u008d\u008e\u008f\u0090\u0091\u0092\u0093\u0094\u0095\u0096\u0097\u0098";

    private final SplittableRandom random;

    Mutator(long seed) {
        random = new SplittableRandom(seed);
    }

    /**
     * A changed copy.
     *
     * @param other a file to take pieces from
     */
    byte[] change(byte[] file, byte[] other) {
        boolean zip = file.length > 30 && file[0] == 'P' && file[1] == 'K';
        if (zip && random.nextInt(4) > 0) {
            return repack(file, other);
        }
        if (file.length > 16 && file[8] == '{' && random.nextInt(3) > 0) {
            return reheaded(file, other);
        }
        return several(file, other);
    }

    private byte[] several(byte[] file, byte[] other) {
        byte[] changed = file;
        for (int i = 1 + random.nextInt(1 << random.nextInt(4)); i > 0; i--) {
            changed = once(changed, other);
        }
        return changed;
    }

    private byte[] once(byte[] file, byte[] other) {
        if (file.length < 16) {
            return spliced(file, file.length, 0, other);
        }
        byte[] changed = file.clone();
        int at = random.nextBoolean() ? random.nextInt(file.length) : random.nextInt(Math.min(file.length, 4096));
        switch (random.nextInt(12)) {
            case 0 -> changed[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> changed[at] = (byte) random.nextInt(256);
            case 2, 3, 4 -> put(changed, at, EXTREMES[random.nextInt(EXTREMES.length)] + random.nextInt(3) - 1);
            case 5 -> put(changed, at, random.nextInt(2 * file.length));
            case 6, 7 -> number(changed, at, random.nextInt(file.length));
            case 8 -> changed[at] = (byte) OPCODES.charAt(random.nextInt(OPCODES.length()));
            case 9 -> {
                return spliced(file, at, random.nextInt(Math.min(file.length - at, 64) + 1), word());
            }
            case 10 -> {
                return spliced(file, at, random.nextInt(Math.min(file.length - at, 512) + 1),
                        piece(random.nextBoolean() ? file : other));
            }
            default -> {
                return random.nextInt(4) == 0 ? Arrays.copyOf(file, at) : spliced(file, at, 0, piece(file));
            }
        }
        return changed;
    }

    /** Copies a number of eight bytes from one place to another: addresses that lead where they should not. */
    private void number(byte[] file, int to, int from) {
        int aligned = random.nextInt(4) > 0 ? to & ~7 : to;
        System.arraycopy(file, from & ~7, file, aligned, Math.min(8, file.length - Math.max(aligned, from & ~7)));
    }

    private void put(byte[] file, int at, long value) {
        int width = 1 << random.nextInt(4);
        int from = Math.min(random.nextBoolean() ? at & -width : at, file.length - 8);
        ByteBuffer buffer = ByteBuffer.wrap(file)
                .order(random.nextInt(8) == 0 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        switch (width) {
            case 1 -> buffer.put(from, (byte) value);
            case 2 -> buffer.putShort(from, (short) value);
            case 4 -> buffer.putInt(from, (int) value);
            default -> buffer.putLong(from, value);
        }
    }

    private byte[] word() {
        return WORDS[random.nextInt(WORDS.length)].getBytes(StandardCharsets.ISO_8859_1);
    }

    private byte[] piece(byte[] of) {
        if (of.length == 0) {
            return of;
        }
        int from = random.nextInt(of.length);
        return Arrays.copyOfRange(of, from, from + 1
                + random.nextInt(Math.min(of.length - from, 1 << random.nextInt(12))));
    }

    private static byte[] spliced(byte[] file, int at, int out, byte[] in) {
        byte[] changed = new byte[file.length - out + in.length];
        System.arraycopy(file, 0, changed, 0, at);
        System.arraycopy(in, 0, changed, at, in.length);
        System.arraycopy(file, at + out, changed, at + in.length, file.length - at - out);
        return changed;
    }

    private byte[] reheaded(byte[] file, byte[] other) {
        long length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
        if (length < 2 || length > file.length - 8) {
            return several(file, other);
        }
        byte[] header = several(Arrays.copyOfRange(file, 8, 8 + (int) length), word());
        byte[] changed = spliced(file, 8, (int) length, header);
        ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).putLong(0, header.length);
        return changed;
    }

    /** The archive with one entry changed, renamed, doubled or compressed. */
    private byte[] repack(byte[] file, byte[] other) {
        List<String> names = new ArrayList<>();
        List<byte[]> contents = new ArrayList<>();
        try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(file))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null && names.size() < 100; entry = in.getNextEntry()) {
                names.add(entry.getName());
                contents.add(in.readNBytes(1 << 22));
            }
        } catch (IOException | IllegalArgumentException broken) {
            return several(file, other);
        }
        if (names.isEmpty()) {
            return several(file, other);
        }
        // The small entries describe the others.
        int which = random.nextInt(names.size());
        which = random.nextBoolean() && names.stream().anyMatch(n -> n.endsWith("data.pkl") || n.endsWith(".h5"))
                ? names.indexOf(names.stream().filter(n -> n.endsWith("data.pkl") || n.endsWith(".h5")).findFirst()
                        .orElseThrow()) : which;
        switch (random.nextInt(8)) {
            case 0 -> names.set(which, names.get(random.nextInt(names.size())) + (random.nextBoolean() ? "" : "../x"));
            case 1 -> contents.set(which, contents.get(random.nextInt(contents.size())));
            default -> contents.set(which, several(contents.get(which), other));
        }
        return pack(names, contents);
    }

    private byte[] pack(List<String> names, List<byte[]> contents) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        boolean deflated = random.nextInt(4) == 0;
        try (ZipOutputStream zip = new ZipOutputStream(file)) {
            for (int i = 0; i < names.size(); i++) {
                if (names.subList(0, i).contains(names.get(i))) {
                    continue;
                }
                ZipEntry entry = new ZipEntry(names.get(i));
                CRC32 crc = new CRC32();
                crc.update(contents.get(i));
                entry.setMethod(deflated ? ZipEntry.DEFLATED : ZipEntry.STORED);
                entry.setCrc(crc.getValue());
                entry.setSize(contents.get(i).length);
                zip.putNextEntry(entry);
                zip.write(contents.get(i));
                zip.closeEntry();
            }
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return file.toByteArray();
    }
}
