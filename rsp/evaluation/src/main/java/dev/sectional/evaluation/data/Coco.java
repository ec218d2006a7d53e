package dev.sectional.evaluation.data;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.sectional.core.InputException;
import dev.sectional.evaluation.internal.Digest;
import dev.sectional.images.IccPolicy;
import dev.sectional.images.files.Reasons;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;

/**
 * MS COCO: the file {@code annotations/instances_SPLIT.json} and the folder {@code SPLIT} of images. A class whose
 * annotations in an image have no pixels (an empty segmentation, or a polygon thinner than a pixel) is ignored. A
 * polygon wholly outside its image is refused.
 */
public final class Coco implements Dataset {
    private final String name;
    private final Path annotations;
    private final Path images;
    private final CocoIndex index;
    private final List<Long> categoryIds;
    private final List<String> classes;
    private final IccPolicy icc;

    private Coco(String name, Path annotations, Path images, IccPolicy icc) {
        this.name = name;
        this.annotations = annotations;
        this.images = images;
        this.index = new CocoIndex(annotations);
        this.categoryIds = List.copyOf(index.categories().keySet());
        this.classes = List.copyOf(index.categories().values());
        this.icc = icc;
    }

    /**
     * Opens a split as {@link #open(Path, String, IccPolicy)} does; ignores colour profiles.
     *
     * @param root folder with {@code annotations} and a folder of images for each split
     * @param split name of the split, such as {@code val2014}
     * @return the images of the split
     */
    public static Coco open(Path root, String split) {
        return open(root, split, IccPolicy.IGNORE);
    }

    /**
     * Opens a split.
     *
     * @param root folder with {@code annotations} and a folder of images for each split
     * @param split name of the split, such as {@code val2014}
     * @param icc what happens to the colour profiles of images
     * @return the images of the split
     * @throws InputException if the files are missing or not in COCO's format
     */
    public static Coco open(Path root, String split, IccPolicy icc) {
        Path images = root.resolve(split);
        if (!Files.isDirectory(images)) {
            throw new InputException("there is no folder " + images
                    + " of images: pass the folder of COCO and one of its splits");
        }
        return new Coco("coco " + split, root.resolve("annotations").resolve("instances_" + split + ".json"), images,
                icc);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<String> classes() {
        return classes;
    }

    @Override
    public int size() {
        return index.images().size();
    }

    /** {@return the file name of the image without its extension, as lists of difficult images name it} */
    @Override
    public String id(int image) {
        String file = index.images().get(image).fileName();
        int dot = file.lastIndexOf('.');
        return dot > 0 ? file.substring(0, dot) : file;
    }

    @Override
    public Sample sample(int number) {
        CocoIndex.Image image = index.images().get(number);
        Map<Integer, Mask> masks = new TreeMap<>();
        int clipped = 0;
        try (SeekableByteChannel file = Files.newByteChannel(annotations)) {
            for (CocoIndex.Range range : index.annotations(number)) {
                Parsed parsed = parse(bytes(file, range), image);
                int label = categoryIds.indexOf(parsed.category);
                if (label < 0) {
                    throw wrong(image, "an annotation has the unknown category " + parsed.category);
                }
                masks.merge(label, parsed.mask, Mask::or);
                clipped += parsed.clipped;
            }
        } catch (IOException | IllegalArgumentException e) {
            throw wrong(image, Reasons.of(e));
        }
        Mask nothing = Mask.empty(image.width(), image.height());
        List<Truth> truths = new ArrayList<>();
        masks.values().removeIf(mask -> mask.count() == 0);   // there is nothing to find: not a miss of a method
        masks.forEach((label, mask) -> truths.add(new Truth(label, mask, false, mask, nothing)));
        Path file = images.resolve(image.fileName());
        return Sample.ofFile(id(number), image.width(), image.height(), truths, file, icc, clipped);
    }

    @Override
    public String digest(int number) {
        CocoIndex.Image image = index.images().get(number);
        Digest digest = new Digest().text(image.width() + "x" + image.height() + " " + index.categories())
                .file(images.resolve(image.fileName()));
        try (SeekableByteChannel file = Files.newByteChannel(annotations)) {
            for (CocoIndex.Range range : index.annotations(number)) {
                digest.bytes(bytes(file, range));
            }
        } catch (IOException e) {
            throw wrong(image, Reasons.of(e));
        }
        return digest.hex();
    }

    private InputException wrong(CocoIndex.Image image, String what) {
        return new InputException(annotations + ", image " + image.id() + " (" + image.fileName() + "): " + what
                + "; download the file again");
    }

    private static byte[] bytes(SeekableByteChannel file, CocoIndex.Range range) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(range.length());
        file.position(range.offset());
        while (bytes.hasRemaining()) {
            if (file.read(bytes) < 0) {
                throw new EOFException("the file was truncated during reading");
            }
        }
        return bytes.array();
    }

