package dev.sectional.evaluation.data;

import dev.sectional.core.InputException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * A dataset as the command line names it, not yet opened: names and numbers, which can be sent to other machines.
 *
 * @param name {@code scenes}, {@code voc2007}, {@code voc2012}, {@code coco}, {@code imagenet} or {@code imagenet-segmentation}
 * @param root its folder; null for scenes
 * @param split null for the usual one
 * @param truth ImageNet in one folder: the list of classes; null otherwise
 * @param boxes ImageNet: folder of bounding boxes; null for the usual one
 * @param limit how many images to take, from the first; null for all, of scenes 100
 * @param seed of scenes
 */
public record DatasetChoice(String name, String root, String split, String truth, String boxes, Integer limit, long seed)
        implements Serializable {
    /** The dataset that needs no files. */
    public static final String SCENES = "scenes";
    /** How many scenes are drawn where no limit is given. */
    public static final int USUAL_SCENES = 100;

    /** @throws InputException if the limit is not positive */
    public DatasetChoice {
        name = name.toLowerCase(Locale.ROOT);
        if (limit != null && limit < 1) {
            throw new InputException("--limit " + limit + ": give at least 1");
        }
    }

    /**
     * Opens it.
     *
     * @throws InputException if there is no such dataset, or its files are not there
     */
    public Dataset open() {
        return switch (name) {
            case SCENES -> new SyntheticShapes(limit == null ? USUAL_SCENES : limit, seed);
            case "voc2007" -> PascalVoc.open(rootFolder(), "2007", split("test"));
            case "voc2012" -> PascalVoc.open(rootFolder(), "2012", split("val"));
            case "coco" -> Coco.open(rootFolder(), split("val2014"));
            case "imagenet" -> ImageNet.open(rootFolder(), split("val"), path(truth), path(boxes));
            case "imagenet-segmentation" -> ImageNetSegmentation.open(
                    Files.isDirectory(rootPath()) ? rootPath().resolve("gtsegs_ijcv.mat") : rootPath());
            default -> throw new InputException("--dataset " + name
                    + " is unknown: use scenes, voc2007, voc2012, coco, imagenet or imagenet-segmentation");
        };
    }

    /** How many images of it to take. */
    public int images(Dataset opened) {
        return limit == null ? opened.size() : Math.min(limit, opened.size());
    }

    /** Whether scenes are drawn. */
    public boolean drawn() {
        return name.equals(SCENES);
    }

    private String split(String usual) {
        return split == null ? usual : split;
    }

    private static Path path(String text) {
        return text == null ? null : Path.of(text);
    }

    private Path rootFolder() {
        if (!Files.isDirectory(rootPath())) {
            throw new InputException("--root " + root + " is no folder: give the dataset's");
        }
        return rootPath();
    }

    private Path rootPath() {
        if (root == null) {
            throw new InputException("--dataset " + name + " needs its folder: give it with --root");
        }
        return Path.of(root);
    }
}
