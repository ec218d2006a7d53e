package dev.sectional.weights.internal.keras;

import dev.sectional.nn.model.NodeSpec;
import java.util.List;
import java.util.Map;

/** Pooling, padding, cropping and resizing of feature maps. */
final class WindowLayers {
    private static final int[] ONES = {1, 1};

    private WindowLayers() {}

    static void addTo(Map<String, LayerTable.Importer> table) {
        table.put("MaxPooling2D", call -> pool(call, true));
        table.put("AveragePooling2D", call -> pool(call, false));
        table.put("GlobalAveragePooling2D", WindowLayers::globalAverage);
        table.put("GlobalMaxPooling2D", WindowLayers::globalMax);
        for (String alias : List.of("MaxPool2D", "AvgPool2D", "GlobalAvgPool2D", "GlobalMaxPool2D")) {
            table.put(alias, table.get(alias.replace("Avg", "Average").replace("Pool2D", "Pooling2D")));
        }
        table.put("ZeroPadding2D", WindowLayers::zeroPadding);
        table.put("Cropping2D", WindowLayers::cropping);
        table.put("UpSampling2D", WindowLayers::upSampling);
        table.put("Resizing", WindowLayers::resizing);
        table.put("CenterCrop", WindowLayers::centerCrop);
        table.put("AdaptiveAveragePooling2D", call -> call.emit("AdaptiveAvgPool2d",
                NodeSpec.settings("size", call.config().pair(1, "output_size")), Map.of(), call.featureMap()));
    }

    private static KerasValue pool(LayerCall call, boolean max) {
        KerasValue x = call.featureMap();
        int[] kernel = call.config().pair(2, "pool_size");
        int[] stride = call.config().has("strides") ? call.config().pair(1, "strides") : kernel;
        int same = SamePadding.automatic(call.config().text("valid", "padding", "border_mode"), kernel, stride, ONES);
        Map<String, Object> settings = max
                ? NodeSpec.settings("kernel", kernel, "stride", stride, "padding", new int[4], "dilation", ONES, "ceil",
                        false, "auto_pad", same)
                : NodeSpec.settings("kernel", kernel, "stride", stride, "padding", new int[4], "ceil", false,
                        "count_padding", false, "auto_pad", same);
        return call.emit(max ? "MaxPool2d" : "AvgPool2d", settings, Map.of(), x);
    }

    private static KerasValue globalAverage(LayerCall call) {
        KerasValue x = call.featureMap();
        return kept(call, call.emit("AdaptiveAvgPool2d", NodeSpec.settings("size", ONES), Map.of(), x));
    }

    private static KerasValue globalMax(LayerCall call) {
        KerasValue x = call.featureMap();
        return kept(call, call.emit("GlobalMaxPool2d", Map.of(), Map.of(), x));
    }

    /** Returns the channels of one position as a vector, unless the layer keeps rows and columns. */
    private static KerasValue kept(LayerCall call, KerasValue x) {
        return call.config().flag(false, "keepdims") ? x : call.reshaped(x, x.channels());
    }

    private static KerasValue zeroPadding(LayerCall call) {
        return call.emit("Pad2d", NodeSpec.settings("padding", sides(call, "padding")), Map.of(), call.featureMap());
    }

    private static KerasValue cropping(LayerCall call) {
        return cropped(call, call.featureMap(), sides(call, "cropping"));
    }

    private static KerasValue cropped(LayerCall call, KerasValue map, int[] sides) {
        KerasValue x = map;
        for (int d = 0; d < 2; d++) {
            int count = x.shape().dim(d) - sides[d] - sides[d + 2];
            if (sides[d] < 0 || sides[d + 2] < 0 || count < 1) {
                throw new IllegalArgumentException("it crops " + sides[d] + " and " + sides[d + 2] + " of "
                        + x.shape().dim(d));
            }
            if (count < x.shape().dim(d)) {
                x = call.emit("Slice", NodeSpec.settings("axis", d, "start", sides[d], "step", 1, "count", count),
                        Map.of(), x);
            }
        }
        return x;
    }

    /** Returns top, left, bottom, right from one number, (rows, columns) or ((top, bottom), (left, right)). */
    private static int[] sides(LayerCall call, String key) {
        Object value = call.config().get(key);
        if (value instanceof List<?> list && list.size() == 2 && list.get(0) instanceof List<?>) {
            double[] flat = call.config().numbers(key);
            if (flat.length == 4) {
                return new int[] {(int) flat[0], (int) flat[2], (int) flat[1], (int) flat[3]};
            }
        }
        if (value instanceof List<?> list && list.size() == 4) {   // Keras 1: top, bottom, left, right
            int[] given = call.config().wholes(key);
            return new int[] {given[0], given[2], given[1], given[3]};
        }
        int[] pair = call.config().pair(1, key);
        return new int[] {pair[0], pair[1], pair[0], pair[1]};
    }

