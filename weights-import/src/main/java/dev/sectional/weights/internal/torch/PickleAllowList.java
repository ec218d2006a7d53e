package dev.sectional.weights.internal.torch;

import dev.sectional.core.DType;
import dev.sectional.core.InputException;
import dev.sectional.weights.internal.common.CannotRead;
import dev.sectional.weights.internal.common.Printable;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.razorvine.pickle.IObjectConstructor;
import net.razorvine.pickle.PickleException;

/**
 * Maps every class that a pickle may name to the code that takes its place. Every other name becomes an
 * {@link Unknown}, which does nothing, and is refused wherever the model's tensors should be.
 */
final class PickleAllowList {
    /** Position of what a view of a tensor does to its elements, among the arguments that rebuild it. */
    private static final int VIEW = 6;
    /** Stands for a harmless value that no tensor needs, such as a data type or a device. */
    private static final Object NOTHING = new Object();
    private static final Map<String, IObjectConstructor> KNOWN = known();

    private PickleAllowList() {}

    /** Stands for a class that is not on the list and for whatever the pickle builds of it. */
    record Unknown(String name) implements IObjectConstructor {
        @Override
        public Object construct(Object[] args) {
            return this;
        }
    }

    /** A class of storages, which gives the type of their elements. A pickle refers to it and never builds it. */
    record StorageType(DType type) implements IObjectConstructor {
        @Override
        public Object construct(Object[] args) {
            throw new PickleException("the pickle builds a storage");
        }
    }

    /** Returns the constructor that takes the place of {@code module.name}. */
    static IObjectConstructor find(String module, String name) {
        IObjectConstructor known = KNOWN.get(module + "." + name);
        return known == null ? new Unknown(module + "." + name) : known;
    }

    /**
     * Returns a value of a pickle.
     *
     * @throws InputException if its class is not on the list; the message names it
     */
    static Object required(String file, Object value) {
        if (value instanceof Unknown unknown) {
            throw CannotRead.file(file, "the pickle asks for " + Printable.plain(unknown.name)
                    + ", which is not a tensor or plain container and was not run; save the weights alone with"
                    + " torch.save(model.state_dict(), path)");
        }
        return value;
    }

    /**
     * Returns a number of the pickle as a size, offset or stride.
     *
     * @throws PickleException if it is not a whole number of 0 or more
     */
    static long whole(Object number) {
        if ((number instanceof Integer || number instanceof Long) && ((Number) number).longValue() >= 0) {
            return ((Number) number).longValue();
        }
        throw new PickleException("a size, offset or stride is not a whole number of 0 or more");
    }

    private static Map<String, IObjectConstructor> known() {
        Map<String, IObjectConstructor> known = new HashMap<>();
        // Each lambda appears once: every occurrence makes a class of its own, and a class data archive keeps only the
        // first.
        IObjectConstructor tensor = PickleAllowList::tensor;
        IObjectConstructor first = PickleAllowList::first;
        IObjectConstructor dictionary = PickleAllowList::dictionary;
        IObjectConstructor nothing = args -> NOTHING;
        known.put("torch._utils._rebuild_tensor", tensor);
        known.put("torch._utils._rebuild_tensor_v2", tensor);
        known.put("torch._utils._rebuild_parameter", first);
        known.put("torch._utils._rebuild_parameter_with_state", first);
        known.put("torch.Size", first);
        known.put("collections.OrderedDict", dictionary);
        storages(known);
        for (String module : List.of("builtins.", "__builtin__.")) {
            known.put(module + "dict", dictionary);
            known.put(module + "set", nothing);
            known.put(module + "frozenset", nothing);
        }
        for (String harmless : List.of("torch.device", "numpy.dtype", "numpy.core.multiarray.scalar",
                "numpy._core.multiarray.scalar", "_codecs.encode", "torch.float16", "torch.float32", "torch.float64",
                "torch.bfloat16", "torch.int64", "torch.int32", "torch.uint8", "torch.bool")) {
            known.put(harmless, nothing);
        }
        return Map.copyOf(known);
    }

    private static void storages(Map<String, IObjectConstructor> known) {
        Map<String, DType> types = Map.of("Double", DType.F64, "Float", DType.F32, "Half", DType.F16,
                "BFloat16", DType.BF16, "Long", DType.I64, "Int", DType.I32, "Short", DType.I16, "Char", DType.I8,
                "Byte", DType.U8, "Bool", DType.BOOL);
        types.forEach((name, type) -> {
            known.put("torch." + name + "Storage", new StorageType(type));
            known.put("torch.cuda." + name + "Storage", new StorageType(type));
        });
    }

    /**
     * Returns the tensor of {@code (storage, offset, size, stride, ...)}. Further arguments concern training, but for
     * the seventh, which says whether the elements are negated or conjugated when they are read.
     */
    private static Object tensor(Object[] args) {
        if (args.length > 0 && args[0] instanceof Unknown type) {   // complex numbers and other elements
            return type;
        }
        if (args.length < 4 || !(args[0] instanceof StorageRef storage)) {
            throw new PickleException("a tensor is built from something other than a storage");
        }
        if (args.length > VIEW && args[VIEW] instanceof Map<?, ?> view && view.containsValue(true)) {
            return new Unknown("a view that negates or conjugates its elements (save tensor.clone() instead)");
        }
        long[] size = whole(sequence(args[2]));
        long[] stride = whole(sequence(args[3]));
        if (size.length != stride.length) {
            throw new PickleException("a tensor has " + size.length + " dimensions and " + stride.length + " strides");
        }
        return new TensorRef(storage, whole(args[1]), size, stride);
    }

    private static Object first(Object[] args) {
        if (args.length == 0) {
            throw new PickleException("a tensor or size is built without arguments");
        }
        return args[0];
    }

    private static Object dictionary(Object[] args) {
        Map<Object, Object> map = new LinkedHashMap<>();
        if (args.length > 0 && args[0] instanceof Map<?, ?> other) {
            map.putAll(other);
        } else if (args.length > 0) {
            for (Object item : sequence(args[0])) {
                Object[] pair = sequence(item);
                if (pair.length != 2 || pair[0] instanceof Collection || pair[0] instanceof Map) {
                    throw new PickleException("a dictionary is built from something other than pairs of key and value");
                }
                map.put(pair[0], pair[1]);
            }
        }
        return map;
    }

    private static Object[] sequence(Object value) {
        if (value instanceof Object[] tuple) {
            return tuple;
        }
        if (value instanceof List<?> list) {
            return list.toArray();
        }
        throw new PickleException("something other than a tuple or list stands where one is needed");
    }

    private static long[] whole(Object[] numbers) {
        return Arrays.stream(numbers).mapToLong(PickleAllowList::whole).toArray();
    }
}
