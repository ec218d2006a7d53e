package dev.sectional.weights.internal.hdf5;

import dev.sectional.weights.internal.common.CannotRead;
import dev.sectional.weights.internal.common.FileBytes;
import dev.sectional.weights.internal.common.Printable;
import dev.sectional.weights.internal.common.StoredTensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads the tensors of an HDF5 file as Keras and h5py write it, after version 3 of the HDF5 File Format Specification.
 *
 * <p>It reads what weights need and nothing else: groups with symbol tables or link messages, and numbers in compact,
 * contiguous or chunked layout, deflated, shuffled or plain. The Java library for HDF5 is not used because it follows
 * addresses without a limit and trusts lengths. Contiguous elements stay in the mapped file. A group is entered once,
 * however many links lead to it; soft links and links to other files are not followed.
 */
public final class Hdf5File {
    private static final int DEEPEST = 32;
    private static final int LONGEST_NAME = 1000;
    /** Enough for a name or version. */
    private static final int SHORT_TEXT = 200;
    /** Enough for the configuration of a whole network. */
    private static final int LONGEST_TEXT = 32 << 20;
    private static final String SIGNATURE = "\u0089HDF\r\n\u001a\n";
    private static final int CACHED_SOFT_LINK = 2;

    private final Hdf5Input input;
    private final Hdf5AttributeReader attributes;
    private final Hdf5DatasetReader datasets;
    private final Map<String, Hdf5ObjectHeader> groups = new LinkedHashMap<>();
    private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    private final Map<String, String> names = new LinkedHashMap<>();
    private final Map<String, String> about = new LinkedHashMap<>();
    private final Set<Long> entered = new HashSet<>();

    /**
     * Reads all groups, dataset headers and attributes.
     *
     * @param file name of the file in messages
     * @throws dev.sectional.core.InputException if the file is damaged, or stores tensors in a way that Keras does not
     */
    public Hdf5File(String file, FileBytes bytes) {
        this.input = new Hdf5Input(file, bytes);
        this.attributes = new Hdf5AttributeReader(input);
        this.datasets = new Hdf5DatasetReader(input, attributes);
        group("", root(), 0);
    }

    /** Returns the numeric datasets by path, {@code group/name}, in the order of the file. */
    public Map<String, StoredTensor> tensors() {
        return tensors;
    }

    /** Returns the attribute {@code name} of groups by their path. Keras 3 keeps the name of the layer in it. */
    public Map<String, String> names() {
        return names;
    }

    /** Returns the short texts among the attributes of the root group, such as {@code keras_version}. */
    public Map<String, String> about() {
        return about;
    }

    /** Returns the paths of all groups, that of the root group empty, in the order of the file. */
    public Set<String> groups() {
        return Collections.unmodifiableSet(groups.keySet());
    }

    /**
     * Returns the texts of an attribute of a group: one, or those of an array; empty if there is no such attribute.
     *
     * @param path of the group; empty for the root
     * @throws dev.sectional.core.InputException if the file is damaged
     */
    public List<String> texts(String path, String attribute) {
        Hdf5ObjectHeader header = groups.get(path);
        if (header == null) {
            return List.of();
        }
        Map<String, List<String>> all = attributes.texts(header, LONGEST_TEXT);
        List<String> texts = new ArrayList<>(all.getOrDefault(attribute, List.of()));
        // Keras splits lists that exceed the size of an object's header.
        for (int i = 0; all.containsKey(attribute + i); i++) {
            texts.addAll(all.get(attribute + i));
        }
        return texts;
    }

    /** Returns whether groups are named as Keras names those of a model's layers. */
    public boolean hasLayers() {
        return !texts("", "layer_names").isEmpty() || groups.keySet().stream().anyMatch(path -> path.endsWith("/vars"));
    }

