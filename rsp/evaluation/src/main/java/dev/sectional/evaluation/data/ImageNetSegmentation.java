package dev.sectional.evaluation.data;

import dev.sectional.core.InputException;
import dev.sectional.evaluation.internal.Digest;
import dev.sectional.images.Image;
import dev.sectional.images.files.InputFiles;
import dev.sectional.images.files.Reasons;
import io.jhdf.HdfFile;
import io.jhdf.api.Node;
import java.lang.reflect.Array;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * ImageNet-Segmentation: one MATLAB 7.3 (HDF5) file, {@code gtsegs_ijcv.mat}, of images and masks of their object. The
 * file does not state the object's class: the only class here is {@code object}, and runs explain the network's top
 * class for it.
 *
 * <p>{@code value/img} refers to images of bytes, stored as (3, width, height); {@code value/gt} refers to cells, which
 * refer to masks (width, height).
 */
public final class ImageNetSegmentation implements Dataset, AutoCloseable {
    private static final int LARGEST = 1 << 14;

    private final Path file;
    private final HdfFile hdf;
    private final long[] images;
    private final long[] masks;

    private ImageNetSegmentation(Path file, HdfFile hdf) {
        this.file = file;
        this.hdf = hdf;
        this.images = references(hdf.getByPath("value/img"));
        this.masks = references(hdf.getByPath("value/gt"));
        if (images.length != masks.length || images.length == 0) {
            throw wrong("it has " + images.length + " images and " + masks.length + " masks");
        }
    }

    /**
     * Opens the annotations.
     *
     * @param file the MATLAB file of the annotations, in HDF5
     * @return the images of the file
     * @throws InputException if the file cannot be read or has another structure
     */
    public static ImageNetSegmentation open(Path file) {
        InputFiles.requireReadable(file);
        HdfFile hdf = null;
        try {
            hdf = new HdfFile(file);
            return new ImageNetSegmentation(file, hdf);
        } catch (RuntimeException e) {
            if (hdf != null) {
                hdf.close();
            }
            throw e instanceof InputException ? e : wrong(file, Reasons.of(e));
        }
    }

    @Override
    public String name() {
        return "imagenet-segmentation";
    }

    @Override
    public List<String> classes() {
        return List.of("object");
    }

    @Override
    public int size() {
        return images.length;
    }

    @Override
    public String id(int index) {
        return String.valueOf(index);
    }

    @Override
    public Sample sample(int index) {
        try {
            io.jhdf.api.Dataset image = dataset(images[index], "an image");
            int[] dims = image.getDimensions();
            if (dims.length != 3 || dims[0] != 3 || dims[1] < 1 || dims[2] < 1 || dims[1] > LARGEST
                    || dims[2] > LARGEST) {
                throw wrong("image " + index + " has dimensions " + Arrays.toString(dims)
                        + ", expected (3, width, height)");
            }
            int width = dims[1];
            int height = dims[2];
            Mask mask = mask(index, width, height);
            byte[] rgb = rgb(image.getDataFlat(), width, height);
            Truth truth = new Truth(0, mask, false, mask, Mask.empty(width, height));
            return new Sample(id(index), width, height, List.of(truth), () -> Image.of(rgb, width, height));
        } catch (RuntimeException e) {   // the library throws many types for truncated files
            throw e instanceof InputException ? e : wrong("image " + index + ": " + Reasons.of(e));
        }
    }

    @Override
    public String digest(int index) {
        Sample sample = sample(index);
        byte[] rgb = sample.image().resized(sample.width(), sample.height());
        return new Digest().text(sample.width() + "x" + sample.height()).bytes(rgb)
                .bytes(sample.truths().get(0).region().bits().toByteArray()).hex();
    }

    private Mask mask(int index, int width, int height) {
        long[] cell = references(dataset(masks[index], "a cell of masks"));
        io.jhdf.api.Dataset mask = dataset(cell[0], "a mask");
        int[] dims = mask.getDimensions();
        if (dims.length != 2 || dims[0] != width || dims[1] != height) {
            throw wrong("mask " + index + " has dimensions " + Arrays.toString(dims) + " for an image of " + width
                    + " x " + height);
        }
        BitSet bits = new BitSet(width * height);
        Object values = mask.getDataFlat();
        for (int i = 0; i < width * height; i++) {
            bits.set(i % height * width + i / height, Array.getDouble(values, i) != 0);
        }
        return new Mask(width, height, bits);
    }

    private static byte[] rgb(Object values, int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < rgb.length; i++) {
            int channel = i / (width * height);
            int pixel = i % (width * height);
            rgb[3 * (pixel % height * width + pixel / height) + channel] = (byte) Array.getInt(values, i);
        }
        return rgb;
    }

    /** Returns the addresses that a cell array of any dimensions refers to. */
    private long[] references(Node node) {
        if (node instanceof io.jhdf.api.Dataset dataset && dataset.getDataFlat() instanceof long[] addresses
                && addresses.length > 0) {
            return addresses;
        }
        throw wrong(node.getName() + " is not a list of references");
    }

    private io.jhdf.api.Dataset dataset(long address, String what) {
        if (hdf.getNodeByAddress(address) instanceof io.jhdf.api.Dataset dataset) {
            return dataset;
        }
        throw wrong("a reference does not lead to a dataset, expected " + what);
    }

    private InputException wrong(String what) {
        return wrong(file, what);
    }

    private static InputException wrong(Path file, String what) {
        return new InputException(file + ": " + what + "; pass the published gtsegs_ijcv.mat");
    }

    @Override
    public void close() {
        hdf.close();
    }
}
