package dev.sectional.evaluation.data;

import dev.sectional.core.InputException;
import dev.sectional.core.Tensor;
import dev.sectional.evaluation.internal.Digest;
import dev.sectional.images.IccPolicy;
import dev.sectional.images.Image;
import dev.sectional.images.ImageFile;
import dev.sectional.images.InputImage;
import dev.sectional.images.files.Npy;
import dev.sectional.images.files.Reasons;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * ImageNet's classification sets: one folder of images per class, or all images in one folder and a list of their
 * classes, with bounding boxes where available. Classes are in the order of their synset names, as in networks.
 */
public final class ImageNet implements Dataset {
    /** Endings of the files that are read, in lower case. */
    static final List<String> ENDINGS = List.of(".jpeg", ".jpg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp",
            ".npy");

    private final String name;
    private final ImageNetClasses classes;
    private final List<Entry> entries;
    private final Path boxes;
    private final IccPolicy icc;
    private final List<String> remarks;

    /** @param label class of the image */
    private record Entry(String id, Path image, int label) {
    }

    private ImageNet(String name, ImageNetClasses classes, List<Entry> entries, Path boxes, IccPolicy icc,
            List<String> remarks) {
        this.name = name;
        this.classes = classes;
        this.entries = entries;
        this.boxes = boxes;
        this.icc = icc;
        this.remarks = List.copyOf(remarks);
    }

    /**
     * Opens a split as {@link #open(Path, String, Path, Path, IccPolicy)} does; ignores colour profiles.
     *
     * @param root folder of the dataset
     * @param split name of a folder of images, such as {@code val}
     * @param truth list of the classes of images in one folder; null if each class has a folder
     * @param boxes folder of bounding boxes; null for the default
     * @return the images of the split
     */
    public static ImageNet open(Path root, String split, Path truth, Path boxes) {
        return open(root, split, truth, boxes, IccPolicy.IGNORE);
    }

    /**
     * Opens a split.
     *
     * @param root folder with {@code SPLIT} or {@code Data/CLS-LOC/SPLIT}, and optionally {@code
     *     Annotations/CLS-LOC/SPLIT}
     * @param split name of a folder of images, such as {@code val}
     * @param truth list of the classes of images in one folder, see {@link ImageNetClasses#labels}; null if each class
     *     has a folder
     * @param boxes folder of bounding boxes; null for the default
     * @param icc what happens to the colour profiles of images
     * @return the images of the split
     * @throws InputException if the images or their classes are missing
     */
    public static ImageNet open(Path root, String split, Path truth, Path boxes, IccPolicy icc) {
        Path images = first("images", root.resolve(split), root.resolve("Data/CLS-LOC").resolve(split),
                root.resolve("images").resolve(split));
        if (boxes != null && !Files.isDirectory(boxes)) {
            throw new InputException("--box-dir " + boxes + " is not a folder: pass the folder of the bounding boxes");
        }
        List<Path> inside = list(images);
        List<Path> folders = inside.stream().filter(Files::isDirectory).toList();
        List<Path> others = new ArrayList<>();
        List<Entry> entries = new ArrayList<>();
        boolean byFolder = truth == null && !folders.isEmpty();
        ImageNetClasses classes = ImageNetClasses.of(root, byFolder ? folders.stream()
                .map(folder -> folder.getFileName().toString()).toList() : List.of());
        if (byFolder) {
            for (Path folder : folders) {
                int label = classes.index(folder.getFileName().toString());
                images(list(folder), others).forEach(file -> entries.add(new Entry(stem(file), file, label)));
            }
            inside.stream().filter(file -> !Files.isDirectory(file)).forEach(others::add);
        } else {
            if (truth == null) {
                throw new InputException(images
                        + " has no folders of classes: pass the list of the images' classes with --image-labels");
            }
            List<Path> files = images(inside, others);
            int[] labels = classes.labels(truth, files.stream().map(ImageNet::stem).toList());
            for (int i = 0; i < labels.length; i++) {
                entries.add(new Entry(stem(files.get(i)), files.get(i), labels[i]));
            }
        }
        if (entries.isEmpty()) {
            throw new InputException(images + " contains no images: pass the folder of ImageNet and one of its splits");
        }
        return new ImageNet("imagenet " + split, classes, List.copyOf(entries), boxes != null ? boxes
                : root.resolve("Annotations/CLS-LOC").resolve(split), icc, remarks(classes, images, others));
    }