    /** The category and the pixels of one annotation, and the number of its polygons that reach beyond the image. */
    private record Parsed(long category, Mask mask, int clipped) {
    }

    private static Parsed parse(byte[] bytes, CocoIndex.Image image) throws IOException {
        long category = -1;
        Mask mask = null;
        int clipped = 0;
        try (JsonParser json = CocoIndex.JSON.createParser(bytes)) {
            json.nextToken();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                json.nextToken();
                if (name.equals("category_id")) {
                    category = json.getValueAsLong(-1);
                } else if (name.equals("segmentation") && json.currentToken() == JsonToken.START_ARRAY) {
                    List<double[]> polygons = polygons(json);
                    mask = CocoMask.polygons(image.width(), image.height(), polygons);
                    clipped = CocoMask.clipped(image.width(), image.height(), polygons);
                } else if (name.equals("segmentation") && json.currentToken() == JsonToken.START_OBJECT) {
                    mask = runs(json, image);
                } else {
                    json.skipChildren();
                }
            }
        }
        if (mask == null) {
            throw new IllegalArgumentException("an annotation has no segmentation");
        }
        return new Parsed(category, mask, clipped);
    }

    private static List<double[]> polygons(JsonParser json) throws IOException {
        List<double[]> polygons = new ArrayList<>();
        while (json.nextToken() == JsonToken.START_ARRAY) {
            List<Double> numbers = new ArrayList<>();
            while (json.nextToken().isNumeric()) {
                numbers.add(json.getDoubleValue());
            }
            requireEnd(json);
            polygons.add(numbers.stream().mapToDouble(Double::doubleValue).toArray());
        }
        requireEnd(json);
        return polygons;
    }

    private static Mask runs(JsonParser json, CocoIndex.Image image) throws IOException {
        long[] size = {};
        long[] counts = null;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            JsonToken value = json.nextToken();
            if (name.equals("size") && value == JsonToken.START_ARRAY) {
                size = numbers(json);
            } else if (name.equals("counts") && value == JsonToken.START_ARRAY) {
                counts = numbers(json);
            } else if (name.equals("counts") && value == JsonToken.VALUE_STRING) {
                counts = CocoMask.decompressed(json.getText());
            } else {
                json.skipChildren();
            }
        }
        if (counts == null || size.length != 2 || size[0] != image.height() || size[1] != image.width()) {
            throw new IllegalArgumentException("the runs of an annotation have no counts or do not belong to "
                    + image.width() + " x " + image.height() + " pixels");
        }
        return CocoMask.runs(image.width(), image.height(), counts);
    }

    private static long[] numbers(JsonParser json) throws IOException {
        LongStream.Builder numbers = LongStream.builder();
        while (json.nextToken() == JsonToken.VALUE_NUMBER_INT) {
            numbers.add(json.getLongValue());
        }
        requireEnd(json);
        return numbers.build().toArray();
    }

    private static void requireEnd(JsonParser json) {
        if (json.currentToken() != JsonToken.END_ARRAY) {
            throw new IllegalArgumentException("a segmentation holds a value that is not a number");
        }
    }
}
