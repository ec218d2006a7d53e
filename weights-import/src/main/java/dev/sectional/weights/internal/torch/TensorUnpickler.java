package dev.sectional.weights.internal.torch;

import dev.sectional.core.InputException;
import dev.sectional.weights.internal.common.CannotRead;
import dev.sectional.weights.internal.common.Printable;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.razorvine.pickle.IObjectConstructor;
import net.razorvine.pickle.Opcodes;
import net.razorvine.pickle.PickleException;
import net.razorvine.pickle.PickleUtils;
import net.razorvine.pickle.Unpickler;

/**
 * Reads the pickles of PyTorch files and builds only tensors and plain containers. {@link PickleAllowList}
 * lists them; any other class becomes a placeholder.
 *
 * <p>The library's unpickler decodes the operations. This class overrides those that name or build classes (the library
 * has one registry for the whole process and calls {@code __setstate__} by reflection), those that fill dictionaries
 * (the library loses their order), and those whose lengths the library trusts before it has the bytes. Dictionaries
 * become {@link LinkedHashMap}s, tuples {@code Object[]}, lists {@link ArrayList}s. Not safe for use by several
 * threads.
 */
final class TensorUnpickler extends Unpickler {
    /** Longest pickle that is read. A network of ten thousand tensors needs a tenth. */
    static final long MAX_BYTES = 32L << 20;
    /** Operations and copied elements, together. */
    private static final int MAX_STEPS = 1 << 20;
    /** Digits of a decimal number. The JDK needs quadratic time for longer ones. */
    private static final int MAX_DIGITS = 400;

    /** Bytes of an element of storages that are skipped. */
    private static final Map<String, Integer> OTHER_STORAGES = Map.of("torch.ComplexHalfStorage", 4,
            "torch.ComplexFloatStorage", 8, "torch.ComplexDoubleStorage", 16, "torch.QInt8Storage", 1,
            "torch.QUInt8Storage", 1, "torch.QInt32Storage", 4, "torch.QUInt4x2Storage", 1, "torch.QUInt2x4Storage",
            1);

    private final String file;
    private final Map<String, StorageRef> storages = new HashMap<>();
    private final Map<String, Long> others = new HashMap<>();
    private PickleInput in;
    private int steps;

    /** @param file name of the file in messages */
    TensorUnpickler(String file) {
        this.file = file;
    }

    /** Returns the bytes of every storage whose elements no network has, such as complex numbers, by key. */
    Map<String, Long> otherStorages() {
        return others;
    }

    /** Returns every storage that the pickle refers to, whole, by key. */
    Map<String, StorageRef> storages() {
        return storages;
    }

    /**
     * Reads one pickle and leaves the input at the byte after it.
     *
     * @throws InputException if the pickle is damaged or too large
     */
    Object read(PickleInput input) {
        in = input;
        try {
            return load(input);
        } catch (InputException refused) {
            throw refused;
        } catch (EOFException end) {
            throw CannotRead.file(file, "the pickle ends too early, at byte " + input.position()
                    + "; the file is truncated or damaged, fetch it again", end);
        } catch (IOException | RuntimeException damage) {
            throw CannotRead.file(file, "the pickle is damaged, or is not one of PyTorch's, before byte "
                    + input.position() + " (" + Printable.plain(damage.getMessage()) + "); fetch the file again",
                            damage);
        }
    }

    @Override
    protected Object dispatch(short key) throws IOException {
        step(1);
        switch (key) {
            case Opcodes.GLOBAL -> stack.add(PickleAllowList.find(line(), line()));
            case Opcodes.STACK_GLOBAL -> stackGlobal();
            case Opcodes.INST -> stack.add(PickleAllowList.find(line(), line()).construct(popMarked().toArray()));
            case Opcodes.EMPTY_DICT -> stack.add(new LinkedHashMap<>());
            case Opcodes.DICT -> putAll(new LinkedHashMap<>(), popMarked());
            case Opcodes.SETITEM -> setItem();
            case Opcodes.SETITEMS -> setItems();
            case Opcodes.APPEND -> append(Collections.singletonList(stack.pop()));
            case Opcodes.APPENDS -> append(popMarked());
            case Opcodes.ADDITEMS, Opcodes.FROZENSET -> set(key);
            // The state of a container or tensor, such as hooks and versions, is not needed.
            case Opcodes.BUILD -> stack.pop();
            case Opcodes.BINSTRING, Opcodes.BINUNICODE, Opcodes.BINBYTES, Opcodes.LONG4 -> counted(key, Integer.BYTES);
            case Opcodes.BINUNICODE8, Opcodes.BINBYTES8, Opcodes.BYTEARRAY8 -> counted(key, Long.BYTES);
            case Opcodes.INT, Opcodes.LONG, Opcodes.FLOAT -> number(key);
            case Opcodes.REDUCE, Opcodes.NEWOBJ, Opcodes.OBJ, Opcodes.NEWOBJ_EX -> construct(key);
            default -> {
                return super.dispatch(key);
            }
        }
        return NO_RETURN_VALUE;
    }

