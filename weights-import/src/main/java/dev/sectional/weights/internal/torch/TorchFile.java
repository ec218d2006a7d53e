package dev.sectional.weights.internal.torch;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.weights.internal.common.CannotRead;
import dev.sectional.weights.internal.common.FileBytes;
import dev.sectional.weights.internal.common.Printable;
import dev.sectional.weights.internal.common.StoredTensor;
import dev.sectional.weights.internal.common.StridedTensor;
import dev.sectional.weights.internal.common.ZipArchive;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads what {@code torch.save} writes: the zip archive, and the stream of pickles that releases before 1.6 wrote. */
public final class TorchFile {
    private static final int PROTOCOL = 1001;
    /** The first pickle of a stream: the number 0x1950a86a20f9469cfc6c. */
    private static final String MAGIC = "119547037146038801333356";

    private final String file;
    private final FileBytes bytes;
    private final String stateDict;
    private final Map<String, Storage> storages = new HashMap<>();
    private String chosen = "";

    /** The elements of a storage, one after the other from byte {@code from}. */
    private record Storage(FileBytes bytes, ByteOrder order, long from) {}

    /** @param file name of the file in messages */
    public TorchFile(String file, FileBytes bytes) {
        this(file, bytes, "");
    }

    /**
     * @param file name of the file in messages
     * @param stateDict key of the state dict in a checkpoint that has several; empty for the usual one
     */
    public TorchFile(String file, FileBytes bytes, String stateDict) {
        this.file = file;
        this.bytes = bytes;
        this.stateDict = stateDict;
    }

    /** Returns a phrase that names the state dict that was read if the checkpoint has several, else an empty text. */
    public String chosen() {
        return chosen;
    }

    /**
     * Returns the tensors of a zip archive: {@code data.pkl} describes them, {@code data/KEY} holds each storage.
     *
     * @throws InputException if the archive is damaged, or its pickle names a class that is not allowed
     */
    public Map<String, StoredTensor> readZip(ZipArchive zip) {
        String pickleName = zip.nameEndingWith("data.pkl");
        if (pickleName == null) {
            throw CannotRead.file(file,
                    "the zip archive is not one of PyTorch, Keras or NumPy: it has no member data.pkl,"
                    + " model.weights.h5 or NAME.npy; give one that has");
        }
        String folder = pickleName.substring(0, pickleName.length() - "data.pkl".length());
        if (zip.has(folder + "constants.pkl")) {
            throw CannotRead.file(file,
                    "it is a TorchScript program, not weights; save torch.jit.load(path).state_dict()"
                    + " with torch.save");
        }
        FileBytes data = zip.contents(pickleName);
        TensorUnpickler pickle = new TensorUnpickler(file);
        Object root = pickle.read(input(data, 0, data.length()));
        ByteOrder order = byteOrder(zip, folder + "byteorder");
        Map<String, TensorRef> found = found(root);
        Set<StorageRef> used = new LinkedHashSet<>();   // those of an optimizer stay unread
        found.values().forEach(ref -> used.add(pickle.storages().get(ref.storage().key())));
        for (StorageRef storage : used) {
            FileBytes values = zip.contents(folder + "data/" + storage.key());
            if (storage.count() > values.length() / storage.type().bytes()) {
                throw CannotRead.file(file, "storage " + Printable.plain(storage.key()) + " has " + values.length()
                        + " bytes, too few for " + storage.count() + " elements; the file is damaged, fetch it again");
            }
            storages.put(storage.key(), new Storage(values, order, 0));
        }
        return tensors(found);
    }

    /**
     * Returns the tensors of a stream: magic number, protocol, sizes of C types, the pickle that describes the tensors,
     * the keys of the storages, then for each storage its count and its elements.
     *
     * @throws InputException if the stream is damaged, or one of its pickles names a class that is not allowed
     */
    public Map<String, StoredTensor> readStream() {
        PickleInput in = input(bytes, 0, bytes.length());
        if (!MAGIC.equals(String.valueOf(next(in)))) {
            throw CannotRead.file(file, "it is a pickle, but not one of torch.save; save the weights with"
                    + " torch.save(model.state_dict(), path)");
        }
        Object protocol = next(in);
        if (!Integer.valueOf(PROTOCOL).equals(protocol)) {
            throw CannotRead.file(file, "the PyTorch stream has protocol " + Printable.plain(String.valueOf(protocol))
                    + ", only " + PROTOCOL + " is supported; save it with a newer PyTorch");
        }
        next(in);   // sizes and byte order of the writer's machine; elements are little-endian whatever it says
        in = input(bytes, in.position(), bytes.length());
        TensorUnpickler pickle = new TensorUnpickler(file);
        Object root = PickleAllowList.required(file, pickle.read(in));
        in = input(bytes, in.position(), bytes.length());
        if (!(next(in) instanceof List<?> keys)) {
            throw CannotRead.file(file, "the list of storages is missing; the file is damaged, fetch it again");
        }
        locateStorages(keys, pickle, in.position());
        return tensors(found(root));
    }

