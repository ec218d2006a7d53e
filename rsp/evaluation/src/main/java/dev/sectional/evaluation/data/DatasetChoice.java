package dev.sectional.evaluation.data;

import dev.sectional.attribution.internal.text.Spelling;
import dev.sectional.core.InputException;
import dev.sectional.images.IccPolicy;
import dev.sectional.images.files.Reasons;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * The options that select a dataset, before it is opened. Consists of strings and numbers, which can be sent to other
 * machines.
 *
 * @param name {@code scenes}, {@code voc2007}, {@code voc2012}, {@code coco}, {@code imagenet} or
 *     {@code imagenet-segmentation}
 * @param root folder of the dataset; null for scenes
 * @param split part of the dataset; null for the default
 * @param truth the list of classes of ImageNet's images in one folder; null otherwise
 * @param boxes folder of ImageNet's bounding boxes; null for the default
 * @param limit number of images, from the first; null for all, or 100 scenes
 * @param seed seed of scenes
 * @param icc what happens to the colour profiles of images; scenes and ImageNet-Segmentation have none
 * @serial exclude
 */
public record DatasetChoice(String name, String root, String split, String truth, String boxes, Integer limit,
        long seed, IccPolicy icc)
        implements Serializable {
    /** The name of the synthetic shapes, which need no files. */
    public static final String SCENES = "scenes";
    /** The file of ImageNet-Segmentation in its folder. */
    public static final String SEGMENTATION_FILE = "gtsegs_ijcv.mat";
    /** Number of scenes without a limit. */
    public static final int USUAL_SCENES = 100;

    /**
     * Checks the choice.
     *
     * @param name the component {@code name}
     * @param root the component {@code root}
     * @param split the component {@code split}
     * @param truth the component {@code truth}
     * @param boxes the component {@code boxes}
     * @param limit the component {@code limit}
     * @param seed the component {@code seed}
     * @param icc the component {@code icc}
     * @throws InputException if the limit is not positive, or an option is given that the dataset does not use
     */
    public DatasetChoice {
        name = name.toLowerCase(Locale.ROOT);
        if (name.equals(SCENES)) {
            String why = "scenes are generated and need no files; name the dataset with --dataset";
            refuse("--data-dir", root, why);
            refuse("--split", split, why);
            refuse("--image-labels", truth, why);
            refuse("--box-dir", boxes, why);
        }
        if (!name.equals("imagenet")) {
            refuse("--image-labels", truth, "only imagenet uses it; leave it out");
            refuse("--box-dir", boxes, "only imagenet uses it; leave it out");
        }
        if (name.equals("imagenet-segmentation")) {
            refuse("--split", split, "imagenet-segmentation is one file without splits; leave it out");
        }
        if (limit != null && limit < 1) {
            throw new InputException("--limit " + limit + ": pass at least 1");
        }
        if (icc == IccPolicy.APPLY && List.of(SCENES, "imagenet-segmentation").contains(name)) {
            throw new InputException("--icc apply: the images of " + name + " have no colour profiles; leave it out");
        }
    }

    private static void refuse(String option, String value, String why) {
        if (value != null) {
            throw new InputException(option + " " + value + ": " + why);
        }
    }

    /**
     * Creates a choice that ignores colour profiles.
     *
     * @param name of the dataset, as {@link #open()} knows it
     * @param root the dataset's folder or file; null for datasets that need none
     * @param split of the dataset; null for its usual one
     * @param truth file of the classes of images; null for none
     * @param boxes folder of bounding boxes; null for the usual one
     * @param limit greatest number of images; null for all
     * @param seed of generated images
     */
    public DatasetChoice(String name, String root, String split, String truth, String boxes, Integer limit, long seed) {
        this(name, root, split, truth, boxes, limit, seed, IccPolicy.IGNORE);
    }

    /** {@return the names of all datasets} */
    public static List<String> names() {
        return List.of(SCENES, "voc2007", "voc2012", "coco", "imagenet", "imagenet-segmentation");
    }

    /**
     * Opens the dataset.
     *
     * @return the dataset, which reads its images when they are asked for
     * @throws InputException if the name is unknown or files are missing
     */
    public Dataset open() {
        return open(Path::of);
    }

    /**
     * Opens the dataset in any file system.
     *
     * @param files returns the path of a name
     * @return the dataset, which reads its images when they are asked for
     * @throws InputException as {@link #open()}
     */
    public Dataset open(Function<String, Path> files) {
        return switch (name) {
            case SCENES -> new SyntheticShapes(limit == null ? USUAL_SCENES : limit, seed);
            case "voc2007" -> PascalVoc.open(folder(files), "2007", split("test"), icc);
            case "voc2012" -> PascalVoc.open(folder(files), "2012", split("val"), icc);
            case "coco" -> Coco.open(folder(files), split("val2014"), icc);
            case "imagenet" -> ImageNet.open(folder(files), split("val"), truth == null ? null : files.apply(truth),
                    boxes == null ? null : files.apply(boxes), icc);
            case "imagenet-segmentation" -> ImageNetSegmentation.open(segmentation(path(files)));
            default -> throw new InputException("--dataset " + name
                    + " is unknown: use " + String.join(", ", names()) + Spelling.suggestion(name, names()));
        };
    }

    /**
     * {@return the number of images to use}
     *
     * @param opened the dataset of this choice
     */
    public int images(Dataset opened) {
        return limit == null ? opened.size() : Math.min(limit, opened.size());
    }

    /** {@return whether the dataset is {@link #SCENES}} */
    public boolean synthetic() {
        return name.equals(SCENES);
    }

    private String split(String usual) {
        return split == null ? usual : split;
    }

    private static Path segmentation(Path root) {
        return Files.isDirectory(root) ? root.resolve(SEGMENTATION_FILE) : root;
    }

    private Path folder(Function<String, Path> files) {
        Path path = path(files);
        try {
            if (Files.readAttributes(path, BasicFileAttributes.class).isDirectory()) {
                return path;
            }
        } catch (NoSuchFileException e) {
            // refused below
        } catch (IOException e) {   // such as a server that does not answer
            throw new InputException("cannot read --data-dir " + root + ": " + Reasons.of(e) + "; check the address",
                    e);
        }
        throw new InputException("--data-dir " + root + " is not a folder: pass the dataset's folder");
    }

    private Path path(Function<String, Path> files) {
        if (root == null) {
            throw new InputException("--dataset " + name + " needs a folder: pass it with --data-dir");
        }
        return files.apply(root);
    }
}
