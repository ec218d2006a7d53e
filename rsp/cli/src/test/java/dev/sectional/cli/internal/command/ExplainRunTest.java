package dev.sectional.cli.internal.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Tensor;
import dev.sectional.images.Image;
import dev.sectional.images.ImageFile;
import dev.sectional.images.files.Npy;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs of {@code explain} over folders, scales, and standard input and output. */
class ExplainRunTest {
    @TempDir
    Path folder;
    private Path images;
    private Path out;

    @BeforeEach
    void writeImages() throws IOException {
        images = Files.createDirectories(folder.resolve("images/deeper")).getParent();
        out = folder.resolve("out");
        Files.copy(Path.of(Ran.FACE), images.resolve("a.png"));
        Files.copy(Path.of(Ran.FACE), images.resolve("deeper/a.png"));
        Files.writeString(images.resolve("broken.png"), "no image");
    }

    private List<String> written() throws IOException {
        try (Stream<Path> files = Files.walk(out)) {
            return files.filter(Files::isRegularFile).map(file -> out.relativize(file).toString()).sorted().toList();
        }
    }

    @Test
    void skipsABadImageAndCountsIt() throws IOException {
        Ran ran = Ran.withSlim("explain", images.toString(), "--recursive", "--json", "--out", out.toString());

        assertEquals(3, ran.status(), ran.err());
        assertEquals(List.of("a.rsp.png", "deeper/a.rsp.png"), written());
        assertEquals(3, ran.lines().size());
        assertTrue(ran.lines().get(1).contains("broken.png\",\"error\":\""), ran.out());
        assertTrue(ran.err().contains("skipped: " + images.resolve("broken.png")), ran.err());
        assertTrue(ran.err().contains("2 images in") && ran.err().contains("1 skipped"), ran.err());
    }

    /** The reason alone was said, of an image that nobody could find among many. */
    @Test
    void aSkippedImageIsNamed() throws IOException {
        Path line = images.resolve("line.png");
        ImageIO.write(new BufferedImage(70000, 1, BufferedImage.TYPE_BYTE_GRAY), "png", line.toFile());
        Ran ran = Ran.withSlim("explain", line.toString(), images.resolve("a.png").toString(), "--fit", "crop",
                "--panel", "none");
        assertTrue(ran.status() == 3 && ran.err().contains("skipped: " + line + ": an image of 70000 x 1 pixels"),
                ran.err());
    }

    /** An empty file, a missing one and an empty folder are bad images like any other. */
    @Test
    void skipsWhateverHoldsNoImage() throws IOException {
        Path empty = Files.createFile(images.resolve("empty.png"));
        Path none = Files.createDirectory(folder.resolve("none"));
        Ran ran = Ran.withSlim("explain", empty.toString(), none.toString(), images.resolve("missing.png").toString(),
                images.resolve("a.png").toString(), images.resolve("deeper/a.png").toString(), "--json", "--panel",
                "none");
        assertEquals(3, ran.status(), ran.err());
        assertEquals(5, ran.lines().size());
        assertEquals(3, ran.lines().stream().filter(line -> line.contains("\"error\":")).count());
        assertTrue(ran.err().contains("skipped: " + empty + " is empty: check the file"), ran.err());
        assertTrue(ran.err().contains("skipped: the folder " + none + " holds no image"), ran.err());
        assertTrue(ran.err().contains("2 images in") && ran.err().contains("3 skipped"), ran.err());
        for (Path alone : List.of(empty, none)) {
            assertEquals(2, Ran.withSlim("explain", alone.toString(), "--panel", "none", "--json").status());
        }
    }

    /** An array was replaced by its relevance, and logits by relevance, without a word. */
    @Test
    void resultsReplaceNoImageOfTheRun() throws IOException {
        String pattern = folder.resolve("{image}.npy").toString();
        String photo = images.resolve("a.png").toString();
        Ran twice = Ran.withSlim("explain", photo, "--panel", "none", "--save-relevance", pattern, "--save-logits",
                pattern);
        assertTrue(twice.status() == 2 && twice.err().contains("a.npy: two results would go into this file"),
                twice.err());
        assertFalse(Files.exists(folder.resolve("a.npy")));
        assertEquals(0, Ran.withSlim("explain", photo, "--panel", "none", "--save-relevance", pattern).status());
        Ran large = Ran.withSlim("explain", folder.resolve("a.npy").toString(), "--panel", "none");
        assertTrue(large.status() == 2 && large.err().contains("a.npy: the image holds values up to"), large.err());
        Tensor zeros = Tensor.zeros(Npy.readImage(folder.resolve("a.npy")).shape());
        try (OutputStream to = Files.newOutputStream(folder.resolve("a.npy"))) {
            Npy.write(to, zeros);
        }
        byte[] array = Files.readAllBytes(folder.resolve("a.npy"));

        Ran ran = Ran.withSlim("explain", folder.resolve("a.npy").toString(), "--panel", "none", "--save-relevance",
                pattern);

        assertTrue(ran.status() == 2 && ran.err().contains("a.npy is an image of this run, which its result"),
                ran.err());
        assertArrayEquals(array, Files.readAllBytes(folder.resolve("a.npy")));
    }

