package dev.sectional.weights.internal.torch;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.weights.internal.common.FileBytes;
import dev.sectional.weights.internal.common.Printable;
import dev.sectional.weights.internal.common.StoredTensor;
import dev.sectional.weights.internal.common.StridedTensor;
import dev.sectional.weights.internal.common.ZipArchive;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads what {@code torch.save} writes: the zip archive of today, and the stream of pickles of releases before 1.6. */
public final class TorchFile {
    private static final int PROTOCOL = 1001;
    /** The stream's first pickle: the number 0x1950a86a20f9469cfc6c. */
    private static final String MAGIC = "119547037146038801333356";

    private final String file;
    private final FileBytes bytes;
    private final Map<String, Place> places = new HashMap<>();

    /** Where the values of a storage are. */
    private record Place(FileBytes bytes, ByteOrder order, long from) {}

    /** @param file what messages call it */
    public TorchFile(String file, FileBytes bytes) {
        this.file = file;
        this.bytes = bytes;
    }

    /**
     * The tensors of a zip archive: {@code data.pkl} describes them, {@code data/KEY} holds each storage.
     *
     * @throws InputException if it is damaged, or its pickle asks for what is not a tensor
     */
    public Map<String, StoredTensor> readZip(ZipArchive zip) {
        String pickleName = zip.nameEndingWith("data.pkl");
        if (pickleName == null) {
            throw new InputException(file + ": a zip archive, but not of PyTorch, Keras or NumPy: it has no entry data.pkl,"
                    + " model.weights.h5 or NAME.npy; give one that has");
        }
        String folder = pickleName.substring(0, pickleName.length() - "data.pkl".length());
        if (zip.has(folder + "constants.pkl")) {
            throw new InputException(file + ": a TorchScript program, not weights; save torch.jit.load(path).state_dict()"
                    + " by torch.save");
        }
        FileBytes data = zip.contents(pickleName);
        TensorUnpickler pickle = new TensorUnpickler(file);
        Object root = pickle.read(input(data, 0, data.length()));
        ByteOrder order = byteOrder(zip, folder + "byteorder");
        for (StorageRef storage : pickle.storages().values()) {
            FileBytes values = zip.contents(folder + "data/" + storage.key());
            if (storage.count() > values.length() / storage.type().bytes()) {
                throw new InputException(file + ": storage " + Printable.plain(storage.key()) + " has " + values.length()
                        + " bytes, too few for " + storage.count() + " values; the file is damaged, fetch it again");
            }
            places.put(storage.key(), new Place(values, order, 0));
        }
        return tensors(root);
    }

    /**
     * The tensors of a stream: magic number, protocol, sizes of C types, the pickle that describes the tensors, the
     * keys of the storages, then for each its count and its values.
     *
     * @throws InputException if it is damaged, or one of its pickles asks for what is not a tensor
     */
    public Map<String, StoredTensor> readStream() {
        PickleInput in = input(bytes, 0, bytes.length());
        if (!MAGIC.equals(String.valueOf(new TensorUnpickler(file).read(in)))) {
            throw new InputException(file + ": a pickle, but not one of torch.save; save the weights by"
                    + " torch.save(model.state_dict(), path)");
        }
        Object protocol = next(in);
        if (!Integer.valueOf(PROTOCOL).equals(protocol)) {
            throw new InputException(file + ": a PyTorch stream of protocol " + Printable.plain(String.valueOf(protocol))
                    + "; only " + PROTOCOL + " is read, save it by a newer PyTorch");
        }
        // Sizes and byte order of the writer's machine: values are little-endian whatever it says.
        next(in);
        in = input(bytes, in.position(), bytes.length());
        TensorUnpickler pickle = new TensorUnpickler(file);
        Object root = pickle.read(in);
        in = input(bytes, in.position(), bytes.length());
        if (!(new TensorUnpickler(file).read(in) instanceof List<?> keys)) {
            throw new InputException(file + ": the list of storages is missing; the file is damaged, fetch it again");
        }
        placeStorages(keys, pickle.storages(), in.position());
        return tensors(root);
    }

