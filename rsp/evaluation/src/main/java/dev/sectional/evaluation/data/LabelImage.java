package dev.sectional.evaluation.data;

import dev.sectional.core.InputException;
import dev.sectional.images.ImageFile;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * The class of each pixel, as in PASCAL VOC's SegmentationClass: 0 is background, {@link #VOID} does not count.
 *
 * @param labels {@code height * width} values of 0..255, row by row
 */
record LabelImage(int width, int height, int[] labels) {
    static final int VOID = 255;

    /**
     * Reads a palette or grey image, whose samples are the labels, or an image in VOC's colours.
     *
     * @throws InputException if the file cannot be read or has a colour that is not a label
     */
    static LabelImage read(Path file) {
        BufferedImage image = ImageFile.readAsStored(file).stored();
        int width = image.getWidth();
        int height = image.getHeight();
        if (image.getColorModel() instanceof IndexColorModel || image.getRaster().getNumBands() == 1
                && image.getSampleModel().getSampleSize(0) <= 8) {
            return new LabelImage(width, height, image.getRaster().getSamples(0, 0, width, height, 0, (int[]) null));
        }
        Map<Integer, Integer> labels = palette();
        int[] pixels = image.getRGB(0, 0, width, height, null, 0, width);
        for (int i = 0; i < pixels.length; i++) {
            Integer label = labels.get(pixels[i] & 0xFFFFFF);
            if (label == null) {
                throw new InputException(String.format("%s: pixel (%d, %d) has colour #%06x,"
                        + " which is not a class of VOC; pass a mask in VOC's palette",
                        file, i % width, i / width, pixels[i] & 0xFFFFFF));
            }
            pixels[i] = label;
        }
        return new LabelImage(width, height, pixels);
    }

    /** Returns the pixels of one label. */
    Mask mask(int label) {
        BitSet bits = new BitSet(labels.length);
        for (int i = 0; i < labels.length; i++) {
            if (labels[i] == label) {
                bits.set(i);
            }
        }
        return new Mask(width, height, bits);
    }

    /**
     * Returns VOC's colours: the bits of the label go in turn to red, green and blue, from the highest bit of each
     * down.
     */
    private static Map<Integer, Integer> palette() {
        Map<Integer, Integer> labels = new HashMap<>();
        for (int label = 0; label < 256; label++) {
            int rgb = 0;
            for (int bit = 0; bit < 8; bit++) {
                rgb |= (label >> bit & 1) << 16 - 8 * (bit % 3) + 7 - bit / 3;
            }
            labels.put(rgb, label);
        }
        return labels;
    }
}