    /** Returns the images among some entries of a folder, and adds the rest to {@code others}. */
    private static List<Path> images(List<Path> entries, List<Path> others) {
        Map<Boolean, List<Path>> parts = entries.stream().collect(Collectors.partitioningBy(ImageNet::isImage));
        others.addAll(parts.get(false));
        return parts.get(true);
    }

    private static List<String> remarks(ImageNetClasses classes, Path images, List<Path> others) {
        List<String> remarks = new ArrayList<>(classes.remarks());
        if (!others.isEmpty()) {
            remarks.add(images + ": " + others.size() + " entries that are no images of a class are left out, such as "
                    + others.get(0).getFileName());
        }
        return remarks;
    }

    private static Path first(String what, Path... candidates) {
        for (Path candidate : candidates) {
            if (Files.isDirectory(candidate)) {
                return candidate;
            }
        }
        throw new InputException("there is no folder " + candidates[0] + " of " + what
                + ": pass the folder of ImageNet and one of its splits");
    }

    private static List<Path> list(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(entry -> !entry.getFileName().toString().startsWith(".")).sorted().toList();
        } catch (IOException e) {
            throw new InputException("cannot read the folder " + folder + ": " + Reasons.of(e)
                    + "; check its permissions", e);
        }
    }

    private static boolean isImage(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return ENDINGS.stream().anyMatch(name::endsWith) && Files.isRegularFile(file);
    }

    private static String stem(Path file) {
        String name = file.getFileName().toString();
        return name.substring(0, name.lastIndexOf('.'));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<String> classes() {
        return classes.names();
    }

    @Override
    public int size() {
        return entries.size();
    }

    @Override
    public String id(int index) {
        return entries.get(index).id;
    }

    @Override
    public boolean hasMasks(int images) {
        return false;
    }

    @Override
    public boolean hasRegions(int images) {
        return entries.stream().limit(images).anyMatch(entry -> Files.exists(boxes(entry)));
    }

    @Override
    public List<String> remarks() {
        return remarks;
    }

    @Override
    public Sample sample(int index) {
        Entry entry = entries.get(index);
        boolean array = InputImage.isArray(entry.image);
        Image image = array ? null : ImageFile.readAsStored(entry.image, icc);
        Tensor values = array ? Npy.readImage(entry.image) : null;
        int width = array ? values.shape().dim(2) : image.width();
        int height = array ? values.shape().dim(1) : image.height();
        List<Annotation.Box> own = own(entry, width, height);
        Truth truth = new Truth(entry.label, PascalVoc.union(boxes(entry), own, width, height), own.isEmpty(), null,
                Mask.empty(width, height));
        return new Sample(entry.id, width, height, List.of(truth), array ? null : () -> image,
                array ? () -> values : null, Annotation.clipped(own, width, height));
    }

    @Override
    public String digest(int index) {
        Entry entry = entries.get(index);
        return new Digest().text(classes.synset(entry.label)).file(entry.image).file(boxes(entry)).hex();
    }

    /** Returns the file of the image's bounding boxes, which may be missing. */
    private Path boxes(Entry entry) {
        Path file = boxes.resolve(entry.id + ".xml");
        return Files.exists(file) ? file : boxes.resolve(classes.synset(entry.label)).resolve(entry.id + ".xml");
    }

    /** Returns the boxes of the class; none if the image has no file of boxes. */
    private List<Annotation.Box> own(Entry entry, int width, int height) {
        String synset = classes.synset(entry.label);
        Path file = boxes(entry);
        if (!Files.exists(file)) {
            return List.of();
        }
        Annotation annotation = Annotation.read(file);
        if (annotation.width() > 0 && (annotation.width() != width || annotation.height() != height)) {
            throw new InputException(file + " is for " + annotation.width() + " x " + annotation.height()
                    + " pixels, its image has " + width + " x " + height + "; use both from the same dataset");
        }
        return annotation.objects().stream().filter(box -> box.name().equals(synset)).toList();
    }
}
