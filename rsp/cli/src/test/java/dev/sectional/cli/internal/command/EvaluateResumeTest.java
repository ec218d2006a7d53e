package dev.sectional.cli.internal.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.evaluation.data.SyntheticShapes;
import dev.sectional.evaluation.run.FolderLock;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A folder of results is reused only by a run with the same settings and inputs; every difference is named. */
class EvaluateResumeTest {
    @TempDir
    Path folder;
    private Path voc;

    @BeforeEach
    void dataset() throws IOException {
        voc = folder.resolve("VOC2012");
        for (String name : new String[] {"Annotations", "JPEGImages", "SegmentationClass", "ImageSets/Main"}) {
            Files.createDirectories(voc.resolve(name));
        }
        Files.writeString(voc.resolve("ImageSets/Main/val.txt"), "one\ntwo\n");
        for (String id : new String[] {"one", "two"}) {
            image(id, 0x336699);
            annotation(id, 31);
        }
        try (InputStream model = SyntheticShapes.model()) {
            Files.copy(model, folder.resolve("net.safetensors"));
        }
        Files.writeString(folder.resolve("map.tsv"), "dog\t1\n");
        Files.writeString(folder.resolve("labels.txt"), labels("a"));
        Files.writeString(folder.resolve("difficult.txt"), "one" + "\t1".repeat(20) + "\n");
    }

    private void image(String id, int rgb) throws IOException {
        BufferedImage image = new BufferedImage(60, 40, BufferedImage.TYPE_3BYTE_BGR);
        image.setRGB(5, 5, rgb);
        ImageIO.write(image, "png", voc.resolve("JPEGImages/" + id + ".jpg").toFile());
    }

    private void annotation(String id, int right) throws IOException {
        Files.writeString(voc.resolve("Annotations/" + id + ".xml"), "<annotation><size><width>60</width>"
                + "<height>40</height></size><object><name>dog</name><bndbox><xmin>30</xmin><ymin>20</ymin><xmax>"
                + right + "</xmax><ymax>21</ymax></bndbox></object></annotation>");
    }

    private static String labels(String prefix) {
        return IntStream.range(0, 10).mapToObj(i -> prefix + i).collect(Collectors.joining("\n"));
    }

    private Ran evaluate(String... more) {
        List<String> all = new ArrayList<>(List.of("evaluate", "--dataset", "voc2012", "--data-dir", voc.toString(),
                "--weights",
                folder.resolve("net.safetensors").toString(), "--class-map", folder.resolve("map.tsv").toString(),
                "--method", "grad-cam", "--out", folder.resolve("out").toString()));
        all.addAll(List.of(more));
        return Ran.of(all.toArray(new String[0]));
    }

    @Test
    void theSameRunIsReusedAndItsFingerprintPrinted() throws IOException {
        assertEquals(0, evaluate().status());
        String results = Files.readString(folder.resolve("out/results/grad-cam.jsonl"));

        Ran again = evaluate();

        assertEquals(0, again.status(), again.err());
        assertEquals(results, Files.readString(folder.resolve("out/results/grad-cam.jsonl")));
        String report = Files.readString(folder.resolve("out/report.html"));
        for (String setting : new String[] {"fingerprint", "mean", "channel order", "provider", "sectional",
                "class map"}) {
            assertTrue(report.contains("<td>" + setting + "</td>"), setting);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"--mean 0.1,0.2,0.3 | mean '", "--std 0.5 --mean 0.5 | standard deviation '",
        "--mean 10 --std 20 --pixel-max 255 | mean '", "--channel-order bgr | channel order '",
        "--input-size 96x96 | model input '",
        "--tolerance 3 | tolerance '", "--metric infidelity --seed 9 | seed '", "--smooth 0.1 | smoothing '",
        "--metric mass | metrics '",
        "--fit torchray | preprocessing '", "--fit crop | preprocessing '", "--fit pad | preprocessing '",
        "--preset caffe | mean '", "--preset caffe | channel order '"})
    void anotherSettingIsRefusedByName(String arguments, String said) {
        assertEquals(0, evaluate().status());

        refused(evaluate(arguments.split(" ")), said);
    }

    /** The file is the same; what it computes is not. */
    @Test
    void anotherOutputOfTheGraphIsRefusedByName() throws IOException {
        Path labels = Files.write(folder.resolve("shapes.txt"), new SyntheticShapes(1, 1).classes());
        String[] first = {"evaluate", "--limit", "1", "--method", "gradient", "--labels", labels.toString(), "--preset",
            "unit", "--weights", "src/test/resources/two_outputs.onnx", "--out", folder.resolve("out").toString(),
            "--output", "a"};
        String[] second = first.clone();
        second[second.length - 1] = "b";
        assertEquals(0, Ran.of(first).status());

        refused(Ran.of(second), "logits of a test image '");
    }

