package dev.sectional.evaluation.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code src/test/oracle/coco.py} made the files and says what they mean. */
class CocoTest {
    /** A polygon of image 7. */
    private static final String CORNERS = "[2, 2, 9, 2, 9, 2, 9, 9, 2, 9]";

    @TempDir
    Path root;

    @BeforeEach
    void folders() throws IOException {
        Files.createDirectories(root.resolve("annotations"));
        Files.createDirectories(root.resolve("tiny"));
        write(text("instances_tiny.json"));
    }

    @Test
    void drawsTheMasksThatCocosToolsDraw() throws IOException {
        Coco coco = Coco.open(root, "tiny");
        assertEquals(List.of("person", "stop sign", "tooth \"brush\""), coco.classes());
        assertEquals(3, coco.size());
        assertEquals(List.of("b", "a", "nothing"), List.of(coco.id(0), coco.id(1), coco.id(2)), "by id: 3, 7, 900");
        List<String> masks = new ArrayList<>();
        for (int id : new int[] {7, 3, 900}) {
            Sample sample = coco.sample(id == 7 ? 1 : id == 3 ? 0 : 2);
            for (Truth truth : sample.truths()) {
                StringBuilder pixels = new StringBuilder();
                for (int i = 0; i < sample.width() * sample.height(); i++) {
                    pixels.append(truth.region().bits().get(i) ? '1' : '0');
                }
                masks.add(id + " " + truth.label() + " " + pixels);
            }
        }
        assertEquals(text("tiny.masks").lines().toList(), masks);
    }

    /** The index keeps places in the file: text before them in letters of several bytes must not shift them. */
    @Test
    void countsBytesNotLetters() throws IOException {
        int expected = pixels(Coco.open(root, "tiny"));

        write(text("instances_tiny.json")
                .replace("{\"info\": {", "{\"info\": {\"description\": \"\u00e9\u4e2d\ud83d\ude00\", "));

        assertEquals(expected, pixels(Coco.open(root, "tiny")));
    }

    @Test
    void theDigestFollowsTheImageAndItsAnnotations() throws IOException {
        String before = Coco.open(root, "tiny").digest(1);
        write(text("instances_tiny.json").replace("{\"info\": {", "{\"info\": {\"description\": \"longer\", "));
        assertEquals(before, Coco.open(root, "tiny").digest(1), "the annotations only moved");
        write(text("instances_tiny.json").replace("[[2, 2, 9, 2", "[[2, 2, 8, 2"));
        String annotated = Coco.open(root, "tiny").digest(1);
        assertNotEquals(before, annotated);
        write(text("instances_tiny.json").replace("[[2, 2, 9, 2", "[[2, 2, 8, 2").replace("\"person\"", "\"child\""));
        assertNotEquals(annotated, Coco.open(root, "tiny").digest(1), "another class");
        write(text("instances_tiny.json").replace("[[2, 2, 9, 2", "[[2, 2, 8, 2"));
        Files.writeString(root.resolve("tiny/a.jpg"), "another image");
        assertNotEquals(annotated, Coco.open(root, "tiny").digest(1));
    }

    @Test
    void aBrokenAnnotationIsItsImagesAlone() throws IOException {
        write(text("instances_tiny.json").replace(CORNERS, "[2, 2, 9, 2, 9]"));
        Coco coco = Coco.open(root, "tiny");

        coco.sample(0);
        InputException e = assertThrows(InputException.class, () -> coco.sample(1));

        assertTrue(e.getMessage().contains("image 7 (a.jpg)") && e.getMessage().contains("5 numbers"), e.getMessage());
    }

