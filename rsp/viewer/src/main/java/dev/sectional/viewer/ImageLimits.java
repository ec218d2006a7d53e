package dev.sectional.viewer;

import dev.sectional.core.InputException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** Compares the size in an image's header with a limit before the image is decoded. */
final class ImageLimits {
    private static final int GIF_SIZE = 6;

    private ImageLimits() {
    }

    /**
     * Checks the size. Content that is no image, or whose header is damaged, passes: the decoder refuses it.
     *
     * @throws InputException if the image has more pixels than the limit
     */
    static void requirePixels(String name, byte[] content, long limit) {
        long[] size = size(content);
        if (size[0] * size[1] > limit) {
            throw new InputException(String.format("%s is %d x %d pixels, and the page takes %d million: make the"
                    + " image smaller, or explain it on the command line", name, size[0], size[1], limit / 1_000_000));
        }
    }

    private static long[] size(byte[] content) {
        boolean gif = content.length > GIF_SIZE + 3 && content[0] == 'G' && content[1] == 'I' && content[2] == 'F';
        if (gif) {   // the whole canvas is decoded, not the first frame alone
            return new long[] {twoBytes(content, GIF_SIZE), twoBytes(content, GIF_SIZE + 2)};
        }
        try (ImageInputStream stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(content))) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
            if (readers.hasNext()) {
                ImageReader reader = readers.next();
                try {
                    reader.setInput(stream, true, true);
                    return new long[] {reader.getWidth(0), reader.getHeight(0)};
                } finally {
                    reader.dispose();
                }
            }
        } catch (IOException | RuntimeException e) {
            return new long[2];   // the decoder names the fault
        }
        return new long[2];
    }

    private static int twoBytes(byte[] content, int at) {
        return content[at] & 0xFF | (content[at + 1] & 0xFF) << 8;
    }
}
