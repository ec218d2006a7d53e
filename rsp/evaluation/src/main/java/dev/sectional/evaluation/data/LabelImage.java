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
 * A class for each pixel, as PASCAL VOC's SegmentationClass holds it: 0 is background, {@link #VOID} counts for nothing.
 *
 * @param labels {@code height * width} values of 0..255, row by row
 */
record LabelImage(int width, int height, int[] labels) {
    static final int VOID = 255;

    /**
     * Reads a palette or grey image, whose samples are the labels, or one in VOC's colours.
     *
     * @throws InputException if it cannot be read or has a colour that is no label
     */
    static LabelImage read(Path file) {
        BufferedImage image = ImageFile.readAsStored(file).image();
        int width = image.getWidth();
        int height = image.getHeight();
        if (image.getColorModel() instanceof IndexColorModel || image.getRaster().getNumBands() == 1 && image.getSampleModel().getSampleSize(0) <= 8) {
            return new LabelImage(width, height, image.getRaster().getSamples(0, 0, width, height, 0, (int[]) null));
        }
        Map<Integer, Integer> labels = palette();
        int[] pixels = image.getRGB(0, 0, width, height, null, 0, width);
        for (int i = 0; i < pixels.length; i++) {
            Integer label = labels.get(pixels[i] & 0xFFFFFF);
            if (label == null) {
                throw new InputException(String.format("%s: pixel (%d, %d) has colour #%06x, which is no class of VOC; give a mask of its palette",
                        file, i % width, i / width, pixels[i] & 0xFFFFFF));
            }
            pixels[i] = label;
        }
        return new LabelImage(width, height, pixels);
    }

    /** Pixels of one label. */
    Mask mask(int label) {
        BitSet bits = new BitSet(labels.length);
        for (int i = 0; i < labels.length; i++) {
            if (labels[i] == label) {
                bits.set(i);
            }
        }
        return new Mask(width, height, bits);
    }

    /** VOC's colours: the bits of the label, dealt out in turn to red, green and blue, from the highest bit of each down. */
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