    private Object next(PickleInput in) {
        return new TensorUnpickler(file).read(in);
    }

    private void placeStorages(List<?> keys, Map<String, StorageRef> storages, long from) {
        long at = from;
        for (Object key : keys) {
            StorageRef storage = storages.get(String.valueOf(key));
            if (storage == null) {
                throw new InputException(file + ": holds a storage " + Printable.plain(String.valueOf(key))
                        + " that no tensor describes; the file is damaged, fetch it again");
            }
            long length = storage.count() * storage.type().bytes();
            if (!bytes.holds(at, Long.BYTES) || !bytes.holds(at + Long.BYTES, length)) {
                throw new InputException(file + ": truncated: storage " + Printable.plain(storage.key()) + " wants " + length
                        + " bytes from byte " + (at + Long.BYTES) + ", the file has " + bytes.length() + "; fetch it again");
            }
            if (bytes.i64(at) != storage.count()) {
                throw new InputException(file + ": storage " + Printable.plain(storage.key()) + " has " + bytes.i64(at)
                        + " values where " + storage.count() + " are described; the file is damaged, fetch it again");
            }
            places.put(storage.key(), new Place(bytes, ByteOrder.LITTLE_ENDIAN, at + Long.BYTES));
            at += Long.BYTES + length;
        }
    }

    private Map<String, StoredTensor> tensors(Object root) {
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        new StateDictReader(file).tensors(root).forEach((name, ref) -> tensors.put(name, stored(name, ref)));
        return tensors;
    }

    private StoredTensor stored(String name, TensorRef ref) {
        StorageRef storage = ref.storage();
        Place place = places.get(storage.key());
        if (place == null) {
            throw bad(name, "its storage " + Printable.plain(storage.key()) + " is not in the file");
        }
        Shape shape = shape(name, ref, storage.count());
        long from = place.from + (storage.offset() + ref.offset()) * storage.type().bytes();
        return new StoredTensor(storage.type(),
                new StridedTensor(shape, storage.type(), place.bytes, place.order, from, ref.stride()));
    }

    /** The shape, once it is known that its values lie among the {@code available} ones of its storage. */
    private Shape shape(String name, TensorRef ref, long available) {
        int[] dims = new int[ref.size().length];
        long count = 1;
        for (int d = 0; d < dims.length; d++) {
            // Each factor is below 2^31, so the product cannot overflow before it is looked at.
            count *= Math.min(ref.size()[d], Integer.MAX_VALUE);
            if (ref.size()[d] > Integer.MAX_VALUE || count > Integer.MAX_VALUE) {
                throw bad(name, "it has 2^31 values or more");
            }
            dims[d] = (int) ref.size()[d];
        }
        if (count > available) {
            throw bad(name, "it has " + count + " values and its storage " + available);
        }
        long last = ref.offset();
        for (int d = 0; d < dims.length && count > 0; d++) {
            long steps = dims[d] - 1L;
            if (last >= available || steps > 0 && ref.stride()[d] > (available - 1 - last) / steps) {
                throw bad(name, "its values leave its storage");
            }
            last += steps * ref.stride()[d];
        }
        if (count > 0 && last >= available) {
            throw bad(name, "its values leave its storage");
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
            default -> throw new InputException(file + ": its byte order is '" + Printable.plain(order)
                    + "', neither little nor big; the file is damaged, fetch it again");
        };
    }

    private InputException bad(String name, String what) {
        return new InputException(file + ": tensor " + Printable.plain(name) + ": " + what
                + "; save a copy of it by torch.save, or fetch the file again");
    }

    private static PickleInput input(FileBytes bytes, long from, long end) {
        return new PickleInput(bytes, from, Math.min(end, from + TensorUnpickler.MAX_BYTES));
    }
}
