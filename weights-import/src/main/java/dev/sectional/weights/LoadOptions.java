package dev.sectional.weights;

import dev.sectional.core.InputException;
import dev.sectional.core.internal.json.Json;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Weights;
import dev.sectional.weights.internal.architecture.ArchitectureLoader;
import dev.sectional.weights.internal.common.LabelFile;
import dev.sectional.weights.internal.common.PixelPreset;
import dev.sectional.weights.internal.common.Probabilities;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a file does not say about its model, or says wrongly. A setting wins over the file; what is not set comes from
 * the file. Immutable.
 */
public final class LoadOptions {
    private static final LoadOptions NONE = builder().build();
    private static final int LARGEST_SIDE = 1 << 16;

    private final String architecture;
    private final String stateDict;
    private final String output;
    private final Map<String, String> metadata;
    private final Weights weights;

    private LoadOptions(String architecture, String stateDict, String output, Map<String, String> metadata,
                        Weights weights) {
        this.weights = weights;
        this.architecture = architecture;
        this.stateDict = stateDict;
        this.output = output;
        this.metadata = Map.copyOf(metadata);
    }

    /** {@return options that set nothing} */
    public static LoadOptions none() {
        return NONE;
    }

    /** {@return a builder without settings} */
    public static Builder builder() {
        return new Builder();
    }

    /** {@return the names that {@link Builder#preset} accepts} */
    public static List<String> presets() {
        return Arrays.stream(PixelPreset.values()).map(each -> each.name().toLowerCase(Locale.ROOT)).toList();
    }

    /** {@return the names that {@link Builder#architecture} accepts, such as {@code resnet50}} */
    public static List<String> architectures() {
        return ArchitectureLoader.names();
    }

    /** Returns the name of the architecture; empty if the names and shapes of the tensors decide. */
    String architecture() {
        return architecture;
    }

    /** Returns the key of the state dict in a checkpoint; empty for the usual one. */
    String stateDict() {
        return stateDict;
    }

    /** Returns the name of the ONNX graph's output; empty for its only one. */
    String output() {
        return output;
    }

    /** Returns the form in which the network keeps weights. */
    Weights weights() {
        return weights;
    }

    /** Returns the settings under the {@code sectional.*} keys of a model card. */
    Map<String, String> metadata() {
        return metadata;
    }

    /** Collects settings. Every method checks its argument and returns this builder. Not safe for several threads. */
    public static final class Builder {
        private final Map<String, String> metadata = new LinkedHashMap<>();
        private String architecture = "";
        private String stateDict = "";
        private String output = "";
        private double[] mean;
        private double[] std;
        private double range;
        private PixelPreset preset;
        private Weights weights = Weights.AS_GIVEN;

        private Builder() {}

        /**
         * Requires an architecture.
         *
         * @param name one of {@link #architectures}, such as {@code resnet50}; empty for any
         * @return this builder
         */
        public Builder architecture(String name) {
            architecture = name;
            return this;
        }

        /**
         * Sets the form in which the network keeps the weights of convolutions and linear layers, such as float16,
         * which halves the memory that they take.
         *
         * @param form in which the network keeps them
         * @return this builder
         */
        public Builder weights(Weights form) {
            weights = form;
            return this;
        }

        /**
         * Chooses a state dict of a PyTorch checkpoint that has several.
         *
         * @param key of the checkpoint's dictionary, such as {@code state_dict_ema}; empty for the usual one
         * @return this builder
         */
        public Builder stateDict(String key) {
            stateDict = key;
            return this;
        }

        /**
         * Sets the mean, which is subtracted from the pixels.
         *
         * @param values one for all channels or one for each, red first, on the scale of {@link #range}
         * @return this builder
         * @throws IllegalArgumentException if there is none, or one is not finite
         */
        public Builder mean(double... values) {
            mean = checked("mean", values, "");
            return this;
        }

        /**
         * Sets the deviation, which divides the pixels after the mean is subtracted; 1 if only a mean is set.
         *
         * @param values one for all channels or one for each, red first, on the scale of {@link #range}
         * @return this builder
         * @throws IllegalArgumentException if there is none, or one is 0 or not finite
         */
        public Builder std(double... values) {
            double[] given = checked("std", values, ", none of them 0");
            if (Arrays.stream(given).anyMatch(value -> value == 0)) {
                throw wrong("std", given, ", none of them 0");
            }
            std = given;   // a refused deviation leaves the builder as it was
            return this;
        }

        /**
         * Sets the value of a white pixel, for which the model, the mean and the deviation are made. Without a mean and
         * a deviation, pixels are scaled to this range and nothing else.
         *
         * @param white 1 or 255
         * @return this builder
         * @throws IllegalArgumentException if it is another number
         */
        public Builder range(double white) {
            if (white != 1 && white != 255) {
                throw new IllegalArgumentException("range " + white + ": give 1 or 255");
            }
            range = white;
            return this;
        }

