package dev.sectional.nn;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.image.PilResize;
import java.util.Objects;

/** Turns 8-bit images into the input of a network, as its card describes it. */
final class ImageInput {
    private static final int GREY = 1;
    private static final int RGB = 3;
    private static final int RGBA = 4;
    private static final byte OPAQUE = (byte) 255;

    private ImageInput() {
    }

    /** Does the work of {@link ModelCard#input(byte[], int, int)}. */
    static Tensor of(ModelCard card, byte[] rgb, int width, int height) {
        Objects.requireNonNull(rgb, "rgb");
        int channels = card.input().dim(0);
        if (channels != GREY && channels != RGB && channels != RGBA) {
            throw new InputException("the network takes images of " + channels
                    + " channels, which no RGB image becomes;"
                    + " make its input, a tensor of shape " + card.input() + ", yourself");
        }
        int toWidth = card.input().dim(2);
        int toHeight = card.input().dim(1);
        byte[] source = rgb;
        if (channels == GREY) {
            source = rgb.clone();
            PilResize.makeGrey(source);
        }
        byte[] resized = PilResize.resize(source, width, height, toWidth, toHeight);
        return normalised(card, channels == RGB ? resized : withChannels(resized, channels), toWidth, toHeight);
    }

    /** Returns an image with its first channel alone, or with an opaque fourth one. */
    private static byte[] withChannels(byte[] rgb, int channels) {
        byte[] image = new byte[rgb.length / RGB * channels];
        for (int i = 0; i < image.length; i++) {
            int channel = i % channels;
            image[i] = channel < RGB ? rgb[i / channels * RGB + channel] : OPAQUE;
        }
        return image;
    }

    /** Does the work of {@link ModelCard#normalised}. */
    static Tensor normalised(ModelCard card, byte[] image, int width, int height) {
        Objects.requireNonNull(image, "image");
        int channels = card.input().dim(0);
        if (width < 1 || height < 1 || image.length != (long) channels * width * height) {
            throw new IllegalArgumentException("wanted " + channels + " * " + width + " * " + height + " bytes, got "
                    + image.length);
        }
        if (card.mean().isEmpty()) {
            throw new InputException("the model does not say how images are prepared for it; give what it was"
                    + " trained with: --preset imagenet (most PyTorch models), tf, caffe, unit or raw, or --mean and"
                    + " --std, or --pixel-max 255 for plain values up to 255");
        }
        if (card.mean().size() != channels || card.std().size() != channels) {
            throw new InputException("the model has " + card.mean().size() + " means and " + card.std().size()
                    + " standard deviations for " + channels + " channels; give one of each, or one for each channel");
        }
        boolean reversed = card.channels() == ModelCard.Channels.BGR && channels == RGB;
        Tensor tensor = Tensor.zeros(Shape.of(channels, height, width));
        int size = width * height;
        for (int i = 0; i < image.length; i++) {
            int channel = i % channels;
            float value = (image[i] & 0xFF) / 255f;
            int to = reversed ? RGB - 1 - channel : channel;
            tensor.data()[to * size + i / channels] = (value - card.mean().get(channel)) / card.std().get(channel);
        }
        return tensor;
    }
}