    /**
     * Returns the storage of a persistent id of PyTorch, which is
     * {@code ('storage', type, key, location, count[, (view key, offset, count)])}.
     */
    @Override
    protected Object persistentLoad(Object id) {
        Object[] parts = id instanceof Object[] tuple ? tuple : new Object[0];
        if (parts.length > 1 && parts[1] instanceof PickleAllowList.Unknown type) {
            Integer bytes = OTHER_STORAGES.get(type.name().replace("torch.cuda.", "torch."));
            if (bytes != null && parts.length > 4) {
                others.put(String.valueOf(parts[2]), Math.multiplyExact(PickleAllowList.whole(parts[4]), bytes));
            }
            return type;
        }
        if (parts.length < 5 || !"storage".equals(parts[0])
                || !(parts[1] instanceof PickleAllowList.StorageType type)) {
            throw new PickleException("a persistent id is not a storage");
        }
        StorageRef whole = new StorageRef(type.type(), String.valueOf(parts[2]), 0, PickleAllowList.whole(parts[4]));
        StorageRef before = storages.putIfAbsent(whole.key(), whole);
        if (before != null && !before.equals(whole)) {
            throw new PickleException("storage " + whole.key() + " has two types or lengths");
        }
        if (parts.length > 5 && parts[5] instanceof Object[] view && view.length == 3) {
            return whole.view(PickleAllowList.whole(view[1]), PickleAllowList.whole(view[2]));
        }
        return whole;
    }

    private void stackGlobal() {
        Object name = stack.pop();
        Object module = stack.pop();
        stack.add(PickleAllowList.find(String.valueOf(module), String.valueOf(name)));
    }

    private void construct(short key) throws IOException {
        if (key == Opcodes.REDUCE || key == Opcodes.NEWOBJ) {
            Object[] arguments = (Object[]) stack.pop();
            IObjectConstructor constructor = (IObjectConstructor) stack.pop();
            for (Object argument : arguments) {
                // The constructor may copy the argument, and the pickle may repeat that without end.
                step(size(argument));
            }
            stack.add(constructor.construct(arguments));
        } else {
            super.dispatch(key);
        }
    }

    private static int size(Object container) {
        if (container instanceof Object[] tuple) {
            return tuple.length;
        }
        return container instanceof Collection<?> c ? c.size() : container instanceof Map<?, ?> m ? m.size() : 0;
    }

    private void setItem() {
        Object value = stack.pop();
        Object name = stack.pop();
        if (!(stack.peek() instanceof PickleAllowList.Unknown)) {
            map(stack.peek()).put(key(name), value);
        }
    }

    private void setItems() {
        List<Object> items = popMarked();
        if (!(stack.peek() instanceof PickleAllowList.Unknown)) {
            putAll(map(stack.pop()), items);
        }
    }

    private void putAll(Map<Object, Object> map, List<Object> items) {
        if (items.size() % 2 != 0) {
            throw new PickleException("a dictionary has a key without a value");
        }
        for (int i = 0; i < items.size(); i += 2) {
            map.put(key(items.get(i)), items.get(i + 1));
        }
        stack.add(map);
    }

    @SuppressWarnings("unchecked")
    private void append(List<Object> items) {
        if (!(stack.peek() instanceof PickleAllowList.Unknown)) {
            ((List<Object>) stack.peek()).addAll(items);
        }
    }

    private void set(short opcode) {
        List<Object> items = popMarked();
        items.forEach(TensorUnpickler::key);
        if (opcode == Opcodes.FROZENSET) {
            stack.add(Set.of());
        } else if (!(stack.peek() instanceof Set)) {
            throw new PickleException("items are added to something other than a set");
        }
    }

    private void counted(short key, int fieldBytes) throws IOException {
        in.requireCounted(fieldBytes);
        super.dispatch(key);
    }

    private void number(short key) throws IOException {
        if (!in.lineWithin(MAX_DIGITS)) {
            throw new PickleException("a number has more than " + MAX_DIGITS + " digits");
        }
        super.dispatch(key);
    }

    private void step(int count) {
        steps += count;
        if (steps > MAX_STEPS || steps < 0) {
            throw new PickleException("it has more than " + MAX_STEPS + " parts");
        }
    }

    private String line() throws IOException {
        return PickleUtils.readline(input);
    }

    private List<Object> popMarked() {
        return stack.pop_all_since_marker();
    }

    @SuppressWarnings("unchecked")
    private static Map<Object, Object> map(Object target) {
        return (Map<Object, Object>) target;
    }

    /** Refuses containers as keys, as Python does: hashing one that holds itself would never end. */
    private static Object key(Object key) {
        if (key instanceof Collection || key instanceof Map) {
            throw new PickleException("a container is used as a key");
        }
        return key;
    }
}