    private static KerasValue upSampling(LayerCall call) {
        KerasValue x = call.featureMap();
        int[] factor = call.config().pair(2, "size");
        return resized(call, x, new int[2], factor, call.config().text("nearest", "interpolation"));
    }

    /** Cuts the middle out of a larger map; others are resized to cover the size first, as Keras does. */
    private static KerasValue centerCrop(LayerCall call) {
        KerasValue x = call.featureMap();
        int[] size = {call.config().whole(0, "height"), call.config().whole(0, "width")};
        int[] more = {x.shape().dim(0) - size[0], x.shape().dim(1) - size[1]};
        if (Math.min(size[0], size[1]) < 1) {
            throw new IllegalArgumentException("its size is " + size[0] + "x" + size[1]);
        }
        if (Math.min(more[0], more[1]) >= 0) {
            return cropped(call, x, new int[] {more[0] / 2, more[1] / 2, more[0] - more[0] / 2,
                more[1] - more[1] / 2});
        }
        return resizing(call.with(call.config().as("Resizing", Map.of("height", (long) size[0], "width",
                (long) size[1], "crop_to_aspect_ratio", true)), x));
    }

    private static KerasValue resizing(LayerCall call) {
        KerasValue x = call.featureMap();
        call.config().require("antialias", false);
        int[] size = {call.config().whole(0, "height"), call.config().whole(0, "width")};
        String interpolation = call.config().text("bilinear", "interpolation");
        boolean crops = call.config().flag(false, "crop_to_aspect_ratio");
        boolean pads = call.config().flag(false, "pad_to_aspect_ratio");
        if (Math.min(size[0], size[1]) < 1 || crops && pads) {
            throw new IllegalArgumentException("its size is " + size[0] + "x" + size[1]
                    + (crops && pads ? ", and it crops and pads" : ""));
        }
        if (crops || pads) {
            int[] wanted = new int[2];
            int[] sides = new int[4];
            for (int d = 0; d < 2; d++) {
                int aspect = (int) Math.min(Integer.MAX_VALUE, (long) x.shape().dim(1 - d) * size[d] / size[1 - d]);
                wanted[d] = crops ? Math.max(1, Math.min(x.shape().dim(d), aspect))
                        : Math.max(x.shape().dim(d), aspect);
                int rest = Math.abs(x.shape().dim(d) - wanted[d]);
                sides[d] = rest / 2;
                sides[d + 2] = crops ? rest - rest / 2 : rest / 2;   // Keras pads both sides by the same number
            }
            x = crops ? cropped(call, x, sides) : padded(call, x, sides);
        }
        return resized(call, x, size, new int[2], interpolation);
    }

    /** Pads to the aspect ratio of the result, with a constant. */
    private static KerasValue padded(LayerCall call, KerasValue x, int[] sides) {
        call.config().require("fill_mode", "constant");
        return call.emitPart("pad", "Pad", NodeSpec.settings("before", new int[] {sides[0], sides[1], 0}, "after",
                new int[] {sides[2], sides[3], 0}, "mode", 0, "value", call.config().number(0, "fill_value")), x);
    }

    /** Resizes as TensorFlow does, with half pixel centres, to a size or, where that is 0, by a factor. */
    private static KerasValue resized(LayerCall call, KerasValue x, int[] size, int[] factor, String interpolation) {
        int mode = switch (interpolation) {
            case "nearest" -> 0;
            case "bilinear" -> 1;
            case "bicubic" -> 2;
            default -> throw new IllegalArgumentException("its interpolation is " + interpolation
                    + ", supported are nearest, bilinear and bicubic");
        };
        // nearest: the element at floor((i + 1/2) scale); cubic: Keys' kernel, weights outside the image left out
        if (mode == 2) {
            call.nodes().assume("bicubic interpolation as TensorFlow and JAX compute it, not PyTorch");
        }
        double[] scale = {factor[0], factor[1]};
        return call.emit("Resize", NodeSpec.settings("size", size, "mode", mode, "coordinates", mode == 0 ? 5 : 0,
                "rounding", mode == 0 ? 2 : 0, "cubic_a", -0.5, "exclude_outside", mode == 2, "scale", scale), Map.of(),
                x);
    }
}
