package dev.sectional.evaluation.data;

import dev.sectional.evaluation.internal.Digest;
import dev.sectional.images.Image;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Synthetic shapes: images of 64 x 64 pixels with one to four shapes of ten kinds and masks exact to the pixel. Each
 * image depends on the seed and its index only, so that any of them can be created alone. The command line calls the
 * dataset {@code scenes}.
 */
public final class SyntheticShapes implements Dataset {
    private static final List<String> CLASSES =
            Arrays.stream(SyntheticShape.Kind.values()).map(kind -> kind.name().toLowerCase(Locale.ROOT)).toList();

    private final int count;
    private final long seed;

    /**
     * Creates the dataset of images 0 to {@code count - 1} of a seed.
     *
     * @param count number of images
     * @param seed any number; the same seed gives the same images
     * @throws IllegalArgumentException if the count is not positive
     */
    public SyntheticShapes(int count, long seed) {
        if (count < 1) {
            throw new IllegalArgumentException("expected at least one scene, got " + count);
        }
        this.count = count;
        this.seed = seed;
    }

    /**
     * Opens a VGG that was trained on synthetic shapes, as safetensors.
     *
     * @return a stream for the caller to close
     */
    public static InputStream model() {
        return SyntheticShapes.class.getResourceAsStream("shapes.safetensors");
    }

    @Override
    public String name() {
        return "scenes";
    }

    @Override
    public List<String> classes() {
        return CLASSES;
    }

    @Override
    public int size() {
        return count;
    }

    @Override
    public String id(int index) {
        return "scene-" + index;
    }

    @Override
    public Sample sample(int index) {
        SyntheticImage scene = SyntheticImage.random(new RandomSequence(seed, index));
        List<Mask> masks = scene.masks();
        Map<Integer, Mask> byKind = new TreeMap<>();
        for (int i = 0; i < masks.size(); i++) {
            byKind.merge(scene.shapes().get(i).kind().ordinal(), masks.get(i), Mask::or);
        }
        Mask nothing = Mask.empty(SyntheticImage.SIZE, SyntheticImage.SIZE);
        List<Truth> truths = byKind.entrySet().stream()
                .map(e -> new Truth(e.getKey(), e.getValue(), false, e.getValue(), nothing)).toList();
        return new Sample(id(index), SyntheticImage.SIZE, SyntheticImage.SIZE, truths,
                () -> Image.of(scene.rgb(), SyntheticImage.SIZE, SyntheticImage.SIZE));
    }

    @Override
    public String digest(int index) {
        return new Digest().text(name()).text(String.valueOf(seed)).text(String.valueOf(index)).hex();
    }
}