    /** What lies beyond was cut without a word, also when nothing was left. */
    @Test
    void outlinesBeyondTheImageAreCountedAndThoseOutsideRefused() throws IOException {
        int before = Coco.open(root, "tiny").sample(1).clipped();
        write(text("instances_tiny.json").replace(CORNERS, "[2, 2, 90, 2, 90, 9, 2, 9]"));
        assertEquals(before + 1, Coco.open(root, "tiny").sample(1).clipped());
        write(text("instances_tiny.json").replace(CORNERS, "[52, 2, 90, 2, 90, 9, 52, 9]"));
        InputException e = assertThrows(InputException.class, () -> Coco.open(root, "tiny").sample(1));
        assertTrue(e.getMessage().contains("image 7 (a.jpg): a polygon lies outside"), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|',
            value = {"\"image_id\": 7 | \"image_id\": 8 | image 8", "\"height\": 17 | \"height\": -1 | 23 x -1",
        "a.jpg | ../a.jpg | ../a.jpg", "\"id\": 7 | \"id\": 3 | two images",
        "\"images\" | \"pictures\" | no images", "\"annotations\": [ | \"annotations\": [3, | not an object",
        "\"image_id\": 7 | \"image_id\": 1e999 | image_id"})
    void refusesWhatIsNotCoco(String part, String other, String said) throws IOException {
        write(text("instances_tiny.json").replace(part, other));

        InputException e = assertThrows(InputException.class, () -> Coco.open(root, "tiny"));

        assertTrue(e.getMessage().contains(said) && e.getMessage().contains("instances_tiny.json"), e.getMessage());
    }

    @Test
    void refusesAFileCutAnywhere() throws IOException {
        String whole = text("instances_tiny.json");
        for (int part = 1; part < 60; part++) {
            write(whole.substring(0, whole.length() * part / 60));
            InputException e = assertThrows(InputException.class, () -> Coco.open(root, "tiny"), "part " + part);
            assertTrue(e.getMessage().contains("instances_tiny.json") && !e.getMessage().contains("\n"),
                    e.getMessage());
        }
    }

    @ParameterizedTest
    @CsvSource({"'0', end", "'PPPPPPPPPPPPPP', within a number", "'5 5', not a character", "'~~', not a character"})
    void refusesBrokenRuns(String compressed, String said) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> {
            long[] runs = CocoMask.decompressed(compressed);
            CocoMask.runs(4, 4, runs);
            throw new IllegalArgumentException("end of runs " + runs.length);
        });
        assertTrue(e.getMessage().contains(said) || e.getMessage().contains("cover"), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"other\": [", "\"annotations\": [], \"other\": ["})
    void refusesAFileWithoutAnnotations(String instead) throws IOException {
        write(text("instances_tiny.json").replace("\"annotations\": [", instead));

        InputException e = assertThrows(InputException.class, () -> Coco.open(root, "tiny"));

        assertTrue(e.getMessage().contains("no annotations"), e.getMessage());
    }

    @Test
    void aClassWithoutPixelsIsNotACase() throws IOException {
        write("""
                {"images": [{"id": 1, "file_name": "a.jpg", "width": 9, "height": 9}],
                 "categories": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}, {"id": 3, "name": "c"}],
                 "annotations": [{"image_id": 1, "category_id": 1, "segmentation": []},
                  {"image_id": 1, "category_id": 2, "segmentation": [[1, 1, 5, 1, 5, 5, 1, 5]]},
                  {"image_id": 1, "category_id": 2, "segmentation": []},
                  {"image_id": 1, "category_id": 3, "segmentation": [[2, 2, 2, 2, 2, 2]]}]}""");

        List<Truth> truths = Coco.open(root, "tiny").sample(0).truths();

        assertEquals(List.of(1), truths.stream().map(Truth::label).toList());
        assertEquals(16, truths.get(0).region().count());
    }

    @ParameterizedTest
    @ValueSource(strings = {"{'id': 1}", "{'id': 1, 'name': 'a'}, {'id': 1, 'name': 'b'}"})
    void categoriesWithoutNamesOrThereTwiceAreRefused(String categories) throws IOException {
        write(("{'images': [{'id': 1, 'file_name': 'a.jpg', 'width': 9, 'height': 9}], 'categories': [" + categories
                + "], 'annotations': [{'image_id': 1, 'category_id': 1, 'segmentation': []}]}").replace('\'', '"'));

        InputException e = assertThrows(InputException.class, () -> Coco.open(root, "tiny"));

        assertTrue(e.getMessage().contains("the category 1 has no name, or is there twice"), e.getMessage());
    }

    @Test
    void anImageWithoutAnnotationsHasNoClasses() {
        assertTrue(Coco.open(root, "tiny").sample(2).truths().isEmpty());
        assertFalse(Coco.open(root, "tiny").sample(1).truths().isEmpty());
    }

    private static int pixels(Coco coco) {
        int pixels = 0;
        for (int i = 0; i < coco.size(); i++) {
            pixels += coco.sample(i).truths().stream().mapToInt(truth -> truth.region().count() * (truth.label() + 1))
                    .sum();
        }
        return pixels;
    }

    private void write(String json) throws IOException {
        Files.writeString(root.resolve("annotations/instances_tiny.json"), json);
    }

    private static String text(String name) throws IOException {
        try (InputStream in = CocoTest.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
