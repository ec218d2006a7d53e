package dev.sectional.weights.internal.common;

import dev.sectional.core.InputException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The members of a zip archive, in place where they are stored and unpacked where they are deflated. The JDK's reader
 * does not tell where a member begins, and PyTorch stores tensors uncompressed so that they can be mapped. Zip64 is
 * included; the format is PKWARE's APPNOTE 6.3.
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
    private static final int MOST_MEMBERS = 1 << 20;
    private static final int STORED = 0;
    private static final int DEFLATED = 8;

    private final String file;
    private final FileBytes bytes;
    private final BoundedInflater inflater;
    private final Map<String, Member> members = new LinkedHashMap<>();

    /**
     * A member as the directory describes it.
     *
     * @param packed number of its bytes in the file
     * @param size number of its bytes once unpacked
     * @param header offset of its local header
     * @param checksum CRC-32 of its unpacked bytes; 0 if the writer left it out, as PyTorch does on request
     */
    private record Member(int method, long packed, long size, long header, long checksum) {}

    /**
     * Reads the directory of an archive.
     *
     * @param file name of the archive in messages
     * @throws InputException if the directory is missing, damaged or reaches beyond the file
     */
    public ZipArchive(String file, FileBytes bytes) {
        this.file = file;
        this.bytes = bytes;
        this.inflater = new BoundedInflater(file);
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
        if (count > MOST_MEMBERS) {
            throw damaged("its directory claims " + count + " members");
        }
        for (long i = 0; i < count; i++) {
            at = readMember(at);
        }
    }

    /** Returns whether a file begins as a zip archive does. */
    public static boolean begins(FileBytes bytes) {
        return bytes.holds(0, Integer.BYTES) && bytes.u32(0) == LOCAL;
    }

    /** Returns the first member whose name is {@code suffix} or ends with {@code /suffix}; null if there is none. */
    public String nameEndingWith(String suffix) {
        return members.keySet().stream().filter(n -> n.equals(suffix) || n.endsWith("/" + suffix)).findFirst()
                .orElse(null);
    }

    /** Returns the names of the members in the directory's order. Use them to look up and to show, never as paths. */
    public Set<String> names() {
        return Collections.unmodifiableSet(members.keySet());
    }

    /** Returns whether there is a member of that name. */
    public boolean has(String name) {
        return members.containsKey(name);
    }

    /**
     * Returns the contents of a member, in place if it is stored, else unpacked to memory, after comparing their CRC-32
     * with the directory's.
     *
     * @throws InputException if there is no such member, it is damaged or reaches beyond the file, or its bytes differ
     *     from those that were written
     */
    public FileBytes contents(String name) {
        Member member = members.get(name);
        if (member == null) {
            throw damaged("it has no member " + Printable.plain(name));
        }
        if (!bytes.holds(member.header, LOCAL_BYTES) || bytes.u32(member.header) != LOCAL) {
            throw damaged("member " + Printable.plain(name) + " is not where the directory says");
        }
        long from = member.header + LOCAL_BYTES + bytes.u16(member.header + 26) + bytes.u16(member.header + 28);
        if (!bytes.holds(from, member.packed)) {
            throw damaged("member " + Printable.plain(name) + " runs past the end of the file");
        }
        FileBytes contents = member.method == STORED ? bytes.part(from, member.packed)
                : FileBytes.of(unpack(name, member, from));
        if (member.checksum != 0 && contents.checksum() != member.checksum) {
            throw damaged("member " + Printable.plain(name) + " is not what was written (its CRC-32 differs)");
        }
        return contents;
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

    /** Reads one entry of the directory and returns the offset of the next. */
    private long readMember(long at) {
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
            throw CannotRead.file(file, "the zip archive is encrypted; save it without a password");
        }
        // The zip64 extra field holds 8 bytes for each of these, in this order, if the field of 4 bytes is full.
        long[] fields = {bytes.u32(at + 24), bytes.u32(at + 20), bytes.u32(at + 42)};
        readZip64(extra, extra + extraLength, fields);
        Member member = new Member(bytes.u16(at + 10), fields[1], fields[0], fields[2],
                bytes.u32(at + 16));
        if (member.method == STORED && member.packed != member.size) {
            throw damaged("member " + Printable.plain(name) + " has two sizes");
        }
        if (members.put(name, member) != null) {
            throw damaged("member " + Printable.plain(name) + " is there twice");
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

    private byte[] unpack(String name, Member member, long from) {
        String part = "member " + Printable.plain(name);
        if (member.method != DEFLATED) {
            throw CannotRead.file(file, part + " is compressed with method " + member.method
                    + ", which is not supported; save the file again without compression");
        }
        byte[] out = inflater.allocate(part, member.packed, member.size);
        inflater.inflate(part, bytes, from, member.packed, true, out);
        return out;
    }

    private InputException damaged(String what) {
        return CannotRead.file(file, "the zip archive is truncated or damaged: " + what + "; fetch the file again");
    }
}
