package dev.sectional.core.internal.conv;

import dev.sectional.core.Tensor;

/**
 * A feature map, or one signed part of it, that contributes its channels to the input of a {@link Winograd}
 * convolution. Several of them side by side form one input whose channels are those of all, in order.
 *
 * @param featureMap {@code (H, W, C)}
 * @param sign 1 for {@code max(x, 0)}, -1 for {@code min(x, 0)}, 0 for x itself
 * @param down,right rows and columns by which its windows lie further down and to the right
 */
public record WinogradInput(Tensor featureMap, int sign, int down, int right) {
    /** Returns the whole feature map {@code (H, W, C)} as an input. */
    public static WinogradInput of(Tensor featureMap) {
        return new WinogradInput(featureMap, 0, 0, 0);
    }

    /** Returns {@code max(x, 0)} of a feature map {@code (H, W, C)} as an input, without computing a copy. */
    public static WinogradInput positivePart(Tensor featureMap) {
        return new WinogradInput(featureMap, 1, 0, 0);
    }

    /** Returns {@code min(x, 0)} of a feature map {@code (H, W, C)} as an input, without computing a copy. */
    public static WinogradInput negativePart(Tensor featureMap) {
        return new WinogradInput(featureMap, -1, 0, 0);
    }

    int channels() {
        return featureMap.shape().dim(2);
    }

    /**
     * Returns whether {@code count} elements from index {@code from} are all 0 after the sign is applied. NaN is
     * not 0.
     */
    boolean isZero(int from, int count) {
        for (int i = from; i < from + count; i++) {
            float value = featureMap.data()[i];
            if (value > 0 && sign >= 0 || value < 0 && sign <= 0 || Float.isNaN(value)) {
                return false;
            }
        }
        return true;
    }
}
