package dev.sectional.nn;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Facts about a trained network beside its tensors: input, preprocessing, labels and source. In a file they are text
 * under {@code sectional.*} keys of the metadata. Immutable; {@link #builder} creates one.
 */
public final class ModelCard {
    /** The function that turns the outputs into probabilities. */
    public enum Output {
        /** One class per image: the probabilities add up to 1. */
        SOFTMAX,
        /** Any number of classes per image: each probability is independent of the others. */
        SIGMOID,
        /** None: the outputs are probabilities. Explanations start from them, and logits mean the outputs. */
        NONE
    }

    /** The order of an image's channels. */
    public enum Channels {
        /** Red, green, blue; also for images without colours. */
        RGB,
        /** Blue, green, red, the order of networks from Caffe and Keras. */
        BGR
    }

    private final String architecture;
    private final String layers;
    private final Shape input;
    private final Normalisation normalisation;
    private final Output output;
    private final List<String> labels;
    private final String source;
    private final String licence;
    private final Channels channels;
    private final List<String> assumed;

    private ModelCard(Builder from) {
        architecture = from.architecture;
        layers = from.layers;
        input = from.input;
        normalisation = from.normalisation;
        output = from.output;
        labels = List.copyOf(from.labels);
        source = from.source;
        licence = from.licence;
        channels = from.channels;
        assumed = List.copyOf(from.assumed);
    }

    /**
     * {@return a builder of a card for images of the given shape} Without further calls the card says softmax, RGB, and
     * nothing known about preprocessing, labels and source.
     *
     * @param input {@code (C, H, W)}
     */
    public static Builder builder(Shape input) {
        return new Builder(Objects.requireNonNull(input, "input"));
    }

    /** {@return a builder with the values of this card} */
    public Builder toBuilder() {
        return new Builder(input()).architecture(architecture()).layers(layers()).normalisation(mean(), std())
                .normalisationAssumed(normalisationAssumed()).output(output()).labels(labels()).source(source())
                .licence(licence()).channels(channels()).assumed(assumed());
    }

    /** {@return the name of the architecture, such as {@code vgg}; empty if unknown} */
    public String architecture() {
        return architecture;
    }

    /**
     * Returns the layers of a VGG: widths of its convolutions and {@code M} for a pooling, such as {@code 64,64,M,128};
     * empty if unknown.
     *
     * @return widths and {@code M}, separated by commas
     */
    public String layers() {
        return layers;
    }

    /** {@return {@code (C, H, W)} of the images that the network was made for} */
    public Shape input() {
        return input;
    }

    /**
     * {@return the mean of each channel in RGB order, which is subtracted from pixel values in 0..1; empty if unknown,
     * and then images cannot be prepared}
     */
    public List<Float> mean() {
        return normalisation.mean();
    }

    /**
     * {@return the standard deviation of each channel in RGB order, which divides the difference; empty if the mean is}
     */
    public List<Float> std() {
        return normalisation.std();
    }

    /**
     * {@return whether mean and standard deviation are an assumption, because the file of the network does not state
     * them} An image of 0..255 is refused where they are stated; where they are assumed, the network may be one that
     * takes it.
     */
    public boolean normalisationAssumed() {
        return normalisation.assumed();
    }

    /**
     * Refuses an image whose values are far above normalised pixels, if their range is stated.
     *
     * @param greatest absolute value of the image
     * @throws IllegalArgumentException if it is more than 16 times that of the greatest normalised pixel
     */
    public void requireNormalised(float greatest) {
        normalisation.requireNormalised(greatest);
    }

    /** {@return how the outputs become probabilities} */
    public Output output() {
        return output;
    }

    /** {@return one label per class; empty if unknown} */
    public List<String> labels() {
        return labels;
    }

    /** {@return the origin of the weights; empty if unknown} */
    public String source() {
        return source;
    }

    /** {@return the licence of the weights; empty if unknown} */
    public String licence() {
        return licence;
    }

    /** {@return the order of the network's input channels} Mean and standard deviation are in RGB order for both. */
    public Channels channels() {
        return channels;
    }

    /**
     * {@return the settings that the file of the network leaves open and its reader assumed, one phrase each, such as
     * {@code batch-norm epsilon 1e-5}; empty if the file states everything}
     */
    public List<String> assumed() {
        return assumed;
    }

    /** Builds a {@link ModelCard}; each method sets the property of its name. Not safe for use by several threads. */
    public static final class Builder {
        private final Shape input;
        private String architecture = "";
        private String layers = "";
        private Normalisation normalisation = new Normalisation(List.of(), List.of(), false);
        private Output output = Output.SOFTMAX;
        private List<String> labels = List.of();
        private String source = "";
        private String licence = "";
        private Channels channels = Channels.RGB;
        private List<String> assumed = List.of();

        private Builder(Shape input) {
            this.input = input;
        }

        /**
         * Sets the name of the architecture, such as {@code vgg}.
         *
         * @param value in lower case
         * @return this builder
         */
        public Builder architecture(String value) {
            architecture = value;
            return this;
        }

        /**
         * Sets the widths of a VGG's convolutions, with {@code M} for each pooling.
         *
         * @param value widths and {@code M}, separated by commas
         * @return this builder
         */
        public Builder layers(String value) {
            layers = value;
            return this;
        }

        /**
         * Sets how pixel values in 0..1 are normalised: {@code (pixel - mean) / std}, per channel in RGB order.
         *
         * @param means one value per channel; empty if unknown
         * @param deviations one value per channel; empty if unknown
         * @return this builder
         */
        public Builder normalisation(List<Float> means, List<Float> deviations) {
            normalisation = new Normalisation(means, deviations, normalisation.assumed());
            return this;
        }

        /**
         * Sets whether mean and standard deviation are an assumption.
         *
         * @param value false if the file of the network states them
         * @return this builder
         */
        public Builder normalisationAssumed(boolean value) {
            normalisation = new Normalisation(normalisation.mean(), normalisation.std(), value);
            return this;
        }

        /**
         * Sets how the outputs become probabilities.
         *
         * @param value softmax, sigmoid or none
         * @return this builder
         */
        public Builder output(Output value) {
            output = value;
            return this;
        }

        /**
         * Sets the labels, one per class in the order of the logits.
         *
         * @param values one per class; empty if unknown
         * @return this builder
         */
        public Builder labels(List<String> values) {
            labels = values;
            return this;
        }

        /**
         * Sets the origin of the weights.
         *
         * @param value a sentence or an address
         * @return this builder
         */
        public Builder source(String value) {
            source = value;
            return this;
        }

        /**
         * Sets the licence of the weights.
         *
         * @param value its name
         * @return this builder
         */
        public Builder licence(String value) {
            licence = value;
            return this;
        }

        /**
         * Sets the order of the network's input channels.
         *
         * @param value RGB or BGR
         * @return this builder
         */
        public Builder channels(Channels value) {
            channels = value;
            return this;
        }

        /**
         * Sets the settings that were assumed, one phrase each. Those that begin with "pixels " come first.
         *
         * @param values each a phrase
         * @return this builder
         */
        public Builder assumed(List<String> values) {
            assumed = new ArrayList<>(values);
            assumed.sort(Comparator.comparing(phrase -> !phrase.startsWith("pixels ")));
            return this;
        }

        /**
         * {@return the card}
         *
         * @throws IllegalArgumentException if the input is not {@code (C, H, W)}, or one of mean and standard deviation
         *     is given without the other
         * @throws InputException if means and standard deviations differ in number, or normalised pixels overflow
         */
        public ModelCard build() {
            if (input.rank() != 3 || input.size() == 0) {
                throw new IllegalArgumentException("a model's input is (C, H, W), got " + input);
            }
            normalisation.requireUsable();
            return new ModelCard(this);
        }
    }

    /**
     * {@return the card that a file's metadata describes} Missing keys mean torchvision's conventions: 3x224x224,
     * softmax, RGB, no labels, and for three channels ImageNet's mean and standard deviation, else mean 0 and deviation
     * 1, of which {@link #assumed} tells. One mean or deviation serves all channels. A mean and a standard deviation
     * that are present and empty are unknown.
     *
     * @param metadata {@code sectional.*} keys; other keys are ignored
     * @throws InputException if a value cannot be read; the message names its key
     */
    public static ModelCard fromMetadata(Map<String, String> metadata) {
        return CardMetadata.read(metadata);
    }

    /** {@return the card as metadata of a file; {@link #fromMetadata} reads it back} */
    public Map<String, String> toMetadata() {
        return CardMetadata.write(this);
    }

    /**
     * Returns an RGB image as the network's input: resized to the input's size as Pillow does, normalised with mean and
     * standard deviation, its channels in the network's order. For a network with one channel it becomes grey by ITU-R
     * 601, as Pillow's mode L; for one with four it gets an opaque alpha channel.
     *
     * @param rgb {@code 3 * width * height} bytes, row by row: red, green and blue of each pixel
     * @param width pixels in a row, at least 1
     * @param height number of rows, at least 1
     * @return {@code (C, H, W)} of {@link #input()}
     * @throws IllegalArgumentException if the number of bytes does not fit the size
     * @throws InputException if mean and standard deviation are unknown, or the network takes other than one, three or
     *     four channels
     */
    public Tensor input(byte[] rgb, int width, int height) {
        return ImageInput.of(this, rgb, width, height);
    }

    /**
     * Returns an image of the right size as the network's input: each value, scaled to 0..1, minus the mean and divided
     * by the standard deviation of its channel.
     *
     * @param image {@code C * width * height} bytes, row by row, C for each pixel: grey; red, green, blue; or those and
     *     alpha, where C is the number of the network's input channels
     * @param width pixels in a row, at least 1
     * @param height number of rows, at least 1
     * @return {@code (C, height, width)}, the channels in the network's order
     * @throws IllegalArgumentException if the number of bytes does not fit the size
     * @throws InputException if mean and standard deviation are unknown
     */
    public Tensor normalised(byte[] image, int width, int height) {
        return ImageInput.normalised(this, image, width, height);
    }

    /**
     * {@return the same card with other labels, one per class}
     *
     * @param other one per class, or none
     */
    public ModelCard withLabels(List<String> other) {
        return toBuilder().labels(other).build();
    }

    /**
     * Checks that there are no labels, or one per class.
     *
     * @param file name of the source for the message
     * @param classes number of the classes
     * @throws InputException if there are more or fewer labels than classes
     */
    public void requireLabels(String file, int classes) {
        if (!labels().isEmpty() && labels().size() != classes) {
            throw new InputException(file + ": has " + classes + " classes and " + labels().size() + " labels"
                    + background(classes - labels().size()));
        }
    }

    /** Explains a difference of one between classes and labels. */
    private static String background(int missing) {
        return switch (missing) {
            case 1 -> "; does the network have a background class? Then name it first";
            case -1 -> "; do the labels name a background class, which the network lacks? Then remove that line";
            default -> "; give one label for each class";
        };
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ModelCard card && card.toMetadata().equals(toMetadata());
    }

    @Override
    public int hashCode() {
        return toMetadata().hashCode();
    }

    @Override
    public String toString() {
        return "ModelCard" + toMetadata();
    }
}