    @Test
    void verifiesTheImagesThatCanBeRead() throws IOException {
        Ran ran = Ran.withSlim("verify", images.resolve("broken.png").toString(), images.resolve("a.png").toString(),
                "--json");
        assertEquals(3, ran.status(), ran.err());
        assertTrue(ran.lines().get(0).contains("broken.png\",\"error\":\""), ran.out());
        for (String line : ran.lines().subList(1, ran.lines().size())) {
            assertTrue(line.startsWith("{\"schema\":1,") && line.contains("\"conserves\":true,"), line);
        }
        for (String check : List.of("explanation", "method", "rule")) {
            assertTrue(ran.out().contains("\"check\":\"" + check + "\""), check);
        }
        assertTrue(ran.lines().get(1).contains("\"label\":\"face\"") && ran.out().contains("\"scales\":true"),
                ran.lines().get(1));
        assertTrue(ran.err().contains("all properties hold, 1 skipped"), ran.err());
    }

    @Test
    void stopsAtABadImageIfItIsTold() throws IOException {
        Ran ran = Ran.withSlim("explain", images.toString(), "--on-error", "fail", "--out", out.toString());
        assertEquals(2, ran.status(), ran.err());
        assertEquals(List.of("a.rsp.png"), written());
        assertEquals(2, Ran.withSlim("explain", images.resolve("broken.png").toString(), "--out", out.toString())
                .status(), "a single image that fails is wrong input");
    }

    /** A result is written while the next image is explained: what fails there is still counted, and in its place. */
    @Test
    void aResultThatCannotBeWrittenIsCountedInItsPlace() throws IOException {
        Files.copy(Path.of(Ran.FACE), images.resolve("c.png"));
        Files.createDirectories(out.resolve("a.rsp.png/in the way"));
        Ran ran = Ran.withSlim("explain", images.toString(), "--json", "--out", out.toString());

        assertEquals(3, ran.status(), ran.err());
        assertEquals(3, ran.lines().size(), ran.out());
        assertTrue(ran.lines().get(0).contains("a.png\",\"error\":\""), ran.out());
        assertTrue(ran.lines().get(1).contains("broken.png\",\"error\":\""), ran.out());
        assertFalse(ran.lines().get(2).contains("error"), ran.out());
        assertTrue(ran.err().contains("1 image in") && ran.err().contains("2 skipped"), ran.err());
        assertEquals(List.of("c.rsp.png"), written());
        assertEquals(2, Ran.withSlim("explain", images.toString(), "--on-error", "fail", "--out", out.toString())
                .status());
    }

    /** After the first image, threads explain several at once: results keep their order and bytes. */
    @Test
    void severalThreadsGiveTheResultsOfOneInTheirOrder() throws IOException {
        List<Path> samples = List.of(Path.of(Ran.FACE), Path.of("samples/coffee.png"));
        for (int i = 0; i < 3; i++) {
            Files.copy(samples.get(i % 2), images.resolve("c" + i + ".png"));
        }
        byte[][] alone = null;
        for (String threads : List.of("1", "3")) {
            Ran ran = Ran.withSlim("explain", images.toString(), "--json", "--panel", "none", "--threads", threads,
                    "--method", "gradient", "--save-relevance", folder.resolve("{image}.npy").toString());
            assertEquals(3, ran.status(), ran.err());
            List<String> names = List.of("a.png", "broken.png", "c0.png", "c1.png", "c2.png");
            assertEquals(names.size(), ran.lines().size(), ran.out());
            for (int i = 0; i < names.size(); i++) {
                assertTrue(ran.lines().get(i).contains(names.get(i)), ran.out());
            }
            byte[][] relevance = {Files.readAllBytes(folder.resolve("a.npy")), Files.readAllBytes(
                    folder.resolve("c1.npy")), Files.readAllBytes(folder.resolve("c2.npy"))};
            alone = alone == null ? relevance : alone;
            assertArrayEquals(alone, relevance);
        }
    }

