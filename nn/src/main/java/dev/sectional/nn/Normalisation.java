package dev.sectional.nn;

import dev.sectional.core.InputException;
import java.util.List;

/**
 * How pixels of 0..1 become a network's input: {@code (pixel - mean) / std} for each channel.
 *
 * @param mean of each channel in RGB order; empty if unknown
 * @param std standard deviation of each channel; empty if the mean is
 * @param assumed whether the file of the network does not state them
 */
record Normalisation(List<Float> mean, List<Float> std, boolean assumed) {
    /** Far above any input of a network, far below what overflows in its products. */
    private static final float GREATEST_INPUT = 1e12f;
    /** Times the greatest normalised pixel that no value of an image reaches; 0..255 reach 50 times and more. */
    private static final float IMPLAUSIBLE = 16;

    Normalisation {
        mean = List.copyOf(mean);
        std = List.copyOf(std);
    }

    /** Returns the greatest absolute value that a pixel of 0..1 becomes in a channel. */
    private float greatest(int channel) {
        float least = mean.get(channel);
        return Math.max(Math.abs(least), Math.abs(1 - least)) / Math.abs(std.get(channel));
    }

    /** Refuses numbers that do not belong together, and those whose normalised pixels overflow in products. */
    void requireUsable() {
        if (mean.isEmpty() != std.isEmpty()) {
            throw new IllegalArgumentException("mean and standard deviation are given both or not at all");
        }
        if (mean.size() != std.size()) {
            throw new InputException("there are " + mean.size() + " means and " + std.size()
                    + " standard deviations: give one of each per channel");
        }
        for (int i = 0; i < mean.size(); i++) {
            if (!(greatest(i) < GREATEST_INPUT)) {
                throw new InputException("with mean " + mean.get(i) + " and standard deviation " + std.get(i)
                        + " normalised pixels reach " + greatest(i) + ": check mean and standard deviation");
            }
        }
    }

    /**
     * Refuses an image of pixels that are not normalised, unless mean and standard deviation are unknown or assumed.
     *
     * @param greatest absolute value of the image
     */
    void requireNormalised(float greatest) {
        float pixel = 0;
        for (int i = 0; i < mean.size(); i++) {
            pixel = Math.max(pixel, greatest(i));
        }
        if (!assumed && pixel > 0 && greatest > IMPLAUSIBLE * pixel) {
            throw new IllegalArgumentException("the image holds values up to " + greatest + ", normalised pixels reach "
                    + pixel + ": give pixels that are normalised, as ModelCard.normalised or input makes them");
        }
    }
}