    @Test
    void anotherSettingOfAMetricIsRefusedByName() throws IOException {
        assertEquals(0, evaluate("--metric", "deletion", "--steps", "4").status());
        assertTrue(Files.readString(folder.resolve("out/settings.json")).contains("\"deletion steps\": \"4\""));

        refused(evaluate("--metric", "deletion", "--steps", "5"), "deletion steps '4', not '5'");
    }

    /** The image carries a profile whose colours are not those of sRGB. */
    @Test
    void anotherPolicyForColourProfilesIsRefusedByNameAndChangesRows() throws IOException {
        Path profile = Path.of("../images/src/test/resources/dev/sectional/images/formats/profile.jpg");
        for (String id : new String[] {"one", "two"}) {
            Files.copy(profile, voc.resolve("JPEGImages/" + id + ".jpg"), StandardCopyOption.REPLACE_EXISTING);
            Files.writeString(voc.resolve("Annotations/" + id + ".xml"), "<annotation><size><width>24</width><height>16"
                    + "</height></size><object><name>dog</name><bndbox><xmin>3</xmin><ymin>3</ymin><xmax>12</xmax>"
                    + "<ymax>9</ymax></bndbox></object></annotation>");
        }
        String[] applied = {"--icc", "apply", "--metric", "mass", "--method", "gradient"};
        assertEquals(0, evaluate("--metric", "mass", "--method", "gradient").status());
        String ignored = Files.readString(folder.resolve("out/tables.csv"));

        refused(evaluate(applied), "colour profiles 'ignore', not 'apply'");
        Files.move(folder.resolve("out"), folder.resolve("ignored"));
        assertEquals(0, evaluate(applied).status());
        assertNotEquals(ignored, Files.readString(folder.resolve("out/tables.csv")));
    }

    @Test
    void anotherProviderIsRefusedByName() {
        assertEquals(0, evaluate("--backend", "scalar").status());
        Ran other = evaluate("--backend", "auto");
        if (other.status() == 0) {   // this JVM has no vector module: auto is scalar
            assertFalse(ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent());
        } else {
            refused(other, "provider 'scalar'");
        }
    }

    @Test
    void anotherContentOfAnInputIsRefusedByName() throws IOException {
        String[] files = {"--difficult", folder.resolve("difficult.txt").toString(), "--labels",
            folder.resolve("labels.txt").toString()};
        assertEquals(0, evaluate(files).status());

        Files.writeString(folder.resolve("map.tsv"), "dog\t2\n");
        refused(evaluate(files), "class map '");
        Files.writeString(folder.resolve("map.tsv"), "dog\t1\n");
        Files.writeString(folder.resolve("difficult.txt"), "two" + "\t1".repeat(20) + "\n");
        refused(evaluate(files), "difficult subset '");
        Files.writeString(folder.resolve("difficult.txt"), "one" + "\t1".repeat(20) + "\n");
        byte[] weights = Files.readAllBytes(folder.resolve("net.safetensors"));
        weights[weights.length - 1] ^= 0x40;
        Files.write(folder.resolve("net.safetensors"), weights);
        refused(evaluate(files), "model '");
        weights[weights.length - 1] ^= 0x40;
        Files.write(folder.resolve("net.safetensors"), weights);
        assertEquals(0, evaluate(files).status(), "the inputs are the same again");
    }

    @Test
    void labelsShapeRowsByTheClassMapThatTheyDetermine() throws IOException {
        Path labels = folder.resolve("labels.txt");
        Files.writeString(folder.resolve("map.tsv"), "dog\tx3\n");
        Files.writeString(labels, labels("x"));
        assertEquals(0, evaluate("--labels", labels.toString()).status());

        Files.writeString(labels, "x3\nx1\nx2\nx0\nx4\nx5\nx6\nx7\nx8\nx9\n");

        refused(evaluate("--labels", labels.toString()), "class map '");
    }

    @Test
    void anotherImageOrAnnotationIsRefusedByName() throws IOException {
        assertEquals(0, evaluate().status());
        annotation("two", 40);
        refused(evaluate(), "image 'two'");
        annotation("two", 31);
        image("one", 0x112233);
        refused(evaluate(), "image 'one'");
        image("one", 0x336699);
        ImageIO.write(new BufferedImage(60, 40, BufferedImage.TYPE_BYTE_GRAY), "png",
                voc.resolve("SegmentationClass/two.png").toFile());
        refused(evaluate(), "image 'two'");
        Files.delete(voc.resolve("SegmentationClass/two.png"));
        assertEquals(0, evaluate().status());
    }