    /** What no image can satisfy ends the run at once. */
    @Test
    void stopsAtATargetThatTheNetworkLacks() {
        Ran ran = Ran.withSlim("explain", images.toString(), "--target", "zebra", "--out", out.toString());
        assertEquals(2, ran.status(), ran.err());
        assertEquals(1, ran.err().lines().count(), ran.err());
    }

    /** The same scale for all images, the weaker map of which is not drawn at full strength then. */
    @Test
    void oneScalePerRun() throws IOException {
        Files.delete(images.resolve("broken.png"));
        Files.copy(Path.of("samples/coffee.png"), images.resolve("b.png"));
        Ran each = Ran.withSlim("explain", images.toString(), "--json", "--panel", "none");
        Ran run = Ran.withSlim("explain", images.toString(), "--json", "--scale", "run", "--out", out.toString());
        Ran value = Ran.withSlim("explain", images.toString(), "--json", "--panel", "none", "--scale", "0.25");

        assertEquals(0, run.status(), run.err());
        assertNotEquals(scale(each.lines().get(0)), scale(each.lines().get(1)));
        assertEquals(scale(run.lines().get(0)), scale(run.lines().get(1)));
        assertTrue(run.lines().get(0).contains("\"kind\":\"run\""), run.out());
        assertEquals("0.25", scale(value.lines().get(1)));
        assertFalse(value.out().contains("percentile"), value.out());
        assertEquals(List.of("a.rsp.png", "b.rsp.png"), written());
    }

    private static String scale(String json) {
        return json.replaceFirst(".*\"value\":([^,}]*).*", "$1");
    }

    @Test
    void readsStandardInputAndWritesStandardOutput() throws IOException {
        byte[] photo = Files.readAllBytes(Path.of(Ran.FACE));
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(photo));
        try {
            byte[][] result = new byte[1][];
            Ran ran = Ran.bytes(result, "explain", "-", "--weights", Ran.SLIM, "--out", "-");
            assertEquals(0, ran.status(), ran.err());
            Image figure = ImageFile.read("figure.png", result[0]);
            assertTrue(figure.width() > 3 * 256 && figure.height() > 256, figure.width() + "x" + figure.height());
        } finally {
            System.setIn(before);
        }
    }

    @Test
    void everyFitGivesAMapOfItsOwn() throws IOException {
        for (String fit : List.of("squash", "crop", "pad", "torchray")) {
            Ran ran = Ran.withSlim("explain", "samples/coffee.png", "--fit", fit, "--json", "--out", out.toString(),
                    "--save-relevance", out.resolve(fit + ".npy").toString());
            assertEquals(0, ran.status(), ran.err());
            assertTrue(ran.out().contains("\"fit\":\"" + fit + "\""), ran.out());
        }
        assertEquals(4, Stream.of("squash", "crop", "pad", "torchray").map(fit -> {
            try {
                return List.of(Files.readAllBytes(out.resolve(fit + ".npy"))).hashCode() + Files.size(out.resolve(fit
                        + ".npy"));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }).distinct().count());
    }

    @Test
    void appliesColourProfilesOnRequest() {
        String image = "../images/src/test/resources/dev/sectional/images/formats/profile.png";
        Ran ignored = Ran.withSlim("explain", image, "--panel", "none", "--json", "--target", "0");
        Ran applied = Ran.withSlim("explain", image, "--panel", "none", "--json", "--target", "0", "--icc", "apply");
        assertTrue(ignored.out().contains("\"icc\":\"ignore\""), ignored.out() + ignored.err());
        assertTrue(applied.out().contains("\"icc\":\"apply\""), applied.out() + applied.err());
        assertNotEquals(logit(ignored), logit(applied));
    }

    /** What the figure's caption says of the photo stands in the objects for programs, too. */
    @Test
    void jsonNotesWhatTheNetworkDidNotSee() throws IOException {
        BufferedImage clear = new BufferedImage(8, 8, BufferedImage.TYPE_INT_ARGB);
        Path file = folder.resolve("clear.png");
        ImageIO.write(clear, "png", file.toFile());
        Ran ran = Ran.withSlim("explain", file.toString(), Ran.FACE, "--json", "--panel", "none");
        assertEquals(0, ran.status(), ran.err());
        assertTrue(ran.lines().get(0).contains("\"notes\":[\"the photo as the network saw it: transparency ignored\"]"),
                ran.out());
        assertTrue(ran.lines().get(1).contains("\"notes\":[]"), ran.out());
    }

    private static String logit(Ran ran) {
        return ran.out().replaceAll("(?s).*\"logit\":([^,]+),.*", "$1");
    }
}
