package dev.sectional.spark.submit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.launcher.JavaModuleOptions;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The jars as spark-submit starts them: what the product needs must come with them, or with Spark. */
class SubmitTest {
    private static final Path WEIGHTS = Path.of("../cli/src/test/resources/vgg16-slim.safetensors")
            .toAbsolutePath().normalize();
    private static final Path SAMPLES = Path.of("../cli/samples").toAbsolutePath().normalize();

    @TempDir
    private Path folder;

    private record Ended(int status, String out, String err) {
    }

    @Test
    void explainsAFolder() throws Exception {
        Path images = Files.createDirectories(folder.resolve("images/deeper"));
        Files.copy(WEIGHTS.resolveSibling("face.png"), images.resolve("face.png"));
        Files.copy(SAMPLES.resolve("coffee.png"), images.getParent().resolve("coffee.png"));
        Files.writeString(images.resolve("broken.png"), "no image");
        Path out = folder.resolve("maps");
        Ended ended = submit("explain", images.getParent().toString(), "--weights", WEIGHTS.getFileName().toString(),
                "--out", out.toString());
        assertEquals(Jobs.INCOMPLETE, ended.status, ended.err);
        assertTrue(ended.out.contains("2 images explained, 1 failed"), ended.out);
        assertTrue(Pattern.compile("this job: 3 images, each [0-9.]*[1-9][0-9.]* s of a core and [0-9.]*[1-9][0-9.]* s "
                + "of its processor time").matcher(ended.out).find(), ended.out);
        assertTrue(ended.err.contains("\"rows\": 3, "), ended.err);
        assertTrue(ended.err.contains("broken.png is not an image"), ended.err);
        assertTrue(ended.err.contains("{\"event\": \"progress\", \"job\": \"sectional explain\", \"stage\": "),
                ended.err);
        assertTrue(ended.err.contains("simd"), "Spark's own options bring the vector module: " + ended.err);
        assertTrue(Files.exists(out.resolve("_SUCCESS")));
    }

    /** Cameras start the names of photos with an underscore; Spark and others, those of their own files. */
    @Test
    void listsPhotosWhoseNamesStartWithAnUnderscore() throws IOException {
        Path deeper = Files.createDirectories(folder.resolve("images/deeper"));
        Path temporary = Files.createDirectories(folder.resolve("images/_temporary"));
        for (Path file : List.of(deeper.resolve("_DSC0001.JPG"), deeper.resolve("b.png"), deeper.resolve("_SUCCESS"),
                deeper.resolve(".c.png"), deeper.resolve("._d.png"), temporary.resolve("e.png"),
                temporary.resolve("_f.png"))) {
            Files.createFile(file);
        }
        List<String> names = ImageFiles.list(List.of(folder.resolve("images").toString()), new Configuration());
        assertEquals(List.of("_DSC0001.JPG", "b.png"), names.stream().map(name -> new File(name).getName()).toList());
    }

    /** Without spark-submit, which takes seconds to start. */
    @Test
    void saysInOneLineWhatIsWrong() throws IOException {
        PrintStream before = System.err;
        ByteArrayOutputStream caught = new ByteArrayOutputStream();
        System.setErr(new PrintStream(caught, true, StandardCharsets.UTF_8));
        System.setProperty("spark.master", "local[1]");
        try {
            Path out = folder.resolve("maps");
            assertEquals(2, Main.run("explain", SAMPLES.toString(), "--weights", "nowhere.safetensors", "--out",
                    out.toString()));
            assertSays(caught, "there is no file nowhere.safetensors");
            assertFalse(Files.exists(out.resolve("_SUCCESS")));
            assertEquals(2, Main.run("explain", folder.resolve("none").toString(), "--weights", WEIGHTS.toString(),
                    "--out", out.toString()));
            assertSays(caught, "there is no file or folder");
            Path none = Files.writeString(folder.resolve("none.safetensors"), "no network");
            assertEquals(2, Main.run("explain", SAMPLES.toString(), "--weights", none.toString(), "--out",
                    out.toString()));
            assertSays(caught, "cannot read " + none);
            assertEquals(2, Main.run("explain", SAMPLES.toString(), "--weights", WEIGHTS.toString(), "--out",
                    folder.toString()));
            assertSays(caught, "--out " + folder + " contains");
            assertEquals(2, Main.run("explain", SAMPLES.toString(), "--weights", WEIGHTS.toString(), "--out",
                    out.toString(), "--method", "tea"));
            assertSays(caught, "method 'tea' is unknown");
            Path empty = Files.createDirectory(folder.resolve("empty"));
            assertEquals(2, Main.run("explain", empty.toString(), "--weights", WEIGHTS.toString(), "--out",
                    out.toString()));
            assertSays(caught, "there are no files in " + empty);
            assertEquals(2, Main.run("evaluate", "--dataset", "voc2007", "--data-dir", "nosuch://host/voc", "--weights",
                    WEIGHTS.toString(), "--out", out.toString()));
            assertSays(caught, "cannot use nosuch://host/voc");
            assertEquals(2, Main.run("evaluate", "--methods", "center", "--weights", WEIGHTS.toString(), "--out",
                    out.toString()));
            assertSays(caught, "--weights " + WEIGHTS + ": no method that is chosen needs a model");
            assertEquals(2, Main.run("evaluate", "--metric", "miou", "--steps", "5", "--out", out.toString()));
            assertSays(caught, "--steps 5: only the metric insertion or deletion uses it");
        } finally {
            System.clearProperty("spark.master");
            System.setErr(before);
        }
    }

