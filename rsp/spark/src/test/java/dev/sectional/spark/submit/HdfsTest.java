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
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Weights, images, datasets, results and reports in HDFS: as on this machine. {@code .ci/nightly} runs this test. */
@EnabledIfSystemProperty(named = "sectional.nightly", matches = "true")
class HdfsTest {
    private static final Path WEIGHTS = Path.of("../cli/src/test/resources/vgg16-slim.safetensors");
    private static final Path SAMPLES = Path.of("../cli/samples").toAbsolutePath().normalize();
    private static final String CACHE = "sectional.spark.cache";

    @TempDir
    Path folder;
    private MiniDFSCluster cluster;
    private FileSystem files;
    private String hdfs;

    @BeforeEach
    void startHdfs() throws IOException {
        Configuration configuration = new Configuration();
        configuration.set("hdfs.minidfs.basedir", folder.resolve("hdfs").toString());
        cluster = new MiniDFSCluster.Builder(configuration).numDataNodes(1).build();
        files = cluster.getFileSystem();
        hdfs = cluster.getURI().toString();
        System.setProperty("spark.master", "local[2]");
        System.setProperty("spark.ui.enabled", "false");
        System.setProperty(CACHE, folder.resolve("cache").toString());
    }

    @AfterEach
    void stopHdfs() {
        for (String property : List.of("spark.master", "spark.ui.enabled", CACHE)) {
            System.clearProperty(property);
        }
        cluster.shutdown(true);
    }

    @Test
    void explainsInHdfs() throws IOException {
        Path photos = Files.createDirectory(folder.resolve("photos"));
        for (String name : List.of("coffee.png", "chelsea.png")) {
            Files.copy(SAMPLES.resolve(name), photos.resolve(name));
        }
        Files.createFile(photos.resolve("empty.png"));
        put(WEIGHTS, "net.safetensors");
        put(photos, "photos");
        String out = hdfs + "/maps";
        assertEquals(Jobs.INCOMPLETE, Main.run("explain", hdfs + "/photos", "--weights", hdfs + "/net.safetensors",
                "--out", out));
        assertEquals(Jobs.INCOMPLETE, Main.run("explain", hdfs + "/photos", "--weights", hdfs + "/net.safetensors",
                "--out", out), "nothing is left to explain");
        assertEquals(Jobs.INCOMPLETE, Main.run("explain", photos.toString(), "--weights", WEIGHTS.toString(), "--out",
                folder.resolve("maps").toString()));

        List<Row> expected = rows(folder.resolve("maps").toString());
        List<Row> actual = rows(out);
        assertEquals(3, actual.size());
        for (int i = 0; i < actual.size(); i++) {
            assertTrue(actual.get(i).<String>getAs("path").startsWith(hdfs + "/photos/"), actual.toString());
            for (String column : List.of("target", "relevance_sum", "relevance_absolute", "vector_bits")) {
                assertEquals(expected.get(i).<Object>getAs(column), actual.get(i).getAs(column), column);
            }
            assertArrayEquals(expected.get(i).<byte[]>getAs("heatmap"), actual.get(i).<byte[]>getAs("heatmap"));
        }
        assertTrue(SharedFiles.file(hdfs + "/net.safetensors").startsWith(folder.resolve("cache")));
    }

    @Test
    void evaluatesInHdfs() throws IOException {
        Path voc = Files.createDirectories(folder.resolve("voc/VOC2007"));
        SmallVoc.write(voc, 300, 400, "000001", "000002");
        Path map = Files.writeString(folder.resolve("map.txt"), "person\tface\n");
        put(WEIGHTS, "net.safetensors");
        put(folder.resolve("voc"), "voc");
        put(map, "map.txt");

        assertEquals(0, evaluate(hdfs, hdfs + "/net.safetensors"));
        assertEquals(0, evaluate(folder.toString(), WEIGHTS.toString()));

        Path local = folder.resolve("report/tables.csv");
        try (var in = files.open(new org.apache.hadoop.fs.Path("/report/tables.csv"))) {
            assertEquals(Files.readString(local), new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
        assertTrue(files.exists(new org.apache.hadoop.fs.Path("/report/report.html")));
        assertFalse(Arrays.stream(files.listStatus(new org.apache.hadoop.fs.Path("/report")))
                .anyMatch(file -> file.getPath().getName().endsWith(".part")));
    }

    private static int evaluate(String root, String weights) {
        List<String> all = new ArrayList<>(List.of("evaluate", "--dataset", "voc2007", "--data-dir", root + "/voc",
                "--class-map", root + "/map.txt", "--weights", weights));
        all.addAll(List.of("--methods", "gradient,center", "--metric", "pointing", "--out", root + "/measured",
                "--report", root + "/report", "--partitions", "2"));
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
