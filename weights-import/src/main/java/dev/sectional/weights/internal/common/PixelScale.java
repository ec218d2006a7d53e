package dev.sectional.weights.internal.common;


/** Converts means and deviations of pixels between the scales 0..255 and 0..1, for the texts of a model card. */
public final class PixelScale {
    private PixelScale() {}

    /** Returns the text {@code red,green,blue} of three numbers divided by 255. */
    public static String from255(String red, String green, String blue) {
        StringBuilder scaled = new StringBuilder();
        for (String each : new String[] {red, green, blue}) {
            scaled.append(scaled.isEmpty() ? "" : ",").append((float) (Double.parseDouble(each) / 255));
        }
        return scaled.toString();
    }
}