    /** Options are those of sectional evaluate; rows of others are refused. */
    @Test
    void evaluatesWithTheOptionsOfTheCommandLine() throws IOException {
        Path out = folder.resolve("measured");
        List<String> job = List.of("evaluate", "--dataset", "scenes", "--limit", "2", "--methods", "gradient",
                "--metric", "deletion", "--out", out.toString());
        System.setProperty("spark.master", "local[1]");
        try {
            assertEquals(0, Main.run(with(job, "--steps", "3")));
            assertTrue(Files.readString(out.resolve("_sectional.json")).contains("\"deletion steps\": \"3\""));
            assertEquals(2, Main.run(with(job, "--steps", "4")));
            assertEquals(2, Main.run(with(job, "--steps", "0")));
            assertEquals(2, Main.run(with(job, "--steps", "3", "--icc", "apply")), "scenes have no profiles");
            assertEquals(0, Main.run(with(job, "--steps", "3", "--icc", "ignore")));
        } finally {
            System.clearProperty("spark.master");
        }
    }

    private static String[] with(List<String> job, String... more) {
        return Stream.concat(job.stream(), Stream.of(more)).toArray(String[]::new);
    }

    /** The folder of a failed job does not block the next one, and a job resumes by what its folder contains. */
    @Test
    void resumesByWhatTheFolderContains() throws Exception {
        Path images = Files.createDirectories(folder.resolve("images"));
        Files.copy(SAMPLES.resolve("coffee.png"), images.resolve("coffee.png"));
        Files.createFile(images.resolve("empty.png"));
        Path out = folder.resolve("maps");
        Path broken = Files.writeString(folder.resolve("broken.safetensors"), "no network");
        System.setProperty("spark.master", "local[2]");
        try {
            assertEquals(2, Main.run(explain(images, broken, out)));
            assertEquals(Jobs.INCOMPLETE, Main.run(explain(images, WEIGHTS, out)));
            List<String> first = parts(out);
            assertFalse(first.isEmpty());
            Files.copy(WEIGHTS.resolveSibling("face.png"), images.resolve("face.png"));
            assertEquals(Jobs.INCOMPLETE, Main.run(explain(images, WEIGHTS, out)));
            List<String> second = parts(out);
            assertTrue(second.size() > first.size() && second.containsAll(first), first + ", " + second);
            assertEquals(Jobs.INCOMPLETE, Main.run(explain(images, WEIGHTS, out)));
            assertEquals(second, parts(out), "nothing is left to explain");
            assertEquals(2, Main.run(explain(images, WEIGHTS, out, "--target", "top2")));
        } finally {
            System.clearProperty("spark.master");
        }
        try (SparkSession session = SparkSession.builder().master("local[1]").config("spark.ui.enabled", false)
                .getOrCreate()) {
            List<Row> rows = session.read().parquet(out.toString()).select("path", "error").sort("path")
                    .collectAsList();
            assertEquals(3, rows.size(), rows.toString());
            assertTrue(rows.get(1).getString(1).endsWith("empty.png is empty: replace it"), rows.toString());
        }
    }

