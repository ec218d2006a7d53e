package dev.sectional.cli.internal.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EvaluateCommandTest {
    private static final int IMAGES = 25;
    private static final int KILLS = 2;
    private static final String METHODS = "rsp,gradient,grad-cam,center";

    @TempDir
    Path folder;

    @Test
    void comparesMethodsOnDrawnScenes() throws IOException {
        Ran ran = Ran.of("evaluate", "--limit", "6", "--method", METHODS, "--out", folder.toString());

        assertEquals(0, ran.status(), ran.err());
        assertTrue(ran.out().contains("pointing") && ran.out().contains("grad-cam"), ran.out());
        String csv = Files.readString(folder.resolve("tables.csv"));
        assertTrue(csv.lines().anyMatch(line -> line.startsWith("miou,rsp,mIoU mean+,,0.")), csv);
        assertTrue(csv.lines().anyMatch(line -> line.matches("pointing,center,cases,,\\d+\\.0,cases,,\\d+,,")), csv);
        String html = Files.readString(folder.resolve("report.html"));
        assertTrue(html.contains("data:image/png;base64,") && html.contains("<svg"));
        assertFalse(html.replace("http://www.w3.org/2000/svg", "").contains("://"), "nothing from elsewhere");
        // The page of explain --report, whole, with the maps of the first scenes and the controls.
        String maps = html.replaceAll("(?s).* srcdoc=\"([^\"]*)\".*", "$1").replace("&quot;", "\"")
                .replace("&amp;", "&");
        assertTrue(maps.startsWith("<!doctype html>") && maps.endsWith("</html>\n"), maps.substring(0, 100));
        for (String id : List.of("percentile", "gamma", "opacity", "colours", "sign")) {
            assertTrue(maps.contains("id=\"" + id + "\""), id);
        }
        assertEquals(6, maps.split("\"photo\":\"data:image/png", -1).length - 1, "scenes");
        assertTrue(maps.contains("\"shown_methods\":[\"rsp\",\"gradient\",\"grad-cam\"]"),
                "methods that need the network");
    }

    /**
     * Processes are killed without warning while they work; the next one resumes, and nobody can tell by the tables.
     * They evaluate more images than they ever finish, so that the speed of the machine does not matter.
     */
    @Test
    void killedRunsResumeToTheSameTables() throws Exception {
        Path whole = folder.resolve("whole");
        Path killed = folder.resolve("killed");
        assertEquals(0, Ran.of(arguments(IMAGES, whole)).status());
        Path results = killed.resolve("results/grad-cam.jsonl");
        for (int kill = 1; kill <= KILLS; kill++) {
            Process process = start(arguments(1_000_000, killed));
            while (process.isAlive() && lines(results) < 2 * kill) {
                Thread.sleep(5);
            }
            if (kill == 1) {
                Ran second = Ran.of(arguments(IMAGES, killed));
                assertTrue(second.status() == 2 && second.err().contains("another run"),
                        "two must not write to one folder: " + second.err());
            }
            assertTrue(process.isAlive(), Files.readString(folder.resolve("log")));
            process.destroyForcibly().waitFor(1, TimeUnit.MINUTES);
            // and its last write was torn
            String complete = Files.readAllLines(results).stream().limit(3L * kill).map(line -> line + "\n")
                    .reduce("", String::concat);
            Files.writeString(results, complete + "{\"image\":\"scene-20\",\"meth");
        }
        assertFalse(Files.exists(killed.resolve("tables.csv")));

        Ran resumed = Ran.of(arguments(IMAGES, killed));

        assertEquals(0, resumed.status(), resumed.err());
        assertEquals(Files.readString(whole.resolve("tables.csv")), Files.readString(killed.resolve("tables.csv")));
        assertEquals(withoutSeconds(whole), withoutSeconds(killed));
    }

    private static long lines(Path file) throws IOException {
        return Files.exists(file) ? Files.readString(file).chars().filter(character -> character == '\n').count() : 0;
    }

    private Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java")
                .toString()));
        String provider = System.getProperty("sectional.provider", "auto");
        if (provider.equals("simd")) {
            command.add("--add-modules=jdk.incubator.vector");
        }
        command.addAll(List.of("-Dsectional.provider=" + provider, "-cp", System.getProperty("java.class.path"),
                dev.sectional.cli.Main.class.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(folder.resolve("log").toFile())
                .start();
    }

    private static String[] arguments(int images, Path out) {
        return new String[] {"evaluate", "--limit", String.valueOf(images), "--method", METHODS, "--metric",
            "pointing,miou", "--seed", "3", "--out", out.toString()};
    }

    private static String withoutSeconds(Path out) throws IOException {
        String json = Files.readString(out.resolve("results.json"));
        return json.substring(0, json.indexOf("\"seconds\""));
    }

    @Test
    void brokenFilesAreNamedAndCounted() throws IOException {
        Path voc = Files.createDirectories(folder.resolve("VOC2012"));
        for (String name : new String[] {"Annotations", "JPEGImages", "ImageSets/Main"}) {
            Files.createDirectories(voc.resolve(name));
        }
        Files.writeString(voc.resolve("ImageSets/Main/val.txt"), "good\nbad\nmissing\nlarger\n");
        ImageIO.write(new BufferedImage(60, 40, BufferedImage.TYPE_3BYTE_BGR), "jpg",
                voc.resolve("JPEGImages/good.jpg").toFile());
        Files.writeString(voc.resolve("Annotations/good.xml"),
                "<annotation><size><width>60</width><height>40</height></size><object><name>dog</name>"
                + "<bndbox><xmin>30</xmin><ymin>20</ymin><xmax>31</xmax><ymax>21</ymax></bndbox></object>"
                + "</annotation>");
        Files.writeString(voc.resolve("Annotations/bad.xml"), "<annotation><size>");
        Files.copy(voc.resolve("Annotations/good.xml"), voc.resolve("Annotations/larger.xml"));
        ImageIO.write(new BufferedImage(61, 40, BufferedImage.TYPE_3BYTE_BGR), "jpg",
                voc.resolve("JPEGImages/larger.jpg").toFile());
        Path out = folder.resolve("out");

        Ran ran = Ran.of("evaluate", "--dataset", "voc2012", "--data-dir", voc.toString(), "--method", "center",
                "--metric", "pointing", "--out", out.toString());

        assertEquals(3, ran.status(), ran.err());
        assertTrue(ran.err().contains("bad.xml") && ran.err().contains("missing.xml") && ran.err().contains("61 x 40")
                && ran.err()
                .contains("4 images: 1 evaluated, 3 skipped, 0 failed"), ran.err());
        assertTrue(Files.readString(out.resolve("tables.csv")).contains("pointing,center,hits,,1.0"));
        assertTrue(Files.readString(out.resolve("results.json")).contains("\"bad\" : \""));
        assertTrue(Files.readString(out.resolve("report.html")).contains("missing.xml"));
    }

    /** Eight images once vanished without a word. */
    @Test
    void aSampleThatCannotBeWrittenStopsTheRunWhichResumesToTheSameTables() throws IOException {
        Path whole = folder.resolve("whole");
        Path out = Files.createDirectories(folder.resolve("out"));
        assertEquals(0, Ran.of("evaluate", "--limit", "9", "--method", "center", "--out", whole.toString()).status());
        Path inTheWay = Files.writeString(out.resolve("samples"), "a file");

        Ran ran = Ran.of("evaluate", "--limit", "9", "--method", "center", "--out", out.toString());

        assertEquals(2, ran.status(), ran.err());
        assertTrue(ran.err().contains("cannot write") && ran.err().lines().count() == 1, ran.err());
        assertFalse(Files.exists(out.resolve("tables.csv")));
        Files.delete(inTheWay);
        assertEquals(0, Ran.of("evaluate", "--limit", "9", "--method", "center", "--out", out.toString()).status());
        assertEquals(Files.readString(whole.resolve("tables.csv")), Files.readString(out.resolve("tables.csv")));
        assertTrue(Files.exists(out.resolve("samples/7.center.png")));
    }

    /** Names in COCO's file are those of strangers; in a locale without UTF-8, ordinary ones are no names either. */
    @Test
    void namesThatAreNoFileNamesAreSkipped() throws IOException {
        Path coco = Files.createDirectories(folder.resolve("coco/annotations")).getParent();
        Files.createDirectories(coco.resolve("x"));
        Files.writeString(coco.resolve("annotations/instances_x.json"), "{\"images\": [{\"id\": 1, \"file_name\": "
                + "\"a\\u0000b.png\", \"width\": 9, \"height\": 9}], \"categories\": [{\"id\": 1, \"name\": \"c\"}], "
                + "\"annotations\": [{\"id\": 1, \"image_id\": 1, \"category_id\": 1, \"segmentation\": "
                + "[[1, 1, 5, 1, 5, 5]]}]}");

        Ran ran = Ran.of("evaluate", "--dataset", "coco", "--split", "x", "--data-dir", coco.toString(), "--method",
                "center", "--out", folder.resolve("out").toString());

        assertEquals(3, ran.status(), ran.err());
        assertTrue(ran.err().contains("skipped: a\\u0000b: 'a\\u0000b.png' is not a file name here (Nul character not"
                + " allowed)"), ran.err());
        assertTrue(ran.err().contains("0 evaluated, 1 skipped, 0 failed"), ran.err());
    }

    /** Opening a pipe that nobody writes to would wait for ever. */
    @ParameterizedTest
    @ValueSource(strings = {"JPEGImages/pipe.jpg", "Annotations/pipe.xml", "SegmentationClass/pipe.png"})
    void aPipeInPlaceOfAFileIsSkipped(String name) throws Exception {
        Path voc = folder.resolve("VOC2012");
        for (String each : new String[] {"Annotations", "JPEGImages", "ImageSets/Main", "SegmentationClass"}) {
            Files.createDirectories(voc.resolve(each));
        }
        Files.writeString(voc.resolve("ImageSets/Main/val.txt"), "pipe\n");
        Files.writeString(voc.resolve("Annotations/pipe.xml"), "<annotation><size><width>6</width><height>4</height>"
                + "</size></annotation>");
        ImageIO.write(new BufferedImage(6, 4, BufferedImage.TYPE_3BYTE_BGR), "jpg",
                voc.resolve("JPEGImages/pipe.jpg").toFile());
        Files.deleteIfExists(voc.resolve(name));
        assertEquals(0, new ProcessBuilder("mkfifo", voc.resolve(name).toString()).start().waitFor());

        Ran ran = assertTimeoutPreemptively(Duration.ofMinutes(1), () -> Ran.of("evaluate", "--dataset", "voc2012",
                "--data-dir", voc.toString(), "--method", "center", "--metric", "pointing", "--out",
                folder.resolve("out").toString()));

        assertEquals(3, ran.status(), ran.err());
        assertTrue(ran.err().contains(name + " is a pipe or a device") && ran.err().contains("1 skipped"), ran.err());
    }

    @Test
    void theFormerNameOfModelRandomisationStillWorks() throws IOException {
        Ran ran = Ran.of("evaluate", "--limit", "1", "--method", "gradient", "--metric", "sensitivity", "--out",
                folder.toString());

        assertEquals(0, ran.status(), ran.err());
        assertEquals(1, ran.err().lines().filter(line -> line.contains("deprecated: use model-randomisation")).count(),
                ran.err());
        assertTrue(Files.readString(folder.resolve("tables.csv")).contains("model-randomisation,gradient,"));
    }

    @Test
    void aFolderHoldsOneRun() {
        String out = folder.resolve("out").toString();
        assertEquals(0, Ran.of("evaluate", "--limit", "2", "--method", "center", "--out", out).status());

        Ran more = Ran.of("evaluate", "--limit", "2", "--method", "center,grad-cam", "--out", out);
        Ran other = Ran.of("evaluate", "--limit", "2", "--method", "center,grad-cam", "--seed", "1", "--out", out);

        assertEquals(2, more.status(), "the first looked at no model");
        assertEquals(2, other.status());
        assertTrue(other.err().contains("contains a run with seed '0', not '1'"), other.err());
    }

    @Test
    void aRunMayGrowAndShrink() throws IOException {
        String grown = folder.resolve("grown").toString();
        assertEquals(0, Ran.of("evaluate", "--limit", "2", "--method", "grad-cam", "--out", grown).status());
        assertEquals(0, Ran.of("evaluate", "--limit", "5", "--method", "grad-cam,center", "--out", grown).status());
        assertEquals(0, Ran.of("evaluate", "--limit", "5", "--method", "grad-cam,center", "--out",
                folder.resolve("whole").toString()).status());
        String whole = Files.readString(folder.resolve("whole/tables.csv"));
        assertEquals(whole, Files.readString(folder.resolve("grown/tables.csv")));

        assertEquals(0, Ran.of("evaluate", "--limit", "3", "--method", "grad-cam,center", "--out", grown).status());
        assertFalse(whole.equals(Files.readString(folder.resolve("grown/tables.csv"))), "three of the five images");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"--dataset voc2007 | --data-dir", "--dataset nosuch | nosuch",
            "--metric beauty | beauty", "--method magic | magic' is unknown: use all, or some of rsp,",
                    "--method magic:a=1 | grad-cam, center",
        "--limit 0 | --limit 0", "--steps 0 | --steps 0", "--tolerance 0 | --tolerance 0",
        "--smooth much | --smooth much",
                "--fit round | round", "--method , | no method",
        "--dataset coco --data-dir nosuch | nosuch", "--icc sRGB | --icc sRGB: use ignore or apply",
        "--icc apply | the images of scenes have no colour profiles", "--class-map nosuch | nosuch",
        "--difficult nosuch | nosuch"})
    void saysWhatIsWrong(String arguments, String said) {
        List<String> all = new ArrayList<>(List.of("evaluate", "--out", folder.resolve("out").toString()));
        all.addAll(List.of(arguments.split(" ")));

        Ran ran = Ran.of(all.toArray(new String[0]));

        assertEquals(2, ran.status(), ran.err());
        assertTrue(ran.err().contains(said) && ran.err().lines().count() == 1, ran.err());
    }
}
