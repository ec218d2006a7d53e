package dev.sectional.weights.internal.common;

import dev.sectional.core.InputException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Where the entries of a zip archive lie. The JDK's reader does not tell, and PyTorch stores tensors uncompressed so
 * that they can be mapped in place. Zip64 included; format: PKWARE's APPNOTE 6.3.
 */
public final class ZipArchive {
    private static final long END = 0x06054b50L;
    private static final long END64_LOCATOR = 0x07064b50L;
    private static final long END64 = 0x06064b50L;
    private static final long CENTRAL = 0x02014b50L;
    private static final long LOCAL = 0x04034b50L;
    private static final int END_BYTES = 22;
    private static final int END64_BYTES = 56;
    private static final int CENTRAL_BYTES = 46;
    private static final int LOCAL_BYTES = 30;
    private static final int LONGEST_COMMENT = 0xFFFF;
    private static final long IN_ZIP64 = 0xFFFFFFFFL;
    private static final int MOST_ENTRIES = 1 << 20;
    private static final int STORED = 0;
    private static final int DEFLATED = 8;

    private final String file;
    private final FileBytes bytes;
    private final BoundedInflater unpacking;
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    private record Entry(int method, long packed, long size, long header) {}

    /**
     * @param file what messages call the archive
     * @throws InputException if it has no directory, or one that leaves the file
     */
    public ZipArchive(String file, FileBytes bytes) {
        this.file = file;
        this.bytes = bytes;
        this.unpacking = new BoundedInflater(file);
        long end = findEnd();
        long count = bytes.u16(end + 10);
        long at = bytes.u32(end + 16);
        if (end >= 20 && bytes.u32(end - 20) == END64_LOCATOR) {
            long end64 = bytes.i64(end - 12);
            if (!bytes.holds(end64, END64_BYTES) || bytes.u32(end64) != END64) {
                throw damaged("its zip64 directory is not where it says");
            }
            count = bytes.i64(end64 + 32);
            at = bytes.i64(end64 + 48);
        }
        if (count > MOST_ENTRIES) {
            throw damaged("its directory claims " + count + " entries");
        }
        for (long i = 0; i < count; i++) {
            at = readEntry(at);
        }
    }

    /** Whether a file begins as a zip archive does. */
    public static boolean begins(FileBytes bytes) {
        return bytes.holds(0, Integer.BYTES) && bytes.u32(0) == LOCAL;
    }

    /** The one entry whose name ends with {@code /suffix} or is it; null if there is none. */
    public String nameEndingWith(String suffix) {
        return entries.keySet().stream().filter(n -> n.equals(suffix) || n.endsWith("/" + suffix)).findFirst().orElse(null);
    }

    /** The names, in the order of the archive's directory. They are for looking up and showing, never for paths. */
    public Set<String> names() {
        return Collections.unmodifiableSet(entries.keySet());
    }

    public boolean has(String name) {
        return entries.containsKey(name);
    }

    /**
     * The contents of an entry: in place if it is stored, else unpacked to memory.
     *
     * @throws InputException if there is no such entry, or it leaves the file or is damaged
     */
    public FileBytes contents(String name) {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw damaged("it has no entry " + Printable.plain(name));
        }
        if (!bytes.holds(entry.header, LOCAL_BYTES) || bytes.u32(entry.header) != LOCAL) {
            throw damaged("entry " + Printable.plain(name) + " is not where the directory says");
        }
        long from = entry.header + LOCAL_BYTES + bytes.u16(entry.header + 26) + bytes.u16(entry.header + 28);
        if (!bytes.holds(from, entry.packed)) {
            throw damaged("entry " + Printable.plain(name) + " runs past the end of the file");
        }
        if (entry.method == STORED) {
            return bytes.part(from, entry.packed);
        }
        return FileBytes.of(unpack(name, entry, from));
    }

    private long findEnd() {
        long last = bytes.length() - END_BYTES;
        for (long at = last; at >= Math.max(0, last - LONGEST_COMMENT); at--) {
            if (bytes.u32(at) == END && at + END_BYTES + bytes.u16(at + 20) == bytes.length()) {
                return at;
            }
        }
        throw damaged("its directory is missing");
    }

    private long readEntry(long at) {
        if (!bytes.holds(at, CENTRAL_BYTES) || bytes.u32(at) != CENTRAL) {
            throw damaged("its directory is damaged");
        }
        int nameLength = bytes.u16(at + 28);
        int extraLength = bytes.u16(at + 30);
        long extra = at + CENTRAL_BYTES + nameLength;
        long next = extra + extraLength + bytes.u16(at + 32);
        if (next > bytes.length()) {
            throw damaged("its directory is damaged");
        }
        String name = new String(bytes.copy(at + CENTRAL_BYTES, nameLength), StandardCharsets.UTF_8);
        if ((bytes.u16(at + 8) & 1) != 0) {
            throw new InputException(file + ": the zip archive is encrypted; save it without a password");
        }
        // Zip64 fields come in this order, each only if the short field is full.
        long[] fields = {bytes.u32(at + 24), bytes.u32(at + 20), bytes.u32(at + 42)};
        readZip64(extra, extra + extraLength, fields);
        Entry entry = new Entry(bytes.u16(at + 10), fields[1], fields[0], fields[2]);
        if (entry.method == STORED && entry.packed != entry.size) {
            throw damaged("entry " + Printable.plain(name) + " has two sizes");
        }
        if (entries.put(name, entry) != null) {
            throw damaged("entry " + Printable.plain(name) + " is there twice");
        }
        return next;
    }

    private void readZip64(long from, long end, long[] fields) {
        for (long at = from; at + 4 <= end; at += 4 + bytes.u16(at + 2)) {
            if (bytes.u16(at) != 1) {
                continue;
            }
            long value = at + 4;
            for (int i = 0; i < fields.length; i++) {
                if (fields[i] == IN_ZIP64 && value + Long.BYTES <= end) {
                    fields[i] = bytes.i64(value);
                    value += Long.BYTES;
                }
            }
        }
    }

    private byte[] unpack(String name, Entry entry, long from) {
        String what = "entry " + Printable.plain(name);
        if (entry.method != DEFLATED) {
            throw new InputException(file + ": " + what + " is compressed by method " + entry.method
                    + ", which is not read; save the file again without compression");
        }
        byte[] out = unpacking.allocate(what, entry.packed, entry.size);
        unpacking.inflate(what, bytes, from, entry.packed, true, out);
        return out;
    }

    private InputException damaged(String what) {
        return new InputException(file + ": the zip archive is truncated or damaged: " + what + "; fetch the file again");
    }
}
