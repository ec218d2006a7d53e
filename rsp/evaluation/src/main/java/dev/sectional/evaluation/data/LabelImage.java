package dev.sectional.evaluation.data;

import dev.sectional.core.InputException;
import dev.sectional.images.ImageFile;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The class of each pixel, as in PASCAL VOC's SegmentationClass: 0 is background, {@link #VOID} does not count.
 *
 * @param labels {@code height * width} values from 0, row by row
 */
record LabelImage(int width, int height, int[] labels) {
    static final int VOID = 255;

    /**
     * Reads a palette or grey image, whose samples are the labels, or an image in VOC's colours. A palette in another
     * order than VOC's, as programs that shrink files write it, counts by its colours.
     *
     * @throws InputException if the file cannot be read or has a colour that is not a label
     */
    static LabelImage read(Path file) {
        BufferedImage image = ImageFile.readAsStored(file).stored();
        int width = image.getWidth();
        int height = image.getHeight();
        Map<Integer, Integer> labels = palette();
        if (image.getRaster().getNumBands() == 1) {
            int[] samples = image.getRaster().getSamples(0, 0, width, height, 0, (int[]) null);
            if (image.getColorModel() instanceof IndexColorModel colours) {
                reorder(samples, colours, labels);
            }
            return new LabelImage(width, height, samples);
        }
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

    /** Replaces indices by labels if the colours in use are VOC's, each once, and not all at their places. */
    private static void reorder(int[] samples, IndexColorModel colours, Map<Integer, Integer> labels) {
        Integer[] byColour = new Integer[colours.getMapSize()];
        Set<Integer> taken = new HashSet<>();
        boolean moved = false;
        for (int index : IntStream.of(samples).distinct().toArray()) {
            byColour[index] = labels.get(colours.getRGB(index) & 0xFFFFFF);
            if (byColour[index] == null || !taken.add(byColour[index])) {
                return;
            }
            moved |= byColour[index] != index;
        }
        for (int i = 0; moved && i < samples.length; i++) {
            samples[i] = byColour[samples[i]];
        }
    }

    /**
     * Checks that every label is one of a number of classes, background or void.
     *
     * @param file for the message
     * @throws InputException if not: a mask of another dataset, or colours as shades of grey, would count as background
     */
    void requireClasses(int classes, Path file) {
        for (int i = 0; i < labels.length; i++) {
            if (labels[i] > classes && labels[i] != VOID) {
                throw new InputException(file + ": pixel (" + i % width + ", " + i / width + ") has label " + labels[i]
                        + ", but there are " + classes + " classes; pass a mask of labels or in VOC's colours");
            }
        }
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
