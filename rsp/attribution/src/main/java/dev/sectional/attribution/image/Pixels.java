package dev.sectional.attribution.image;

/** Converts between the two forms of an image's pixels: three bytes each, and one int {@code 0xRRGGBB} each. */
public final class Pixels {
    private Pixels() {
    }

    /**
     * Returns pixels as ints.
     *
     * @param rgb three bytes for each pixel: red, green, blue
     * @return one {@code 0xRRGGBB} for each pixel, in the same order
     * @throws IllegalArgumentException if the number of bytes is no multiple of 3
     */
    public static int[] ofBytes(byte[] rgb) {
        if (rgb.length % 3 != 0) {
            throw new IllegalArgumentException("wanted three bytes for each pixel, got " + rgb.length + " bytes");
        }
        int[] pixels = new int[rgb.length / 3];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (rgb[3 * i] & 0xFF) << 16 | (rgb[3 * i + 1] & 0xFF) << 8 | rgb[3 * i + 2] & 0xFF;
        }
        return pixels;
    }

    /**
     * Returns pixels as bytes: the inverse of {@link #ofBytes}.
     *
     * @param pixels one {@code 0xRRGGBB} for each pixel; higher bits are ignored
     * @return three bytes for each pixel: red, green, blue
     */
    public static byte[] toBytes(int[] pixels) {
        byte[] rgb = new byte[3 * pixels.length];
        for (int i = 0; i < pixels.length; i++) {
            rgb[3 * i] = (byte) (pixels[i] >> 16);
            rgb[3 * i + 1] = (byte) (pixels[i] >> 8);
            rgb[3 * i + 2] = (byte) pixels[i];
        }
        return rgb;
    }
}
