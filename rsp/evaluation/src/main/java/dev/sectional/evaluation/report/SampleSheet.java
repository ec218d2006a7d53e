package dev.sectional.evaluation.report;

import dev.sectional.attribution.image.Heatmap;
import dev.sectional.attribution.image.ImageTensors;
import dev.sectional.attribution.image.Pixels;
import dev.sectional.attribution.image.PngWriter;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.evaluation.Case;
import dev.sectional.evaluation.Saliency;
import dev.sectional.evaluation.data.Sample;
import dev.sectional.evaluation.internal.FileNames;
import dev.sectional.images.Image;
import dev.sectional.images.files.OutputFiles;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.image.PilResize;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Thumbnails of the first images and of their maps for the report: the first class of each image. Existing files are
 * kept.
 */
public final class SampleSheet {
    /** Number of images on the sheet. */
    public static final int IMAGES = 8;
    /** Longer side of a thumbnail in pixels. */
    private static final int SIDE = 112;

    private final Path folder;
    private final List<String> classes;
    private final Set<String> taken = new HashSet<>();

    /**
     * Creates a sheet.
     *
     * @param folder folder of the thumbnails; created with the first
     * @param classes names of the dataset's classes
     */
    public SampleSheet(Path folder, List<String> classes) {
        this.folder = folder;
        this.classes = classes;
    }

    /** Returns the file of an image's thumbnail. */
    static Path imageFile(Path folder, int image) {
        return folder.resolve(image + ".png");
    }

    /** Returns the file with the name of the image and its class. */
    static Path caption(Path folder, int image) {
        return folder.resolve(image + ".txt");
    }

    /** Returns the file of an image's map. */
    static Path map(Path folder, int image, String method) {
        return folder.resolve(image + "." + FileNames.of(method) + ".png");
    }

    /**
     * Draws a case if its image is one of the first and the case is the first of its image and method.
     *
     * @param image index of the image in the dataset
     * @param evaluated the case, with its map
     */
    public void take(int image, Case evaluated) {
        Path file = map(folder, image, evaluated.explainer().name());
        if (image >= IMAGES || !taken.add(file.toString()) || Files.exists(file)) {
            return;
        }
        Saliency map = evaluated.map();
        int longer = Math.max(map.width(), map.height());
        int width = Math.max(1, Math.min(map.width(), map.width() * SIDE / longer));
        int height = Math.max(1, Math.min(map.height(), map.height() * SIDE / longer));
        Heatmap heatmap = Heatmap.of(Tensor.of(Shape.of(1, map.height(), map.width()), map.values()),
                Heatmap.DEFAULT_PERCENTILE);
        byte[] small = PilResize.resize(Pixels.toBytes(heatmap.rgb()), map.width(), map.height(), width, height);
        try (OutputFiles outputs = new OutputFiles()) {
            outputs.add(file, out -> PngWriter.write(out, width, height, Pixels.ofBytes(small)));
            Path copy = imageFile(folder, image);
            if (!Files.exists(copy)) {
                int[] photograph = Pixels.ofBytes(image(evaluated.sample()).resized(width, height));
                outputs.add(copy, out -> PngWriter.write(out, width, height, photograph));
                String caption = evaluated.sample().id() + ": " + classes.get(evaluated.truth().label());
                outputs.add(caption(folder, image), out -> out.write(caption.getBytes(StandardCharsets.UTF_8)));
            }
            outputs.keep();
        }
    }

    /** Returns the image; of an array, its values from black to white. */
    private static Image image(Sample sample) {
        if (!sample.isArray()) {
            return sample.image();
        }
        Tensor array = sample.array();
        byte[] rgb = Pixels.toBytes(ImageTensors.pixels(array, ModelCard.builder(array.shape()).build()));
        return Image.of(rgb, sample.width(), sample.height());
    }
}
