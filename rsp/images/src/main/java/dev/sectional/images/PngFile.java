package dev.sectional.images;

import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import javax.imageio.ImageIO;

/** Writes images as PNG. */
public final class PngFile {
    private static final int PALETTE = 256;

    private PngFile() {
    }

    /**
     * Images of up to 256 colours take a palette, which makes them a third as large or less.
     *
     * @param pixels {@code 0xRRGGBB}, row by row
     */
    public static void write(OutputStream out, int width, int height, int[] pixels) throws IOException {
        int[] colours = Arrays.stream(pixels).distinct().limit(PALETTE + 1).toArray();
        BufferedImage image = colours.length > PALETTE ? new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB)
                : new BufferedImage(width, height, BufferedImage.TYPE_BYTE_INDEXED,
                        new IndexColorModel(Byte.SIZE, colours.length, colours, 0, false, -1, DataBuffer.TYPE_BYTE));
        image.setRGB(0, 0, width, height, pixels, 0, width);
        ImageIO.write(image, "png", out);
    }
}
