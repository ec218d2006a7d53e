package dev.sectional.spark.submit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.spark.SmallVoc;
import dev.sectional.spark.internal.SharedFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Weights, images, datasets, results and reports in a Hadoop file system: as on this machine. */
abstract class RemoteStorage {
    private static final Path WEIGHTS = Path.of("../cli/src/test/resources/vgg16-slim.safetensors");
    private static final Path SAMPLES = Path.of("../cli/samples").toAbsolutePath().normalize();
    private static final String CACHE = "sectional.spark.cache";

    @TempDir
    Path folder;
    private FileSystem files;
    private String root;

    /** Starts the file system; Spark finds it by system properties. */
    abstract FileSystem start(Path work) throws IOException;

    /** Stops it and removes its system properties. */
    abstract void stop();

    @BeforeEach
    void startStorage() throws IOException {
        files = start(folder.resolve("storage"));
        root = files.getUri().toString();
        System.setProperty("spark.master", "local[2]");
        System.setProperty("spark.ui.enabled", "false");
        System.setProperty(CACHE, folder.resolve("cache").toString());
    }

    @AfterEach
    void stopStorage() {
        for (String property : List.of("spark.master", "spark.ui.enabled", CACHE)) {
            System.clearProperty(property);
        }
        stop();
    }

    @Test
    void explains() throws IOException {
        Path photos = Files.createDirectory(folder.resolve("photos"));
        for (String name : List.of("coffee.png", "chelsea.png")) {
            Files.copy(SAMPLES.resolve(name), photos.resolve(name));
        }
        Files.createFile(photos.resolve("empty.png"));
        put(WEIGHTS, "net.safetensors");
        put(photos, "photos");
        String out = root + "/maps";
        assertEquals(Jobs.INCOMPLETE, Main.run("explain", root + "/photos", "--weights", root + "/net.safetensors",
                "--out", out));
        assertEquals(Jobs.INCOMPLETE, Main.run("explain", root + "/photos", "--weights", root + "/net.safetensors",
                "--out", out), "nothing is left to explain");
        assertEquals(Jobs.INCOMPLETE, Main.run("explain", photos.toString(), "--weights", WEIGHTS.toString(), "--out",
                folder.resolve("maps").toString()));

        List<Row> expected = rows(folder.resolve("maps").toString());
        List<Row> actual = rows(out);
        assertEquals(3, actual.size());
        for (int i = 0; i < actual.size(); i++) {
            assertTrue(actual.get(i).<String>getAs("path").startsWith(root + "/photos/"), actual.toString());
            for (String column : List.of("target", "relevance_sum", "relevance_absolute", "vector_bits")) {
                assertEquals(expected.get(i).<Object>getAs(column), actual.get(i).getAs(column), column);
            }
            assertArrayEquals(expected.get(i).<byte[]>getAs("heatmap"), actual.get(i).<byte[]>getAs("heatmap"));
        }
        assertTrue(SharedFiles.file(root + "/net.safetensors").startsWith(folder.resolve("cache")));
    }

    @Test
    void evaluates() throws IOException {
        Path voc = Files.createDirectories(folder.resolve("voc/VOC2007"));
        SmallVoc.write(voc, 300, 400, "000001", "000002");
        Path map = Files.writeString(folder.resolve("map.txt"), "person\tface\n");
        put(WEIGHTS, "net.safetensors");
        put(folder.resolve("voc"), "voc");
        put(map, "map.txt");

        assertEquals(0, evaluate(root, root + "/net.safetensors"));
        assertEquals(0, evaluate(folder.toString(), WEIGHTS.toString()));

        Path local = folder.resolve("report/tables.csv");
        try (var in = files.open(new org.apache.hadoop.fs.Path("/report/tables.csv"))) {
            assertEquals(Files.readString(local), new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
        assertTrue(files.exists(new org.apache.hadoop.fs.Path("/report/report.html")));
        assertFalse(Arrays.stream(files.listStatus(new org.apache.hadoop.fs.Path("/report")))
                .anyMatch(file -> file.getPath().getName().endsWith(".part")));
    }

    private static int evaluate(String at, String weights) {
        List<String> all = new ArrayList<>(List.of("evaluate", "--dataset", "voc2007", "--data-dir", at + "/voc",
                "--class-map", at + "/map.txt", "--weights", weights));
        all.addAll(List.of("--methods", "gradient,center", "--metric", "pointing", "--out", at + "/measured",
                "--report", at + "/report", "--partitions", "2"));
        return Main.run(all.toArray(new String[0]));
    }

    private void put(Path local, String name) throws IOException {
        files.copyFromLocalFile(new org.apache.hadoop.fs.Path(local.toUri()),
                new org.apache.hadoop.fs.Path("/" + name));
    }

    private static List<Row> rows(String out) throws IOException {
        try (SparkSession session = SparkSession.builder().getOrCreate()) {
            return session.read().parquet(out).sort("path").collectAsList();
        }
    }
}
