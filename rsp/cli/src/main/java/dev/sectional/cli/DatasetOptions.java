package dev.sectional.cli;

import dev.sectional.core.InputException;
import dev.sectional.evaluation.data.Coco;
import dev.sectional.evaluation.data.Dataset;
import dev.sectional.evaluation.data.ImageNet;
import dev.sectional.evaluation.data.ImageNetSegmentation;
import dev.sectional.evaluation.data.PascalVoc;
import dev.sectional.evaluation.data.Scenes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Option;

/** The options that say which images with ground truth. */
final class DatasetOptions {
    private static final String SCENES = "scenes";
    private static final int USUAL_SCENES = 200;

    @Option(names = "--dataset", paramLabel = "NAME", defaultValue = SCENES,
            description = "voc2007, voc2012, coco, imagenet, imagenet-segmentation, or scenes, which are drawn and need no files; default: "
                    + "${DEFAULT-VALUE}.")
    private String dataset;

    @Option(names = "--root", paramLabel = "DIR", description = "The dataset's folder, in the layout that it is published in.")
    private Path root;

    @Option(names = "--split", paramLabel = "NAME",
            description = "Part of the dataset; default: test for voc2007, val for voc2012 and imagenet, val2014 for coco.")
    private String split;

    @Option(names = "--truth", paramLabel = "FILE", description = "ImageNet with all pictures in one folder: the list of their classes.")
    private Path truth;

    @Option(names = "--boxes", paramLabel = "DIR", description = "ImageNet: folder of bounding boxes; default: Annotations/CLS-LOC/SPLIT.")
    private Path boxes;

    @Option(names = "--limit", paramLabel = "N", description = "Take the first N images; of scenes, draw N; default: all, of scenes " + USUAL_SCENES + ".")
    private Integer limit;

    /** Opens the dataset. */
    Dataset open(long seed) {
        if (limit != null && limit < 1) {
            throw new InputException("--limit " + limit + ": give at least 1");
        }
        String name = dataset.toLowerCase(Locale.ROOT);
        if (name.equals(SCENES)) {
            return new Scenes(limit == null ? USUAL_SCENES : limit, seed);
        }
        return switch (name) {
            case "voc2007" -> PascalVoc.open(folder(), "2007", split("test"));
            case "voc2012" -> PascalVoc.open(folder(), "2012", split("val"));
            case "coco" -> Coco.open(folder(), split("val2014"));
            case "imagenet" -> ImageNet.open(folder(), split("val"), truth, boxes);
            case "imagenet-segmentation" -> ImageNetSegmentation.open(
                    Files.isDirectory(root()) ? root().resolve("gtsegs_ijcv.mat") : root());
            default -> throw new InputException("--dataset " + dataset
                    + " is unknown: use scenes, voc2007, voc2012, coco, imagenet or imagenet-segmentation");
        };
    }

    /** How many images of it to take. */
    int images(Dataset opened) {
        return limit == null ? opened.size() : Math.min(limit, opened.size());
    }

    /** Whether scenes are drawn. */
    boolean drawn() {
        return dataset.equalsIgnoreCase(SCENES);
    }

    private String split(String usual) {
        return split == null ? usual : split;
    }

    private Path folder() {
        if (!Files.isDirectory(root())) {
            throw new InputException("--root " + root + " is no folder: give the dataset's");
        }
        return root;
    }

    private Path root() {
        if (root == null) {
            throw new InputException("--dataset " + dataset + " needs its folder: give it with --root");
        }
        return root;
    }
}