    /** Returns whether a file begins with the signature of HDF5. */
    public static boolean begins(FileBytes bytes) {
        if (bytes.length() < SIGNATURE.length()) {
            return false;
        }
        for (int i = 0; i < SIGNATURE.length(); i++) {
            if (bytes.u8(i) != SIGNATURE.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** Reads the superblock and returns the address of the root group. */
    private long root() {
        Hdf5Cursor in = input.at(0, input.bytes().length());
        int version = in.skip(SIGNATURE.length()).u8();
        if (version > 3) {
            throw in.damaged("its superblock has the unknown version " + version);
        }
        boolean old = version < 2;
        int offsets = in.skip(old ? 4 : 0).u8();
        int lengths = in.u8();
        if (offsets != Long.BYTES || lengths != Long.BYTES) {
            throw CannotRead.file(input.file(), "the HDF5 file has addresses of " + offsets + " and lengths of "
                    + lengths
                    + " bytes, only 8 bytes are supported; save it again with Keras or h5py");
        }
        long base = in.skip(old ? (version == 0 ? 9 : 13) : 1).i64();
        long end = in.skip(8).i64();
        if (base != 0 || end > input.bytes().length()) {
            throw in.damaged(base != 0 ? "it does not begin at its first byte"
                    : "it should have " + end + " bytes and has " + input.bytes().length());
        }
        return old ? in.skip(16).i64() : in.i64();
    }

    private void group(String path, long address, int depth) {
        if (depth > DEEPEST || path.length() > LONGEST_NAME) {
            throw input.damaged("its groups nest too deep");
        }
        if (!entered.add(address)) {
            return;
        }
        Hdf5ObjectHeader header = object(address);
        attributes(path, header);
        if (header.has(Hdf5ObjectHeader.SYMBOL_TABLE)) {
            Hdf5Cursor table = header.only(Hdf5ObjectHeader.SYMBOL_TABLE, "members");
            long tree = table.i64();
            Hdf5Cursor heap = input.at(table.i64(), 32).signature("HEAP").skip(4);
            long length = heap.i64();
            symbols(path, tree, new long[] {heap.skip(8).i64(), length}, depth, new HashSet<>(), 0);
            return;
        }
        if (header.has(Hdf5ObjectHeader.LINK_INFO)) {
            Hdf5Cursor info = header.only(Hdf5ObjectHeader.LINK_INFO, "links").skip(1);
            long heap = info.skip((info.u8() & 1) == 0 ? 0 : 8).i64();
            if (heap != Hdf5Cursor.UNDEFINED) {
                new Hdf5HeapReader(input).records(info.i64(), heap, Hdf5HeapReader.LINK_NAMES,
                        link -> link(path, link, depth));
            }
        }
        for (Hdf5Cursor link : header.all(Hdf5ObjectHeader.LINK)) {
            link(path, link, depth);
        }
    }

    /** Reads a node of the version 1 B-tree that lists the members of a group, and the nodes below it. */
    private void symbols(String path, long address, long[] heap, int depth, Set<Long> seen, int level) {
        if (level > DEEPEST || !seen.add(address)) {
            throw input.damaged("the members of group " + Printable.plain(path) + " are listed in a circle");
        }
        Hdf5Cursor start = input.at(address, 8);
        if (input.bytes().u8(address) == 'T') {
            start.signature("TREE").skip(2);
            int used = start.u16();
            Hdf5Cursor entries = input.at(address + 24, 8 + 16L * used);
            for (int i = 0; i < used; i++) {
                symbols(path, entries.skip(8).i64(), heap, depth, seen, level + 1);
            }
            return;
        }
        start.signature("SNOD").skip(2);
        int used = start.u16();
        Hdf5Cursor entries = input.at(address + 8, 40L * used);
        for (int i = 0; i < used; i++) {
            input.countPart();
            long name = entries.i64();
            long member = entries.i64();
            boolean soft = entries.u32() == CACHED_SOFT_LINK;
            entries.skip(20);
            if (!soft && name >= 0 && name < heap[1]) {
                member(path, input.at(heap[0] + name, heap[1] - name).textToZero(), member, depth);
            }
        }
    }

    private void link(String path, Hdf5Cursor in, int depth) {
        if (in.u8() != 1) {
            throw in.damaged("a link of group " + Printable.plain(path) + " has an unknown version");
        }
        int flags = in.u8();
        int kind = (flags & 8) == 0 ? 0 : in.u8();
        in.skip(((flags & 4) == 0 ? 0 : 8) + ((flags & 16) == 0 ? 0 : 1));
        String name = in.text(in.number(1 << (flags & 3)));
        if (kind == 0) {
            member(path, name, in.i64(), depth);
        }
    }

    private void member(String path, String name, long address, int depth) {
        String full = path.isEmpty() ? name : path + "/" + name;
        Hdf5ObjectHeader header = object(address);
        if (!header.has(Hdf5ObjectHeader.DATASPACE)) {
            if (!header.has(Hdf5ObjectHeader.DATATYPE)) {   // else it is a named type
                group(full, address, depth + 1);
            }
            return;
        }
        StoredTensor stored = datasets.read(full, header);
        if (stored != null && tensors.put(full, stored) != null) {
            throw input.damaged("two datasets are named " + Printable.plain(full));
        }
    }

    private void attributes(String path, Hdf5ObjectHeader header) {
        groups.put(path, header);
        attributes.texts(header, SHORT_TEXT).forEach((name, texts) -> {
            String text = texts.size() == 1 ? texts.get(0) : null;
            if (text == null) {
                return;
            }
            if (name.equals("name")) {
                names.put(path, text);
            } else if (path.isEmpty()) {
                about.put(name, text);
            }
        });
    }

    private Hdf5ObjectHeader object(long address) {
        return new Hdf5ObjectHeader(input, address);
    }
}