    private static String[] explain(Path images, Path weights, Path out, String... more) {
        List<String> all = new ArrayList<>(List.of("explain", images.toString(), "--weights", weights.toString(),
                "--out", out.toString()));
        all.addAll(List.of(more));
        return all.toArray(new String[0]);
    }

    private static List<String> parts(Path out) throws IOException {
        try (Stream<Path> files = Files.list(out)) {
            return files.map(file -> file.getFileName().toString()).filter(name -> name.startsWith("part-")).sorted()
                    .toList();
        }
    }

    @Test
    void estimatesTimeAndPrice() {
        PrintStream before = System.out;
        ByteArrayOutputStream caught = new ByteArrayOutputStream();
        System.setOut(new PrintStream(caught, true, StandardCharsets.UTF_8));
        try {
            assertEquals(0, Main.run("estimate", "--core-seconds", "0.36", "--price", "0.05"));
            assertEquals(2, Main.run("estimate", "--core-seconds", "0"));
        } finally {
            System.setOut(before);
        }
        assertEquals("1000000 images x 0.36 s = 100.0 core hours; on 100 cores 1.02 h with 60 s of starting\n"
                + "paid: 101.7 core hours x 0.05 = 5.08\n", caught.toString(StandardCharsets.UTF_8));
    }

    @Test
    void findsTheLineOfAnotherJvm() {
        assertEquals("there is no file a: put it there", Main.wrongInput(new IllegalStateException("Job aborted:"
                + " Lost task 0.3 (executor 1): dev.sectional.core.InputException: there is no file a: put it "
                        + "there\n\tat x")));
        assertNull(Main.wrongInput(new IllegalStateException("else")));
    }

    private static void assertSays(ByteArrayOutputStream caught, String start) {
        String err = caught.toString(StandardCharsets.UTF_8);
        assertEquals(1, err.lines().filter(line -> line.startsWith(start)).count(), err);
    }

    private Ended submit(String... arguments) throws IOException, InterruptedException {
        List<String> own = new ArrayList<>();
        List<String> others = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (!entry.endsWith("test-classes") && !entry.contains("minicluster")) {
                (Path.of(entry).getFileName().toString().startsWith("sectional-")
                        || entry.endsWith(Path.of("target", "classes").toString()) ? own : others).add(entry);
            }
        }
        List<String> jars = own.stream().map(this::jar).toList();
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java")
                .toString()));
        command.addAll(Arrays.asList(JavaModuleOptions.defaultModuleOptionArray()));
        command.addAll(List.of("-Xmx1g", "-cp", String.join(File.pathSeparator, others),
                "org.apache.spark.deploy.SparkSubmit",
                "--master", "local[2]", "--conf", "spark.ui.enabled=false", "--conf", "spark.driver.host=127.0.0.1",
                "--files", WEIGHTS.toString(), "--jars", String.join(",", jars), "--class",
                        "dev.sectional.spark.submit.Main", jars.get(0)));
        command.addAll(Arrays.asList(arguments));
        Path out = folder.resolve("out.txt");
        Path err = folder.resolve("err.txt");
        Process process = new ProcessBuilder(command).directory(folder.toFile()).redirectOutput(out.toFile())
                .redirectError(err.toFile()).start();
        if (!process.waitFor(5, TimeUnit.MINUTES)) {
            process.destroyForcibly();
        }
        return new Ended(process.waitFor(), Files.readString(out), Files.readString(err));
    }

    /** Spark takes jars alone, and before packaging a module is a folder. */
    private String jar(String entry) {
        Path classes = Path.of(entry);
        if (!Files.isDirectory(classes)) {
            return entry;
        }
        Path jar = folder.resolve(classes.toString().replaceAll("\\W+", "-") + ".jar");
        try (OutputStream out = Files.newOutputStream(jar); ZipOutputStream zip =
                new ZipOutputStream(out); Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(Files::isRegularFile).collect(Collectors.toList())) {
                zip.putNextEntry(new ZipEntry(classes.relativize(file).toString().replace(File.separatorChar, '/')));
                Files.copy(file, zip);
                zip.closeEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return jar.toString();
    }
}
