package dev.sectional.weights.internal.torch;

import dev.sectional.core.InputException;
import dev.sectional.weights.internal.common.CannotRead;
import dev.sectional.weights.internal.common.Printable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Finds the tensors of the model in the content of a pickle: a dictionary of tensors, or a training checkpoint with
 * such a dictionary beside the epoch, the optimizer's state and other entries.
 */
final class StateDictReader {
    /** Keys under which training programs store a state dict; of several in one checkpoint the first is taken. */
    private static final List<String> WRAPPERS =
            List.of("state_dict", "model_state_dict", "model_state", "model", "net",
            "network", "weights", "module", "state_dict_ema", "ema_state_dict", "model_ema", "ema_model", "ema");
    /** Attributes that hold the network in a class around it. */
    private static final Set<String> NETWORKS = Set.of("model", "net", "network", "backbone", "encoder", "module");
    /** Attributes beside the network that no prediction needs. */
    private static final Pattern BESIDE = Pattern.compile("criterion|loss.*|.*_loss|.*metrics?.*|.*acc(uracy)?"
            + "|(train|val|test)_.*|teacher|ema.*|.*_ema|momentum_encoder");
    private static final int DEEPEST = 32;
    private static final int LONGEST_NAME = 1000;
    private static final int MOST = 1 << 20;

    private final String file;
    private final String wanted;
    private final Map<String, TensorRef> found = new LinkedHashMap<>();
    private String chosen = "";
    private int visited;

    /**
     * @param file name of the file in messages
     * @param wanted key of the state dict to read; empty for the usual one
     */
    StateDictReader(String file, String wanted) {
        this.file = file;
        this.wanted = wanted;
    }

    /** Returns a phrase that names the state dict among several; empty if there was one, or the user chose. */
    String chosen() {
        return chosen;
    }

    /**
     * Returns the tensors by name, in the order of the file. A tensor in a nested container is named
     * {@code outer.inner}.
     *
     * @throws InputException if there is no tensor, two have one name, or the containers nest too deep
     */
    Map<String, TensorRef> tensors(Object root) {
        Object whole = PickleAllowList.required(file, root);
        collect("", unwrap(wanted.isEmpty() || isPrefix(unwrap(whole)) ? whole : entry(whole)), 0);
        if (found.isEmpty()) {
            throw CannotRead.file(file,
                    "it holds no tensors; save the weights with torch.save(model.state_dict(), path)");
        }
        return network();
    }

    /**
     * Returns the tensors of the network among those of a training program around it: PyTorch Lightning stores
     * {@code model.*} beside the weights of its losses, metrics and averages. Tensors under any other name stay, so
     * that the loader refuses them.
     */
    private Map<String, TensorRef> network() {
        Map<String, List<String>> groups = new LinkedHashMap<>();
        found.keySet().forEach(name -> groups.computeIfAbsent(name.contains(".") ? name.substring(0, name.indexOf('.'))
                : "", key -> new ArrayList<>()).add(name));
        List<String> beside = groups.keySet().stream().filter(key -> BESIDE.matcher(key).matches()).toList();
        List<String> networks = groups.keySet().stream().filter(NETWORKS::contains).toList();
        String own = groups.containsKey(wanted) ? wanted : networks.size() == 1 ? networks.get(0) : "";
        boolean others = groups.size() > beside.size() + 1 && !own.equals(wanted);
        if (own.isEmpty() || groups.size() == 1 && !own.equals(wanted) || others) {
            return found;
        }
        Map<String, TensorRef> kept = new LinkedHashMap<>();
        groups.get(own).forEach(name -> kept.put(name.substring(own.length() + 1), found.get(name)));
        if (!own.equals(wanted)) {
            chosen = "the weights of " + own + ".*, not those of " + beside.stream().map(key -> key + ".*")
                    .collect(Collectors.joining(", ")) + " (--state-dict chooses one)";
        }
        return kept;
    }

    /** Returns the innermost dictionary of those that wrap one another; {@code root} if it wraps none. */
    private Object unwrap(Object root) {
        Object inner = root;
        for (int depth = 0; depth < DEEPEST; depth++) {
            List<String> keys = inner instanceof Map<?, ?> map ? wrappers(map) : List.of();
            if (keys.isEmpty()) {
                break;
            }
            if (keys.size() > 1 && wanted.isEmpty() && chosen.isEmpty()) {
                chosen = "the weights of " + keys.get(0) + " (--state-dict chooses "
                        + String.join(", ", keys.subList(1, keys.size())) + ")";
            }
            inner = ((Map<?, ?>) inner).get(keys.get(0));
        }
        return inner;
    }

    /** Returns the keys of a checkpoint under which a state dict may be, the usual one first. */
    private static List<String> wrappers(Map<?, ?> map) {
        return WRAPPERS.stream().filter(key -> map.get(key) instanceof Map<?, ?>).toList();
    }

    /** Returns whether names of a state dict begin with the wanted key. */
    private boolean isPrefix(Object dict) {
        return dict instanceof Map<?, ?> map && map.entrySet().stream().anyMatch(each -> each.getKey() instanceof String
                name && name.startsWith(wanted + ".") && each.getValue() instanceof TensorRef);
    }

    private Object entry(Object root) {
        if (root instanceof Map<?, ?> map && map.get(wanted) instanceof Map<?, ?> dict) {
            return dict;
        }
        List<String> keys = root instanceof Map<?, ?> map ? map.entrySet().stream()
                .filter(each -> each.getValue() instanceof Map<?, ?>).map(each -> Printable.plain("" + each.getKey()))
                .limit(20).toList() : List.of();
        throw CannotRead.file(file, "it has no state dict under the key " + Printable.plain(wanted) + "; "
                + (keys.isEmpty() ? "it is a state dict itself, read without --state-dict"
                : "its dictionaries are " + String.join(", ", keys)));
    }

    private void collect(String name, Object value, int depth) {
        PickleAllowList.required(file, value);
        if (depth > DEEPEST || ++visited > MOST || name.length() > LONGEST_NAME) {
            throw CannotRead.file(file, "its containers nest too deep or hold too much; save the weights alone with"
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
            throw CannotRead.file(file, "two tensors are named " + Printable.plain(name) + "; save it again");
        }
    }

    private static String join(String name, Object key) {
        return name.isEmpty() ? String.valueOf(key) : name + "." + key;
    }
}
