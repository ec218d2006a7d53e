package dev.sectional.weights.internal.keras;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The configuration of a layer, with settings of a checked type. A setting has a name in Keras 2 and 3, and often
 * another one in Keras 1 or in older releases: the readers take all of them, in that order.
 *
 * @param className name of the class, such as {@code Conv2D}
 * @param module of the class; empty in files of Keras before 2.12
 * @param name of the layer, unique in its model
 * @param config settings by name
 * @param keras3 whether Keras 3 wrote it
 * @param read names of the settings that were read; an importer has to know all that a layer has
 */
record LayerConfig(String className, String module, String name, Map<String, Object> config, boolean keras3,
                   Set<String> read) {
    /** Settings that concern training, shapes that follow from the input, and those that the weights show. */
    private static final Pattern NO_EFFECT = Pattern.compile("name|trainable|dtype|head_dim"
            + "|num_query_heads|num_key_value_heads|.*(initializer|regularizer"
            + "|constraint)|batch_input_shape|batch_shape|build_input_shape|input_shape|input_dtype|input_dim"
            + "|input_length|sparse|ragged|optional|momentum|seed|data_format|dim_ordering|.*init|weights|synchronized"
            + "|lora_.*|autocast|dropout|query_shape|key_shape|value_shape|num_heads|key_dim|value_dim|output_shape"
            + "|flash_attention|shared_axes|virtual_batch_size|fused|supports_masking|projection_dim|arguments"
            + "|output_mask|node_indices|tensor_indices|output_mask_type|mode_type|output_shape_type|is_quantized"
            + "|zero_output_for_mask|quantization_config|dot_axes|concat_axis|renorm.*|init_values|fill_mode"
            + "|fill_value");

    private static final Pattern HALVES = Pattern.compile("(mixed_)?(float16|bfloat16)|float64");

    LayerConfig(String className, String module, String name, Map<String, Object> config, boolean keras3) {
        this(className, module, name, config, keras3, new HashSet<>());
    }

    /**
     * Checks that every setting was read, has no effect or is off.
     *
     * @throws IllegalArgumentException if the layer has another setting, such as one of a later release of Keras
     */
    void requireKnownSettings() {
        config.forEach((key, value) -> {
            boolean off = value == null || Boolean.FALSE.equals(value)
                    || value instanceof List<?> list && list.isEmpty();
            if (!off && !read.contains(key) && !NO_EFFECT.matcher(key).matches()) {
                throw new IllegalArgumentException("its " + key + " is " + brief(value) + ", and this setting is not"
                        + " known; export the model to ONNX (tf2onnx, or model.export in Keras 3)");
            }
        });
    }

    /**
     * Returns the types in which the layer computes where they are not float32 alone, such as {@code mixed_float16}.
     *
     * @return an empty text for float32
     * @throws IllegalArgumentException if its weights are quantised
     */
    String otherTypes() {
        Object dtype = config.get("dtype");
        if (dtype instanceof Map<?, ?> policy && policy.get("config") instanceof Map<?, ?> settings) {
            if (String.valueOf(policy.get("class_name")).startsWith("Quantized")) {
                throw new IllegalArgumentException("its weights are quantised (" + brief(settings.get("mode"))
                        + "); save the model before model.quantize");
            }
            dtype = settings.get("name");
        }
        return dtype instanceof String name && HALVES.matcher(name).matches() ? name : "";
    }

    /** Returns a layer of the same name and version with another class and settings. */
    LayerConfig as(String otherClass, Map<String, Object> settings) {
        return new LayerConfig(otherClass, module, name, settings, keras3);
    }

    /** Returns a setting, or null if it is missing or null. */
    Object get(String... names) {
        read.addAll(Arrays.asList(names));
        for (String each : names) {
            Object value = config.get(each);
            if (value instanceof Map<?, ?> map) {
                value = unwrapped(map);
            }
            if (value != null) {
                return value;
            }
        }
        return null;
    }

    /** Returns whether a setting is present and not null. */
    boolean has(String... names) {
        return get(names) != null;
    }

    /** Returns the number inside a NumPy scalar, which some releases of Keras write for a number; else the map. */
    private static Object unwrapped(Map<?, ?> map) {
        if (map.get("value") instanceof Number number && "ndarray".equals(map.get("type"))) {
            return number;
        }
        if (map.get("config") instanceof Map<?, ?> inner && inner.get("value") instanceof Number number) {
            return number;
        }
        return map;
    }

    String text(String missing, String... names) {
        Object value = get(names);
        if (value == null) {
            return missing;
        }
        if (value instanceof String text) {
            return text;
        }
        throw wrong(names[0], value, "a text");
    }

    boolean flag(boolean missing, String... names) {
        Object value = get(names);
        if (value == null) {
            return missing;
        }
        if (value instanceof Boolean flag) {
            return flag;
        }
        if (value instanceof Long number && (number == 0 || number == 1)) {
            return number == 1;
        }
        throw wrong(names[0], value, "true or false");
    }

    /** Returns a finite number. */
    double number(double missing, String... names) {
        Object value = get(names);
        if (value == null) {
            return missing;
        }
        if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
            return number.doubleValue();
        }
        throw wrong(names[0], value, "a finite number");
    }

    /** Returns a whole number in the range of {@code int}. */
    int whole(int missing, String... names) {
        Object value = get(names);
        return value == null ? missing : whole(names[0], value);
    }

    /** Returns two whole numbers: rows, columns. One number stands for both. */
    int[] pair(int missing, String... names) {
        Object value = get(names);
        if (value == null) {
            return new int[] {missing, missing};
        }
        if (value instanceof List<?> list && list.size() == 2) {
            return new int[] {whole(names[0], list.get(0)), whole(names[0], list.get(1))};
        }
        int both = value instanceof List<?> list && list.size() == 1 ? whole(names[0], list.get(0))
                : whole(names[0], value);
        return new int[] {both, both};
    }

    /** Returns whole numbers; one number is a list of one. Null if the setting is missing. */
    int[] wholes(String... names) {
        Object value = get(names);
        if (value == null) {
            return null;
        }
        List<?> list = value instanceof List<?> several ? several : List.of(value);
        return list.stream().mapToInt(each -> whole(names[0], each)).toArray();
    }

    /** Returns numbers of a list, nested or not; one number is a list of one. Null if the setting is missing. */
    double[] numbers(String... names) {
        Object value = get(names);
        if (value instanceof Map<?, ?> map && map.get("config") instanceof Map<?, ?> inner) {
            value = inner.get("value");
        }
        if (value == null) {
            return null;
        }
        List<Double> numbers = new ArrayList<>();
        flatten(names[0], value, numbers);
        return numbers.stream().mapToDouble(Double::doubleValue).toArray();
    }

    /** Returns numbers along the last axis: lists around them have one element. Null if the setting is missing. */
    double[] vector(String... names) {
        Object value = get(names);
        if (value instanceof Map<?, ?> map && map.get("config") instanceof Map<?, ?> inner) {
            value = inner.get("value");
        }
        while (value instanceof List<?> list && list.size() == 1) {
            value = list.get(0);
        }
        if (value instanceof List<?> list && list.stream().anyMatch(List.class::isInstance)) {
            throw wrong(names[0], value, "numbers along one axis");
        }
        return numbers(names);
    }

    private void flatten(String key, Object value, List<Double> into) {
        if (value instanceof List<?> list) {
            list.forEach(each -> flatten(key, each, into));
        } else if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
            into.add(number.doubleValue());
        } else {
            throw wrong(key, value, "numbers");
        }
    }

    /**
     * Checks that a setting is missing or has one of the values.
     *
     * @throws IllegalArgumentException if it has another value
     */
    void require(String key, Object... allowed) {
        Object value = get(key);
        if (value == null) {
            return;
        }
        for (Object each : allowed) {
            if (value.equals(each)) {
                return;
            }
        }
        throw new IllegalArgumentException("its " + key + " is " + brief(value) + ", which is not supported");
    }

    private int whole(String key, Object value) {
        if (value instanceof Number number && number.doubleValue() == number.intValue()) {
            return number.intValue();
        }
        throw wrong(key, value, "whole numbers");
    }

    IllegalArgumentException wrong(String key, Object value, String wanted) {
        return new IllegalArgumentException("its " + key + " is " + brief(value) + ", wanted " + wanted);
    }

    static String brief(Object value) {
        String text = String.valueOf(value);
        return text.length() > 60 ? text.substring(0, 60) + "..." : text;
    }
}
