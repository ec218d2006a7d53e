package dev.sectional.weights.internal.common;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The usual ways in which pixels become a network's inputs, by the names of {@code keras.applications} and ours. */
public enum PixelPreset {
    /** Mean and deviation of ImageNet's training set, RGB: torchvision, timm, DenseNet of Keras. */
    IMAGENET("0.485,0.456,0.406", "0.229,0.224,0.225", false),
    /** Pixels in -1..1. */
    TF("0.5", "0.5", false),
    /** Pixels in 0..255 less Caffe's means, blue first. */
    CAFFE(PixelScale.from255("123.68", "116.779", "103.939"), PixelScale.from255("1", "1", "1"), true),
    /** Pixels in 0..1. */
    UNIT("0", "1", false),
    /** Pixels in 0..255, for networks that scale them themselves. */
    RAW("0", String.valueOf((float) (1 / 255.0)), false);

    private final String mean;
    private final String std;
    private final boolean bgr;

    PixelPreset(String mean, String std, boolean bgr) {
        this.mean = mean;
        this.std = std;
        this.bgr = bgr;
    }

    /**
     * Returns the preset of a name, in any case.
     *
     * @throws IllegalArgumentException if there is none; the message lists all
     */
    public static PixelPreset named(String name) {
        for (PixelPreset preset : values()) {
            if (preset.name().equalsIgnoreCase(name)) {
                return preset;
            }
        }
        throw new IllegalArgumentException("preset " + name + ": give one of " + Arrays.stream(values())
                .map(each -> each.name().toLowerCase(Locale.ROOT)).collect(Collectors.joining(", ")));
    }

    /** Returns the settings under {@code sectional.*} keys of a model card. One number stands for all channels. */
    public Map<String, String> card() {
        Map<String, String> card = new LinkedHashMap<>();
        card.put("sectional.mean", mean);
        card.put("sectional.std", std);
        if (bgr) {
            card.put("sectional.channels", "BGR");
        }
        return card;
    }
}