    private Object next(PickleInput in) {
        return PickleAllowList.required(file, new TensorUnpickler(file).read(in));
    }

    /** Finds the storages of a stream, which follow one another in the order of their keys. */
    private void locateStorages(List<?> keys, TensorUnpickler described, long from) {
        long at = from;
        for (Object key : keys) {
            Long skipped = described.otherStorages().get(String.valueOf(key));
            if (skipped != null && bytes.holds(at, Long.BYTES) && bytes.holds(at + Long.BYTES, skipped)) {
                at += Long.BYTES + skipped;
                continue;
            }
            StorageRef storage = described.storages().get(String.valueOf(key));
            if (storage == null) {
                throw CannotRead.file(file, "it holds a storage " + Printable.plain(String.valueOf(key))
                        + " that no tensor uses; the file is damaged, fetch it again");
            }
            long length = storage.count() * storage.type().bytes();
            if (!bytes.holds(at, Long.BYTES) || !bytes.holds(at + Long.BYTES, length)) {
                throw CannotRead.file(file, "it is truncated: storage " + Printable.plain(storage.key()) + " needs "
                        + length
                        + " bytes from byte " + (at + Long.BYTES) + ", the file has " + bytes.length()
                                + "; fetch it again");
            }
            if (bytes.i64(at) != storage.count()) {
                throw CannotRead.file(file, "storage " + Printable.plain(storage.key()) + " has " + bytes.i64(at)
                        + " elements where the pickle describes " + storage.count()
                                + "; the file is damaged, fetch it again");
            }
            storages.put(storage.key(), new Storage(bytes, ByteOrder.LITTLE_ENDIAN, at + Long.BYTES));
            at += Long.BYTES + length;
        }
    }

    private Map<String, TensorRef> found(Object root) {
        StateDictReader reader = new StateDictReader(file, stateDict);
        Map<String, TensorRef> found = reader.tensors(root);
        chosen = reader.chosen();
        return found;
    }

    private Map<String, StoredTensor> tensors(Map<String, TensorRef> found) {
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        found.forEach((name, ref) -> tensors.put(name, stored(name, ref)));
        return tensors;
    }

    private StoredTensor stored(String name, TensorRef ref) {
        StorageRef storage = ref.storage();
        Storage elements = storages.get(storage.key());
        if (elements == null) {
            throw bad(name, "its storage " + Printable.plain(storage.key()) + " is not in the file");
        }
        Shape shape = shape(name, ref, storage.count());
        long from = elements.from + (storage.offset() + ref.offset()) * storage.type().bytes();
        return new StoredTensor(storage.type(),
                new StridedTensor(shape, storage.type(), elements.bytes, elements.order, from, ref.stride()));
    }

    /** Returns the shape of a tensor, after checking that its elements lie among the {@code available} ones. */
    private Shape shape(String name, TensorRef ref, long available) {
        int[] dims = new int[ref.size().length];
        long count = 1;
        for (int d = 0; d < dims.length; d++) {
            // Both factors are below 2^31, so the product does not overflow before it is compared.
            count *= Math.min(ref.size()[d], Integer.MAX_VALUE);
            if (ref.size()[d] > Integer.MAX_VALUE || count > Integer.MAX_VALUE) {
                throw bad(name, "it has 2^31 elements or more");
            }
            dims[d] = (int) ref.size()[d];
        }
        if (count > available) {
            throw bad(name, "it has " + count + " elements and its storage " + available);
        }
        long last = ref.offset();
        for (int d = 0; d < dims.length && count > 0; d++) {
            long steps = dims[d] - 1L;
            if (last >= available || steps > 0 && ref.stride()[d] > (available - 1 - last) / steps) {
                throw bad(name, "its elements reach beyond its storage");
            }
            last += steps * ref.stride()[d];
        }
        if (count > 0 && last >= available) {
            throw bad(name, "its elements reach beyond its storage");
        }
        return Shape.of(dims);
    }

    private ByteOrder byteOrder(ZipArchive zip, String name) {
        if (!zip.has(name)) {
            return ByteOrder.LITTLE_ENDIAN;
        }
        FileBytes text = zip.contents(name);
        String order = new String(text.copy(0, (int) Math.min(16, text.length())), StandardCharsets.UTF_8).strip();
        return switch (order) {
            case "little" -> ByteOrder.LITTLE_ENDIAN;
            case "big" -> ByteOrder.BIG_ENDIAN;
            default -> throw CannotRead.file(file, "its byte order is '" + Printable.plain(order)
                    + "', neither little nor big; the file is damaged, fetch it again");
        };
    }

    private InputException bad(String name, String what) {
        return CannotRead.file(file, "tensor " + Printable.plain(name) + ": " + what
                + "; save a copy of it with torch.save, or fetch the file again");
    }

    private static PickleInput input(FileBytes bytes, long from, long end) {
        return new PickleInput(bytes, from, Math.min(end, from + TensorUnpickler.MAX_BYTES));
    }
}
