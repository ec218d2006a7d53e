package dev.sectional.evaluation.data;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.evaluation.internal.Digest;
import dev.sectional.evaluation.internal.TextFile;
import dev.sectional.images.IccPolicy;
import dev.sectional.images.Image;
import dev.sectional.images.ImageFile;
import dev.sectional.images.InputImage;
import dev.sectional.images.files.Npy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * PASCAL VOC 2007 or 2012 in the layout of its development kit: {@code Annotations}, {@code JPEGImages},
 * {@code ImageSets} and, for some images, {@code SegmentationClass}.
 */
public final class PascalVoc implements Dataset {
    /** The classes, in the order of the masks' labels, which count from 1. */
    public static final List<String> CLASSES = List.of("aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car",
            "cat", "chair", "cow",
            "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor");

    private final String name;
    private final Path folder;
    private final List<String> ids;
    private final IccPolicy icc;

    private PascalVoc(String name, Path folder, List<String> ids, IccPolicy icc) {
        this.name = name;
        this.folder = folder;
        this.ids = ids;
        this.icc = icc;
    }

    /**
     * Opens one edition as {@link #open(Path, String, String, IccPolicy)} does; ignores colour profiles.
     *
     * @param root the folder {@code VOCdevkit}, its parent, or the edition's folder in it
     * @param year {@code 2007} or {@code 2012}
     * @param split name or path of a list of images
     * @return the images of the list
     */
    public static PascalVoc open(Path root, String year, String split) {
        return open(root, year, split, IccPolicy.IGNORE);
    }

    /**
     * Opens one edition.
     *
     * @param root the folder {@code VOCdevkit}, its parent, or the edition's folder in it
     * @param year {@code 2007} or {@code 2012}
     * @param split name of a list in {@code ImageSets/Main} or, if there is none, in {@code ImageSets/Segmentation};
     *     or a path such as {@code Segmentation/val}
     * @param icc what happens to the colour profiles of images
     * @return the images of the list
     * @throws InputException if the folder or the list is missing, or the list names an image twice
     */
    public static PascalVoc open(Path root, String year, String split, IccPolicy icc) {
        Path folder = folder(root, "VOC" + year);
        Path sets = folder.resolve("ImageSets");
        Path list = sets.resolve(split + ".txt");
        for (String kind : new String[] {"Main", "Segmentation"}) {
            Path candidate = sets.resolve(kind).resolve(split + ".txt");
            list = Files.exists(list) ? list : candidate;
        }
        if (!Files.exists(list)) {
            throw new InputException("there is no list " + split + ".txt in " + sets.resolve("Main") + " or "
                    + sets.resolve("Segmentation") + ": pass the name of an existing split");
        }
        return new PascalVoc("voc" + year + " " + split, folder, ids(list), icc);
    }

    private static Path folder(Path root, String edition) {
        for (Path candidate : new Path[] {root, root.resolve(edition), root.resolve("VOCdevkit").resolve(edition)}) {
            if (Files.isDirectory(candidate.resolve("Annotations"))
                    && Files.isDirectory(candidate.resolve("ImageSets"))) {
                return candidate;
            }
        }
        throw new InputException(root + " contains no " + edition
                + " with Annotations and ImageSets: pass the folder VOCdevkit");
    }