    /** A shortened list once gave figures over fewer images, as if they were the split. */
    @ParameterizedTest
    @ValueSource(strings = {"one\n", "two\none\n", "one\ntwo\nthree\n"})
    void anotherListOfImagesIsRefusedByName(String lines) throws IOException {
        assertEquals(0, evaluate("--limit", "1").status());
        assertEquals(0, evaluate().status(), "a limit may grow");
        assertEquals(0, evaluate("--limit", "1").status(), "and shrink");

        Files.writeString(voc.resolve("ImageSets/Main/val.txt"), lines);

        refused(evaluate("--limit", "1"), "image list '2, sha256 ");
        Files.writeString(voc.resolve("ImageSets/Main/val.txt"), "\ufeffone\r\n\r\ntwo");
        assertEquals(0, evaluate().status(), "the same images");
    }

    @Test
    void anotherRootIsRefusedWhereItsFilesDiffer() throws IOException {
        assertEquals(0, evaluate().status());
        Path moved = folder.resolve("moved/VOC2012");
        Files.createDirectories(moved.getParent());
        Files.move(voc, moved);
        voc = moved;
        assertEquals(0, evaluate().status(), "the same files in another place");
        image("two", 0xFF0000);
        refused(evaluate(), "image 'two'");
    }

    @Test
    void resultsWithoutTheirSettingsAreRefused() throws IOException {
        assertEquals(0, evaluate().status());
        Files.delete(folder.resolve("out/settings.json"));

        refused(evaluate(), "settings.json");
    }

    /** Tables without a case came out after the whole run. */
    @Test
    void metricsWithoutGroundTruthAreRefusedBeforeAnyWork() {
        assertTrue(evaluate("--metric", "pointing", "--seed", "1").err().contains("--seed 1: only the metric"
                + " model-randomisation or infidelity or max-sensitivity uses it"));
        Ran named = evaluate("--metric", "miou");
        assertEquals(2, named.status());
        assertTrue(named.err().contains("--metric miou: none of the 2 images of voc2012 val has a mask"), named.err());
        assertFalse(Files.exists(folder.resolve("out")), "nothing was begun");
        Ran usual = evaluate();
        assertEquals(0, usual.status());
        assertTrue(usual.err().contains("metric miou: none of the 2 images of voc2012 val has a mask, so that it"
                + " measures nothing"), usual.err());
    }

    @Test
    void methodsWithAndWithoutAModelDoNotShareAFolder() throws IOException {
        String[] alone = {"evaluate", "--dataset", "voc2012", "--data-dir", voc.toString(), "--method", "center",
            "--out", folder.resolve("out").toString()};
        assertEquals(0, evaluate("--method", "center").status());
        refused(Ran.of(alone), "contains a run with the model 'net.safetensors, ");
        Files.move(folder.resolve("out"), folder.resolve("with"));
        assertEquals(0, Ran.of(alone).status());
        refused(evaluate(), "contains a run with no model, where center counts all classes of the images");
    }

    /** Two runs with other methods and settings wrote to one folder. */
    @Test
    void aFolderIsOfOneRunAtATime() {
        try (FolderLock lock = FolderLock.of(folder.resolve("out"))) {
            refused(evaluate(), " is in use by another run");
        }
        assertEquals(0, evaluate().status());
    }

    /** Samples of other settings were shown under the new ones. */
    @Test
    void samplesWithoutTheirSettingsAreRefused() throws IOException {
        assertEquals(0, evaluate().status());
        Files.delete(folder.resolve("out/settings.json"));
        Files.delete(folder.resolve("out/results/grad-cam.jsonl"));
        refused(evaluate(), "contains results or samples, but not the settings.json");
    }

    @Test
    void saysHowManyImagesAListOfDifficultOnesLacks() {
        Ran ran = evaluate("--difficult", folder.resolve("difficult.txt").toString());
        assertTrue(ran.status() == 0 && ran.err().contains("difficult.txt lacks 1 of the 2 images: all their classes"
                + " count as difficult"), ran.err());
    }

    private void refused(Ran ran, String said) {
        assertEquals(2, ran.status(), ran.err());
        assertTrue(ran.err().contains(said) && ran.err().contains("--out"), ran.err());
        assertEquals(1, ran.err().lines().filter(line -> !line.contains(" so assumed: ")
                && !line.contains("so that it measures nothing")).count(), ran.err());
    }
}
