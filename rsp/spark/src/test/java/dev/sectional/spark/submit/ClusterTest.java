package dev.sectional.spark.submit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.launcher.JavaModuleOptions;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * A standalone cluster of one master and two workers on loopback, and the shaded jar as {@code spark-submit} starts it.
 * The jar must have been packaged. {@code .ci/nightly} runs this test.
 */
@EnabledIfSystemProperty(named = "sectional.nightly", matches = "true")
class ClusterTest {
    private static final Path JAR = Path.of("target/sectional-spark-all.jar").toAbsolutePath();
    private static final Path WEIGHTS = Path.of("../cli/src/test/resources/vgg16-slim.safetensors").toAbsolutePath()
            .normalize();
    private static final Path SAMPLES = Path.of("../cli/samples").toAbsolutePath().normalize();
    private static final int COPIES = 20;
    /** Jars that Spark does not bring. */
    private static final Pattern OTHERS = Pattern.compile("sectional-|picocli-|hadoop-client-minicluster-");

    @TempDir
    Path folder;
    private final List<Process> processes = new ArrayList<>();
    private Path images;
    private String master;

    @BeforeEach
    void startCluster() throws Exception {
        Path jars = Files.createDirectories(folder.resolve("spark/jars"));
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path jar = Path.of(entry);
            if (entry.endsWith(".jar") && !OTHERS.matcher(jar.getFileName().toString()).lookingAt()) {
                Files.createSymbolicLink(jars.resolve(jar.getFileName()), jar);
            }
        }
        Path log = start("master", "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", "0",
                "--webui-port", "0");
        Matcher address = await(log, Pattern.compile("Starting Spark master at (spark://\\S+)"));
        master = address.group(1);
        for (String worker : List.of("one", "two")) {
            start(worker, "org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", "--webui-port", "0", "-c",
                    "1", "-m", "1g", "-d", folder.resolve(worker).toString(), master);
        }
        images = Files.createDirectories(folder.resolve("images"));
        for (int i = 0; i < COPIES; i++) {
            Files.copy(SAMPLES.resolve("coffee.png"), images.resolve(i + ".png"));
        }
        Files.writeString(images.resolve("corrupt.png"), "no image");
        Files.createFile(images.resolve("empty.png"));
    }

    @AfterEach
    void stopCluster() throws InterruptedException {
        for (Process process : processes) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    void equalsOneMachineWithCorruptAndEmptyImages() throws Exception {
        Path local = folder.resolve("local");
        Path cluster = folder.resolve("cluster");
        submitted("local[2]", folder, WEIGHTS.toString(), local, Jobs.INCOMPLETE);
        submitted(master, folder, WEIGHTS.toString(), cluster, Jobs.INCOMPLETE);

        List<Row> expected = rows(local);
        List<Row> actual = rows(cluster);
        assertEquals(COPIES + 2, actual.size());
        for (int i = 0; i < actual.size(); i++) {
            for (String column : List.of("path", "target", "relevance_sum", "relevance_absolute", "provider",
                    "vector_bits", "version", "error")) {
                assertEquals(expected.get(i).<Object>getAs(column), actual.get(i).getAs(column), column);
            }
            assertArrayEquals(expected.get(i).<byte[]>getAs("heatmap"), actual.get(i).<byte[]>getAs("heatmap"));
        }
        assertTrue(actual.get(0).<String>getAs("version").matches("\\d+\\.\\d+\\.\\d+.*"), actual.get(0).toString());
        assertEquals(2, actual.stream().filter(row -> row.<String>getAs("error") != null).count());
    }

    /** The weights lie two folders above the working folder of the driver and of the executors of a worker. */
    @Test
    void aNodeWithoutTheWeightsFailsOver() throws Exception {
        Path driver = Files.createDirectories(folder.resolve("driver/a/b"));
        Files.copy(WEIGHTS, folder.resolve("driver/net.safetensors"));
        String weights = "/proc/self/cwd/../../net.safetensors";
        Path out = folder.resolve("out");
        String none = submitted(master, driver, weights, out, 2);
        assertEquals(1, none.lines().filter(line -> line.startsWith("there is no file " + weights)).count(), none);

        Files.copy(WEIGHTS, Files.createDirectories(folder.resolve("one")).resolve("net.safetensors"));
        String one = submitted(master, driver, weights, out, Jobs.INCOMPLETE);
        assertTrue(one.contains("InputException: there is no file " + weights), one);
        assertEquals(COPIES + 2, rows(out).size());

        byte[] other = Files.readAllBytes(WEIGHTS);
        other[other.length - 1]++;
        Files.write(folder.resolve("two/net.safetensors"), other);
        Path second = folder.resolve("second");
        String differs = submitted(master, driver, weights, second, Jobs.INCOMPLETE);
        assertTrue(differs.contains(", those of the driver net.safetensors, "), differs);
        assertEquals(COPIES + 2, rows(second).size());
    }

    @Test
    void aKilledExecutorIsReplaced() throws Exception {
        Path out = folder.resolve("out");
        Path log = folder.resolve("submit.log");
        Process process = submit(master, folder, log, WEIGHTS.toString(), out);
        while (process.isAlive() && parts(out) == 0) {
            Thread.sleep(20);
        }
        Process worker = processes.get(1);
        worker.descendants()
                .filter(each -> each.info().commandLine().orElse("").contains("CoarseGrainedExecutorBackend"))
                .forEach(ProcessHandle::destroyForcibly);
        assertTrue(process.waitFor(10, TimeUnit.MINUTES), "it ends");

        assertEquals(Jobs.INCOMPLETE, process.exitValue(), Files.readString(log));
        assertEquals(COPIES + 2, rows(out).size());
    }

    private static long parts(Path out) throws IOException {
        if (!Files.isDirectory(out)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(out)) {
            return files.filter(file -> file.getFileName().toString().startsWith("part-")).count();
        }
    }

    /** Returns the log of a job, after it has ended with the status. */
    private String submitted(String on, Path directory, String weights, Path out, int status) throws Exception {
        Path log = folder.resolve(out.getFileName() + ".log");
        Process process = submit(on, directory, log, weights, out);
        assertTrue(process.waitFor(10, TimeUnit.MINUTES), "it ends");
        String text = Files.readString(log);
        assertEquals(status, process.exitValue(), text);
        return text;
    }

    private Process submit(String on, Path directory, Path log, String weights, Path out) throws IOException {
        return process(directory, log, "org.apache.spark.deploy.SparkSubmit", "--master", on, "--conf",
                "spark.ui.enabled=false", "--conf", "spark.driver.host=127.0.0.1", "--conf",
                "spark.executor.memory=900m", JAR.toString(), "explain", images.toString(), "--weights", weights,
                        "--out",
                out.toString(), "--partitions", "22");
    }

    private static List<Row> rows(Path out) throws IOException {
        try (SparkSession session = SparkSession.builder().master("local[1]").config("spark.ui.enabled", false)
                .config("spark.driver.host", "127.0.0.1").getOrCreate()) {
            return session.read().parquet(out.toString()).sort("path").collectAsList();
        }
    }

    private Path start(String name, String... command) throws IOException {
        Path log = folder.resolve(name + ".log");
        processes.add(process(folder, log, command));
        return log;
    }

    private Process process(Path directory, Path log, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java")
                .toString()));
        command.addAll(Arrays.asList(JavaModuleOptions.defaultModuleOptionArray()));
        command.addAll(List.of("-Xmx600m", "-cp", folder.resolve("spark/jars") + "/*"));
        command.addAll(Arrays.asList(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("SPARK_HOME", folder.resolve("spark").toString());
        builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("SPARK_SCALA_VERSION", "2.13");
        return builder.start();
    }

    private static Matcher await(Path log, Pattern pattern) throws Exception {
        for (int i = 0; i < 1800; i++) {
            Matcher matcher = pattern.matcher(Files.readString(log, StandardCharsets.UTF_8));
            if (matcher.find()) {
                return matcher;
            }
            Thread.sleep(100);
        }
        throw new AssertionError("no line '" + pattern + "': " + Files.readString(log));
    }
}
