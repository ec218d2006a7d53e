package dev.sectional.evaluation.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import dev.sectional.evaluation.data.PascalVoc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClassMapTest {
    @TempDir
    Path folder;

    @Test
    void readsNumbersRangesAndLabels() throws IOException {
        ClassMap map = read("# a comment\ndog\t2-4, 6\nCat\tsiamese, old\ndog\t0\n");

        assertEquals(List.of(0, 1), map.known());
        assertFalse(map.knows(2));
        assertEquals(5, map.target(1, null));
        assertTrue(map.needsTape(0));
        assertFalse(map.needsTape(1));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"wolf\t1 | does not start with a class", "dog | names no class of the model",
            "dog\t7 | classes 0 to 6",
        "dog\t3-1 | 3-1", "dog\tpoodle | poodle", "dog\t-1 | neither"})
    void refusesWhatNeitherHas(String line, String said) {
        InputException e = assertThrows(InputException.class, () -> read(line));

        assertTrue(e.getMessage().contains(said) && e.getMessage().contains("map.tsv"), e.getMessage());
    }

    @Test
    void findsWhatFollowsFromTheNames() {
        List<String> classes = List.of("disc", "star");
        assertEquals(1, ClassMap.usual(classes, List.of("Star", "disc"), 2).target(0, null));
        assertEquals(1, ClassMap.usual(classes, List.of(), 2).target(1, null), "class by class");
        assertThrows(InputException.class, () -> ClassMap.usual(classes, List.of("cup", "face"), 2));
        ClassMap imagenet = ClassMap.usual(PascalVoc.CLASSES, List.of(), 1000);
        assertEquals(20, imagenet.known().size());
        assertEquals(339, imagenet.target(PascalVoc.CLASSES.indexOf("horse"), null), "sorrel");
    }

    /** ImageNet has two cranes and two maillots: the classes behind them were shifted by one. */
    @Test
    void namesThatSeveralClassesHaveAreRefused() throws IOException {
        List<String> twice = List.of("crane", "dog", "Crane", "cat");
        Path file = Files.writeString(folder.resolve("twice.tsv"), "cat\t3\ndog\t1\n");
        ClassMap map = ClassMap.read(file, twice, List.of(), 4);
        assertEquals("3 1", map.target(3, null) + " " + map.target(1, null));

        Files.writeString(file, "crane\t2\n");
        String said = assertThrows(InputException.class, () -> ClassMap.read(file, twice, List.of(), 4)).getMessage();
        assertTrue(said.contains("starts with a name that 2 classes of the dataset have"), said);

        Files.writeString(file, "dog\tcrane\n");
        said = assertThrows(InputException.class, () -> ClassMap.read(file, List.of("dog"),
                List.of("crane", "x", "crane"), 3)).getMessage();
        assertTrue(said.contains("'crane' is the label of the classes 0 and 2"), said);

        ClassMap same = ClassMap.usual(twice, List.of("Crane", "Dog", "crane", "Cat"), 4);
        assertEquals("0 2", same.target(0, null) + " " + same.target(2, null));
        assertFalse(same.needsTape(0), "one class stands for one");
    }

    /** More than half of the names agree: the machine's images were explained for the bird. */
    @Test
    void namesThatOccurTwiceAreMatchedByPlaceOrRefused() {
        List<String> classes = List.of("crane", "dog", "crane", "cat");
        ClassMap map = ClassMap.usual(classes, List.of("crane", "dog", "Crane", "kitten"), 4);
        assertEquals("0 2", map.target(0, null) + " " + map.target(2, null));
        assertEquals(List.of("the model has no class of the name of 1 of the dataset's 4 classes, which do not count:"
                + " cat; pass --class-map FILE to name them"), map.remarks(classes));

        String said = assertThrows(InputException.class,
                () -> ClassMap.usual(List.of("dog", "crane"), List.of("crane", "x", "dog", "crane"), 4)).getMessage();
        assertTrue(said.contains("'crane' is the label of the classes 0 and 3 of the model: write numbers"), said);
        said = assertThrows(InputException.class,
                () -> ClassMap.usual(classes, List.of("crane", "dog", "lift", "cat"), 4)).getMessage();
        assertTrue(said.contains("the classes 0 and 2 of the dataset have the name 'crane' of one class"), said);
        assertTrue(ClassMap.usual(classes, List.of(), 4).remarks(classes).get(0).contains("they have the same order"));
    }

    /** Labels 1 to 3 of classes 0 to 2: a number may mean either. */
    @Test
    void aNumberThatIsTheLabelOfAnotherClassIsRefused() throws IOException {
        List<String> labels = List.of("1", "2", "3");
        Path file = Files.writeString(folder.resolve("numbers.tsv"), "dog\t2\n");
        String said = assertThrows(InputException.class, () -> ClassMap.read(file, List.of("dog"), labels, 3))
                .getMessage();
        assertTrue(said.contains("'2' is the label of class 1 of the model, and the number of another"), said);

        Files.writeString(file, "dog\t2-2\n");
        assertEquals(2, ClassMap.read(file, List.of("dog"), labels, 3).target(0, null));
    }

    private ClassMap read(String text) throws IOException {
        return ClassMap.read(Files.writeString(folder.resolve("map.tsv"), text), List.of("dog", "cat", "bird"),
                List.of("a", "b", "c", "d", "e", "siamese, old", "g"), 7);
    }
}
