package dev.sectional.images;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import javax.imageio.ImageIO;

/** Writes pictures as PNG. */
public final class PngFile {
    private PngFile() {
    }

    /** @param pixels {@code 0xRRGGBB}, row by row */
    public static void write(OutputStream out, int width, int height, int[] pixels) throws IOException {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, width, height, pixels, 0, width);
        ImageIO.write(image, "png", out);
    }
}
