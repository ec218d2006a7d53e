package dev.sectional.cli.internal.option;

import dev.sectional.evaluation.data.DatasetChoice;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that choose images with ground truth. */
public final class DatasetOptions {
    @Option(names = "--dataset", paramLabel = "NAME", defaultValue = DatasetChoice.SCENES,
            description = "voc2007, voc2012, coco, imagenet, imagenet-segmentation, or scenes, which are synthetic and "
                    + "need no files; default: ${DEFAULT-VALUE}.")
    private String dataset;

    @Option(names = {"--data-dir", "--root"}, paramLabel = "DIR",
            description = "Folder of the dataset, in its published layout.")
    private Path root;

    @Option(names = "--split", paramLabel = "NAME",
            description = "Part of the dataset; default: test for voc2007, val for voc2012 and imagenet, val2014 for "
                    + "coco.")
    private String split;

    @Option(names = {"--image-labels", "--truth"}, paramLabel = "FILE",
            description = "ImageNet with all images in one folder: the list of their classes.")
    private Path truth;

    @Option(names = {"--box-dir", "--boxes"}, paramLabel = "DIR",
            description = "ImageNet: folder of bounding boxes; default: Annotations/CLS-LOC/SPLIT.")
    private Path boxes;

    @Option(names = "--limit", paramLabel = "N",
            description = "Use the first N images, or generate N scenes; default: all images, scenes: "
            + DatasetChoice.USUAL_SCENES + ".")
    private Integer limit;

    @Mixin
    private ProfileOption profile = new ProfileOption();

    /**
     * Returns the chosen dataset.
     *
     * @throws dev.sectional.core.InputException if an option is given that the dataset does not use
     */
    public DatasetChoice choice(long seed) {
        return new DatasetChoice(dataset, text(root), split, text(truth), text(boxes), limit, seed,
                profile.policy());
    }

    private static String text(Path path) {
        return path == null ? null : path.toString();
    }
}
