package dev.sectional.images.internal;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.util.Arrays;
import javax.imageio.ImageReader;
import javax.imageio.metadata.IIOMetadata;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/**
 * The canvas of a GIF file. javax.imageio returns the first frame alone, which may cover a part of it. Positions that
 * the frame does not cover take the frame's transparent colour, with alpha 0, or else the first colour of its palette,
 * as in Pillow; the background colour that the file names has no effect.
 */
final class GifCanvas {
    private GifCanvas() {
    }

    /**
     * Returns the size of the canvas: the logical screen, enlarged where the first frame reaches beyond it.
     *
     * @return width, height
     */
    static int[] size(ImageReader reader) throws IOException {
        IIOMetadata stream = reader.getStreamMetadata();
        Node screen = child(stream.getAsTree(stream.getNativeMetadataFormatName()), "LogicalScreenDescriptor");
        Node frame = child(frame(reader), "ImageDescriptor");
        return new int[] {
            Math.max(number(screen, "logicalScreenWidth"), number(frame, "imageLeftPosition") + reader.getWidth(0)),
            Math.max(number(screen, "logicalScreenHeight"), number(frame, "imageTopPosition") + reader.getHeight(0))};
    }

    /** Returns the canvas with the first frame on it; the frame itself if it covers the canvas. */
    static BufferedImage of(BufferedImage frame, ImageReader reader) throws IOException {
        int[] size = size(reader);
        if (frame.getWidth() == size[0] && frame.getHeight() == size[1]
                || !(frame.getColorModel() instanceof IndexColorModel palette)) {
            return frame;
        }
        Node tree = frame(reader);
        Node control = child(tree, "GraphicControlExtension");
        boolean transparent = control instanceof Element element
                && Boolean.parseBoolean(element.getAttribute("transparentColorFlag"));
        int index = transparent ? number(control, "transparentColorIndex") : 0;
        BufferedImage canvas = new BufferedImage(size[0], size[1], transparent ? BufferedImage.TYPE_INT_ARGB
                : BufferedImage.TYPE_INT_RGB);
        int[] row = new int[size[0]];
        Arrays.fill(row, index < palette.getMapSize() ? palette.getRGB(index) : 0);
        for (int y = 0; y < size[1]; y++) {
            canvas.setRGB(0, y, size[0], 1, row, 0, size[0]);
        }
        Node place = child(tree, "ImageDescriptor");
        int left = number(place, "imageLeftPosition");
        int top = number(place, "imageTopPosition");
        int[] indices = new int[frame.getWidth()];
        for (int y = 0; y < frame.getHeight(); y++) {
            frame.getRaster().getPixels(0, y, frame.getWidth(), 1, indices);
            for (int x = 0; x < indices.length; x++) {
                canvas.setRGB(left + x, top + y, palette.getRGB(indices[x]));
            }
        }
        return canvas;
    }

    private static Node frame(ImageReader reader) throws IOException {
        IIOMetadata metadata = reader.getImageMetadata(0);
        return metadata.getAsTree(metadata.getNativeMetadataFormatName());
    }

    /** Returns the child of that name, null if there is none. */
    private static Node child(Node parent, String name) {
        for (Node each = parent.getFirstChild(); each != null; each = each.getNextSibling()) {
            if (each.getNodeName().equals(name)) {
                return each;
            }
        }
        return null;
    }

    private static int number(Node node, String attribute) throws IOException {
        if (!(node instanceof Element element)) {
            throw new IOException("it lacks a descriptor");
        }
        try {
            return Integer.parseInt(element.getAttribute(attribute));
        } catch (NumberFormatException e) {
            throw new IOException("its " + attribute + " is no number", e);
        }
    }
}