    /**
     * Reads a list. Lists of one class have a mark behind each image: -1 if the image does not show the class. Lists of
     * layouts and actions have the number of an object there, and list an image once for each of its objects.
     */
    private static List<String> ids(Path list) {
        LinkedHashSet<String> ids = new LinkedHashSet<>();
        Set<String> listed = new HashSet<>();
        for (String line : TextFile.lines(list)) {
            String[] parts = line.split("\\s+");
            if (parts[0].contains("/") || parts[0].contains("\\")) {
                throw new InputException(list + ": '" + parts[0]
                        + "' is not an image of VOC; pass a list of its ImageSets");
            }
            boolean marked = parts.length == 1 || parts[1].matches("-1|0|1");
            if (!listed.add(marked ? parts[0] : parts[0] + " " + parts[1])) {
                throw new InputException(list + " lists the image '" + parts[0] + "' twice: list each image once");
            }
            if (parts.length == 1 || !parts[1].equals("-1")) {
                ids.add(parts[0]);
            }
        }
        return List.copyOf(ids);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<String> classes() {
        return CLASSES;
    }

    @Override
    public int size() {
        return ids.size();
    }

    @Override
    public String id(int index) {
        return ids.get(index);
    }

    @Override
    public boolean hasMasks(int images) {
        return ids.stream().limit(images).anyMatch(id -> Files.exists(segmentation(id)));
    }

    @Override
    public Sample sample(int index) {
        String id = ids.get(index);
        Path file = annotation(id);
        Path imageFile = image(id);
        Annotation annotation = Annotation.read(file);
        int width = annotation.width();
        int height = annotation.height();
        if (width < 1 || height < 1) {
            int[] size = size(imageFile);
            width = size[0];
            height = size[1];
        }
        return Sample.ofFile(id, width, height, truths(file, annotation, width, height, labels(id, width, height)),
                imageFile, icc, Annotation.clipped(annotation.objects(), width, height));
    }

    @Override
    public String digest(int index) {
        String id = ids.get(index);
        return new Digest().file(annotation(id)).file(image(id)).file(segmentation(id)).hex();
    }

    private Path annotation(String id) {
        return folder.resolve("Annotations").resolve(id + ".xml");
    }

    /** Returns the image, or the array in its place. */
    private Path image(String id) {
        Path image = folder.resolve("JPEGImages").resolve(id + ".jpg");
        Path array = folder.resolve("JPEGImages").resolve(id + ".npy");
        return !Files.exists(image) && Files.exists(array) ? array : image;
    }

    /** Returns width and height of an image or array. */
    private int[] size(Path file) {
        if (InputImage.isArray(file)) {
            Shape shape = Npy.readImage(file).shape();
            return new int[] {shape.dim(2), shape.dim(1)};
        }
        Image image = ImageFile.readAsStored(file, icc);
        return new int[] {image.width(), image.height()};
    }

    private Path segmentation(String id) {
        return folder.resolve("SegmentationClass").resolve(id + ".png");
    }

    /** Returns the segmentation, or null if the image has none. */
    private LabelImage labels(String id, int width, int height) {
        Path file = segmentation(id);
        if (!Files.exists(file)) {
            return null;
        }
        LabelImage labels = LabelImage.read(file);
        if (labels.width() != width || labels.height() != height) {
            throw new InputException(file + " has " + labels.width() + " x " + labels.height() + " pixels, its image "
                    + width + " x " + height + "; use both from the same dataset");
        }
        labels.requireClasses(CLASSES.size(), file);
        return labels;
    }

    private static List<Truth> truths(Path file, Annotation annotation, int width, int height, LabelImage labels) {
        Map<Integer, List<Annotation.Box>> byClass = new TreeMap<>();
        for (Annotation.Box box : annotation.objects()) {
            int label = CLASSES.indexOf(box.name());
            if (label < 0) {
                throw new InputException(file + ": '" + box.name()
                        + "' is not a class of PASCAL VOC; pass an annotation of PASCAL VOC");
            }
            byClass.computeIfAbsent(label, l -> new ArrayList<>()).add(box);
        }
        Mask ignored = labels == null ? Mask.empty(width, height) : labels.mask(LabelImage.VOID);
        List<Truth> truths = new ArrayList<>();
        byClass.forEach((label, boxes) -> truths.add(new Truth(label, union(file, boxes, width, height),
                boxes.stream().allMatch(Annotation.Box::difficult), labels == null ? null
                        : labels.mask(label + 1), ignored)));
        return truths;
    }

    /**
     * Returns the pixels of all boxes; box coordinates count from 1 and include both ends.
     *
     * @param file for messages
     * @throws InputException if a box lies outside the image, where no map can point
     */
    static Mask union(Path file, List<Annotation.Box> boxes, int width, int height) {
        Mask union = Mask.empty(width, height);
        for (Annotation.Box box : boxes) {
            Mask part = Mask.rectangle(width, height, box.xMin() - 1, box.yMin() - 1, box.xMax(), box.yMax());
            if (part.count() == 0) {
                throw new InputException(file + ": the box of a " + box.name() + " lies outside the " + width + " x "
                        + height + " pixels of the image; use both from the same dataset");
            }
            union = union.or(part);
        }
        return union;
    }
}
