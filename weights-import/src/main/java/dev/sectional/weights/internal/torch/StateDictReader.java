package dev.sectional.weights.internal.torch;

import dev.sectional.core.InputException;
import dev.sectional.weights.internal.common.Printable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds the tensors in what a pickle held: a dictionary of tensors, or a training checkpoint with one inside, next to
 * the epoch, the optimizer's state and the like.
 */
final class StateDictReader {
    private static final List<String> WRAPPERS =
            List.of("state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights");
    private static final int DEEPEST = 32;
    private static final int LONGEST_NAME = 1000;
    private static final int MOST = 1 << 20;

    private final String file;
    private final Map<String, TensorRef> found = new LinkedHashMap<>();
    private int visited;

    /** @param file what messages call it */
    StateDictReader(String file) {
        this.file = file;
    }

    /**
     * The tensors by name, in the order of the file; those in nested containers are named {@code outer.inner}.
     *
     * @throws InputException if there is none
     */
    Map<String, TensorRef> tensors(Object root) {
        collect("", unwrap(root), 0);
        if (found.isEmpty()) {
            throw new InputException(file + ": holds no tensors; save the weights by"
                    + " torch.save(model.state_dict(), path)");
        }
        return found;
    }

    private static Object unwrap(Object root) {
        Object inner = root;
        for (int depth = 0; depth < DEEPEST; depth++) {
            Object wrapped = null;
            for (String wrapper : WRAPPERS) {
                wrapped = wrapped == null && inner instanceof Map<?, ?> map && map.get(wrapper) instanceof Map<?, ?> dict
                        ? dict : wrapped;
            }
            if (wrapped == null) {
                break;
            }
            inner = wrapped;
        }
        return inner;
    }

    private void collect(String name, Object value, int depth) {
        if (depth > DEEPEST || ++visited > MOST || name.length() > LONGEST_NAME) {
            throw new InputException(file + ": its containers nest too deep or hold too much; save the weights alone, by"
                    + " torch.save(model.state_dict(), path)");
        }
        if (value instanceof TensorRef tensor) {
            put(name, tensor);
        } else if (value instanceof Map<?, ?> map) {
            map.forEach((key, item) -> {
                if (key instanceof String || key instanceof Integer || key instanceof Long) {
                    collect(join(name, key), item, depth + 1);
                }
            });
        } else if (value instanceof List<?> || value instanceof Object[]) {
            Object[] items = value instanceof List<?> list ? list.toArray() : (Object[]) value;
            for (int i = 0; i < items.length; i++) {
                collect(join(name, i), items[i], depth + 1);
            }
        }
    }

    private void put(String name, TensorRef tensor) {
        if (found.put(name.isEmpty() ? "tensor" : name, tensor) != null) {
            throw new InputException(file + ": two tensors are named " + Printable.plain(name) + "; save it again");
        }
    }

    private static String join(String name, Object key) {
        return name.isEmpty() ? String.valueOf(key) : name + "." + key;
    }
}
