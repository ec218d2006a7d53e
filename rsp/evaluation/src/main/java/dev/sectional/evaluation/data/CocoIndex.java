package dev.sectional.evaluation.data;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.sectional.core.InputException;
import dev.sectional.images.files.InputFiles;
import dev.sectional.images.files.Reasons;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The index of an {@code instances_*.json}: the images, the classes, and for each image the byte ranges of its
 * annotations. The annotations stay in the file, so that memory does not grow with their outlines.
 */
final class CocoIndex {
    static final JsonFactory JSON = new JsonFactory();

    private final Path file;
    private final List<Image> images = new ArrayList<>();
    private final Map<Long, String> categories = new TreeMap<>();
    /** Image id, byte offset and length of each annotation; {@link #group} sorts them. */
    private long[] imageIds = new long[1024];
    private long[] offsets = new long[1024];
    private int[] lengths = new int[1024];
    private int count;
    /** The annotations of image i are number {@code starts[i]} to {@code starts[i + 1] - 1}. */
    private int[] starts;

    /** @param fileName file name without a folder */
    record Image(long id, String fileName, int width, int height) {
    }

    /** A byte range of the file. */
    record Range(long offset, int length) {
    }

    /** @throws InputException if the file is not in COCO's format */
    CocoIndex(Path file) {
        this.file = file;
        InputFiles.requireReadable(file);
        try (JsonParser json = JSON.createParser(Files.newInputStream(file))) {
            read(json);
        } catch (JsonProcessingException e) {
            throw wrong(e.getOriginalMessage() + " (line " + e.getLocation().getLineNr() + ", byte " + e.getLocation()
                    .getByteOffset() + ")");
        } catch (IOException e) {
            throw new InputException("cannot read " + file + ": " + Reasons.of(e) + "; check the file", e);
        }
        if (images.isEmpty() || categories.isEmpty()) {
            throw wrong("it contains no " + (images.isEmpty() ? "images" : "categories"));
        }
        if (count == 0) {
            throw wrong("it contains no annotations, so it has no ground truth");
        }
        images.sort(Comparator.comparingLong(Image::id));
        group();
    }

    /** Returns the images in the order of their ids, as pycocotools does. */
    List<Image> images() {
        return images;
    }

    /** Returns the names of the classes by id, in the order of ids. */
    Map<Long, String> categories() {
        return categories;
    }

    /** Returns the byte ranges of an image's annotations, in the file's order. */
    List<Range> annotations(int image) {
        List<Range> ranges = new ArrayList<>();
        for (int i = starts[image]; i < starts[image + 1]; i++) {
            ranges.add(new Range(offsets[i], lengths[i]));
        }
        return ranges;
    }

    private void read(JsonParser json) throws IOException {
        if (json.nextToken() != JsonToken.START_OBJECT) {
            throw wrong("it is not a JSON object");
        }
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            boolean array = json.nextToken() == JsonToken.START_ARRAY;
            if (!array || !List.of("images", "annotations", "categories").contains(name)) {
                json.skipChildren();
                continue;
            }
            while (json.nextToken() == JsonToken.START_OBJECT) {
                switch (name) {
                    case "images" -> image(json);
                    case "annotations" -> annotation(json);
                    default -> category(json);
                }
            }
            if (json.currentToken() != JsonToken.END_ARRAY) {
                throw wrong("an entry of \"" + name + "\" is not an object");
            }
        }
    }

    private void image(JsonParser json) throws IOException {
        Map<String, String> values = scalars(json);
        String name = values.get("file_name");
        long width = number(values, "width", "an image");
        long height = number(values, "height", "an image");
        if (name == null || name.isEmpty() || name.contains("/") || name.contains("\\") || width < 1 || height < 1
                || width * height > 1 << 28) {
            throw wrong("an image has the file name '" + name + "' and " + width + " x " + height + " pixels");
        }
        images.add(new Image(number(values, "id", "an image"), name, (int) width, (int) height));
    }

    private void category(JsonParser json) throws IOException {
        Map<String, String> values = scalars(json);
        long id = number(values, "id", "a category");
        String name = values.get("name");
        if (name == null || name.isEmpty() || categories.put(id, name) != null) {
            throw wrong("the category " + id + " has no name, or is there twice");
        }
    }

    private void annotation(JsonParser json) throws IOException {
        long begin = json.currentTokenLocation().getByteOffset();
        long image = number(scalars(json), "image_id", "an annotation");
        long length = json.currentTokenLocation().getByteOffset() + 1 - begin;
        if (count == offsets.length) {
            imageIds = Arrays.copyOf(imageIds, 2 * count);
            offsets = Arrays.copyOf(offsets, 2 * count);
            lengths = Arrays.copyOf(lengths, 2 * count);
        }
        imageIds[count] = image;
        offsets[count] = begin;
        lengths[count++] = Math.toIntExact(length);
    }

    /** Returns the numbers and strings of an object as text; nested values are skipped. */
    private static Map<String, String> scalars(JsonParser json) throws IOException {
        Map<String, String> values = new HashMap<>();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            if (json.nextToken().isScalarValue()) {
                values.put(name, json.getText());
            } else {
                json.skipChildren();
            }
        }
        return values;
    }

    private long number(Map<String, String> values, String name, String of) {
        try {
            return Long.parseLong(values.get(name));
        } catch (NumberFormatException e) {
            throw wrong(of + " has \"" + name + "\": " + values.get(name));
        }
    }

    /** Sorts the annotations by image, in the file's order within an image. */
    private void group() {
        Map<Long, Integer> indices = new HashMap<>();
        for (int i = 0; i < images.size(); i++) {
            if (indices.put(images.get(i).id, i) != null) {
                throw wrong("two images have the id " + images.get(i).id);
            }
        }
        starts = new int[images.size() + 1];
        for (int i = 0; i < count; i++) {
            Integer image = indices.get(imageIds[i]);
            if (image == null) {
                throw wrong("an annotation names image " + imageIds[i] + ", which is not in the list of images");
            }
            starts[image + 1]++;
        }
        for (int i = 0; i < images.size(); i++) {
            starts[i + 1] += starts[i];
        }
        int[] next = Arrays.copyOf(starts, images.size());
        long[] sortedOffsets = new long[count];
        int[] sortedLengths = new int[count];
        for (int i = 0; i < count; i++) {
            int at = next[indices.get(imageIds[i])]++;
            sortedOffsets[at] = offsets[i];
            sortedLengths[at] = lengths[i];
        }
        imageIds = null;
        offsets = sortedOffsets;
        lengths = sortedLengths;
    }

    private InputException wrong(String what) {
        return new InputException(file + ": " + what + "; pass an instances_*.json in COCO's format");
    }
}