        /**
         * Sets how pixels are prepared by the name of a usual way: {@code imagenet} (mean and deviation of ImageNet),
         * {@code tf} (pixels in -1..1), {@code caffe} (pixels in 0..255 less Caffe's means, blue first), {@code unit}
         * (pixels in 0..1) or {@code raw} (pixels in 0..255). It takes the place of mean, deviation, range and order
         * of channels.
         *
         * @param name one of those above
         * @return this builder
         * @throws IllegalArgumentException if there is no such name
         */
        public Builder preset(String name) {
            preset = PixelPreset.named(name);
            return this;
        }

        /**
         * Makes blue the first channel of the model's input. Mean and deviation are given red first all the same.
         *
         * @return this builder
         */
        public Builder bgr() {
            metadata.put("sectional.channels", "BGR");
            return this;
        }

        /**
         * Makes red the first channel of the model's input, whatever the file says.
         *
         * @return this builder
         */
        public Builder rgb() {
            metadata.put("sectional.channels", "RGB");
            return this;
        }

        /**
         * Sets the size of the input, for a model whose file leaves it open. The number of channels stays the file's.
         *
         * @param height at least 1
         * @param width at least 1
         * @return this builder
         * @throws IllegalArgumentException if a side is less than 1 or more than 65536 pixels
         */
        public Builder inputSize(int height, int width) {
            if (Math.min(height, width) < 1 || Math.max(height, width) > LARGEST_SIDE) {
                throw new IllegalArgumentException("input-size " + height + "x" + width + ": give 1 to " + LARGEST_SIDE
                        + " pixels for each side");
            }
            metadata.put("sectional.input", "3," + height + "," + width);
            return this;
        }

        /**
         * Chooses the output of an ONNX graph, or a value inside it, that has the logits. Files of other formats are
         * refused with it.
         *
         * @param name as the file has it; empty for the only output
         * @return this builder
         */
        public Builder output(String name) {
            output = name;
            return this;
        }

        /**
         * States how the outputs become probabilities, where a file leaves it open: a graph that ends in the logits of
         * several labels per image has a sigmoid, and outputs that are probabilities have none. It is what Hugging Face
         * calls {@code function_to_apply}. A file whose graph ends in another function is refused.
         *
         * @param function softmax, sigmoid or none
         * @return this builder
         */
        public Builder probabilities(ModelCard.Output function) {
            metadata.put(Probabilities.KEY, function.name().toLowerCase(Locale.ROOT));
            return this;
        }

        /**
         * Sets the names of the classes, one for each output of the network.
         *
         * @param names one per class
         * @return this builder
         */
        public Builder labels(List<String> names) {
            metadata.put("sectional.labels", Json.array(names));
            return this;
        }

        /**
         * Sets the names of the classes from a text file in UTF-8: one name per line, lines of a WordNet number or of
         * an index and a name, a JSON array of names, or a JSON object from indices to names. Empty lines at the end do
         * not count.
         *
         * @param file in one of the formats above
         * @return this builder
         * @throws InputException if the file cannot be read, or a JSON file has another form
         */
        public Builder labels(Path file) {
            return labels(LabelFile.read(file));
        }

        /**
         * Sets the origin of the weights, such as an address, for the model card.
         *
         * @param origin a sentence or an address
         * @return this builder
         */
        public Builder source(String origin) {
            metadata.put("sectional.source", origin);
            return this;
        }

        /**
         * {@return the options}
         *
         * @throws IllegalArgumentException if a preset is set together with mean, deviation, range or order of channels
         */
        public LoadOptions build() {
            Map<String, String> all = new LinkedHashMap<>(metadata);
            if (preset != null && (mean != null || std != null || range != 0
                    || all.containsKey("sectional.channels"))) {
                throw new IllegalArgumentException("preset " + preset.name().toLowerCase(Locale.ROOT)
                        + " states mean, std, range and order of channels: give these or the preset");
            }
            if (preset != null) {
                all.putAll(preset.card());
            }
            if (mean != null || std != null || range != 0) {
                all.put("sectional.mean", unitScale(mean == null ? new double[] {0} : mean));
                all.put("sectional.std", unitScale(std == null ? new double[] {1} : std));
            }
            if (all.containsKey("sectional.mean")) {
                all.put("sectional.normalisation", "stated");
            }
            return new LoadOptions(architecture, stateDict, output, all, weights);
        }

        /** Returns the text of numbers for pixels in 0..1, as a model card has them. */
        private String unitScale(double[] values) {
            double white = range == 0 ? 1 : range;
            return Arrays.stream(values).mapToObj(value -> String.valueOf((float) (value / white)))
                    .collect(Collectors.joining(","));
        }

        private static double[] checked(String setting, double[] values, String condition) {
            if (values.length == 0 || !Arrays.stream(values).allMatch(Double::isFinite)) {
                throw wrong(setting, values, condition);
            }
            return values.clone();
        }

        private static IllegalArgumentException wrong(String setting, double[] values, String condition) {
            String given = Arrays.stream(values).mapToObj(String::valueOf).collect(Collectors.joining(","));
            return new IllegalArgumentException(setting + " " + given
                    + ": give one number, or one for each channel with commas between them"
                    + condition);
        }
    }
}
