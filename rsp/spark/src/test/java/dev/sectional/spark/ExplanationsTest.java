package dev.sectional.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.image.Heatmap;
import dev.sectional.attribution.image.PngWriter;
import dev.sectional.attribution.method.Rsp;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.io.SafetensorsWriter;
import dev.sectional.evaluation.data.SyntheticShapes;
import dev.sectional.images.InputImage;
import dev.sectional.images.files.Npy;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.Vgg;
import dev.sectional.spark.internal.SharedNetwork;
import dev.sectional.weights.ModelFiles;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageIO;
import org.apache.spark.SparkException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Explaining on two local cores gives what one machine gives. */
class ExplanationsTest {
    private static final Path WEIGHTS = Path.of("../cli/src/test/resources/vgg16-slim.safetensors")
            .toAbsolutePath().normalize();
    private static final Path SAMPLES = Path.of("../cli/samples").toAbsolutePath().normalize();
    private static SparkSession session;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() {
        session = LocalSpark.start();
    }

    @AfterAll
    static void stop() {
        session.stop();
    }

    private static Dataset<Row> named(List<Path> files) {
        return session.createDataset(files.stream().map(Path::toString).toList(), Encoders.STRING())
                .toDF(Explanations.PATH).repartition(4);
    }

    private static List<Path> samples() throws IOException {
        try (var files = Files.list(SAMPLES)) {
            return files.filter(file -> file.toString().endsWith(".png")).sorted().toList();
        }
    }

    private static List<Row> sorted(Dataset<Row> result) {
        List<Row> rows = new ArrayList<>(result.collectAsList());
        rows.sort(Comparator.comparing((Row row) -> row.<String>getAs("path"))
                .thenComparing(row -> row.isNullAt(2) ? -1 : row.getInt(2)));
        return rows;
    }

    /** A session went on with the network that had been there under this name. */
    @Test
    void weightsThatChangedAreOpenedAnew() throws IOException {
        Path weights = folder.resolve("net.safetensors");
        byte[] model = SyntheticShapes.model().readAllBytes();
        Files.write(weights, model);
        List<Object> before = logits(weights);
        assertEquals(before, logits(weights));
        model[model.length - 1] ^= 0x40;
        Path other = Files.write(folder.resolve("other"), model);
        Files.setLastModifiedTime(other, FileTime.fromMillis(Files.getLastModifiedTime(weights).toMillis() + 2000));
        Files.move(other, weights, StandardCopyOption.REPLACE_EXISTING);

        assertNotEquals(before, logits(weights));
    }

    private static List<Object> logits(Path weights) throws IOException {
        ExplainSettings settings = new ExplainSettings(weights.toString(), List.of("gradient"), List.of("top10"), false,
                99.5);
        return Explanations.rows("a.png", Files.readAllBytes(samples().get(0)), settings).stream()
                .map(row -> row.get(Explanations.SCHEMA.fieldIndex("logit"))).toList();
    }

    @Test
    void theResultIsThatOfOneMachineToTheBit() throws IOException {
        ExplainSettings settings = new ExplainSettings(WEIGHTS.toString(), List.of("rsp"), List.of("top2"), true, 99.5);
        SharedNetwork.of(WEIGHTS.toString());
        int open = SharedNetwork.count();
        Path out = folder.resolve("result");
        Explanations.of(named(samples()), settings).write().parquet(out.toString());
        List<Row> rows = sorted(session.read().parquet(out.toString()));

        List<Row> expected = new ArrayList<>();
        try (Engine engine = Engine.open(); Network network = ModelFiles.load(WEIGHTS, engine)) {
            for (Path file : samples()) {
                for (Attribution each : Rsp.reference().explainAll(network, InputImage.read(file, network).tensor(),
                        List.of(Target.top(2)))) {
                    ByteArrayOutputStream png = new ByteArrayOutputStream();
                    Heatmap map = Heatmap.of(each.relevance(), 99.5);
                    PngWriter.write(png, map.width(), map.height(), map.rgb());
                    expected.add(RowFactory.create(file.toString(), each.method(), each.target(), each.label(),
                            each.probability(), each.logit(),
                            each.relevance().sum(), each.relevance().sumOfAbsolutes(), png.toByteArray()));
                }
            }
        }
        expected.sort(Comparator.comparing((Row row) -> row.getString(0)).thenComparing(row -> row.getInt(2)));
        assertEquals(2 * samples().size(), rows.size());
        for (int i = 0; i < rows.size(); i++) {
            Row row = rows.get(i);
            for (int column = 0; column < 8; column++) {
                assertEquals(expected.get(i).get(column), row.get(column), Explanations.SCHEMA.fieldNames()[column]);
            }
            assertArrayEquals(expected.get(i).<byte[]>getAs(8), row.<byte[]>getAs("heatmap"));
            assertNull(row.getAs("error"));
        }
        assertEquals(open, SharedNetwork.count(), "tasks share what this JVM has open");
    }

    @Test
    void bytesGiveTheSameAsFiles() throws IOException {
        Path file = samples().get(0);
        StructType schema = new StructType().add("content", DataTypes.BinaryType).add("path", DataTypes.StringType);
        Dataset<Row> images = session.createDataFrame(List.of(RowFactory.create(Files.readAllBytes(file), "a name")),
                schema);
        ExplainSettings settings = ExplainSettings.rsp(WEIGHTS.toString());
        Row fromBytes = Explanations.of(images, settings).collectAsList().get(0);
        Row fromFile = Explanations.of(named(List.of(file)), settings).collectAsList().get(0);
        assertEquals("a name", fromBytes.getAs("path"));
        for (String column : List.of("target", "relevance_sum", "relevance_absolute", "positive_share", "peak_x",
                "peak_y")) {
            assertEquals(fromFile.<Object>getAs(column), fromBytes.getAs(column), column);
        }
        assertArrayEquals(fromFile.<byte[]>getAs("heatmap"), fromBytes.<byte[]>getAs("heatmap"));
    }

    @Test
    void whatCannotBeExplainedIsARowWithAnError() throws IOException {
        byte[] whole = Files.readAllBytes(samples().get(0));
        Path cut = Files.write(folder.resolve("cut.png"), Arrays.copyOf(whole, whole.length / 2));
        Path text = Files.writeString(folder.resolve("text.png"), "no image");
        Path empty = Files.createFile(folder.resolve("empty.png"));
        Path missing = folder.resolve("missing.png");
        List<Path> files = new ArrayList<>(List.of(cut, missing, text, empty));
        files.add(samples().get(0));
        ExplainSettings settings = new ExplainSettings(WEIGHTS.toString(), List.of("rsp"), List.of("top1"), false,
                99.5);
        List<Row> rows = Explanations.of(named(files), settings).collectAsList();
        assertEquals(5, rows.size());
        for (Row row : rows) {
            String error = row.getAs("error");
            assertEquals("simd", row.getAs("provider"));
            assertTrue(row.<Integer>getAs("vector_bits") >= 128, row.toString());
            assertEquals("unpackaged", row.getAs("version"));
            Path file = Path.of(row.<String>getAs("path"));
            if (file.equals(samples().get(0))) {
                assertNull(error);
                assertNull(row.getAs("heatmap"), "none was asked for");
            } else {
                assertTrue(error.contains(file.getFileName().toString()) && !error.contains("\n"), error);
                assertNull(row.getAs("target"));
            }
        }
    }

    @Test
    void rowsWithoutNameOrBytesAreRowsWithAnError() {
        StructType schema = new StructType().add("path", DataTypes.StringType).add("content", DataTypes.BinaryType);
        Dataset<Row> images = session.createDataFrame(
                List.of(RowFactory.create(null, new byte[] {1}), RowFactory.create("empty", null)), schema);
        List<Row> rows = Explanations.of(images, ExplainSettings.rsp(WEIGHTS.toString())).collectAsList();
        assertEquals("a row has no 'path': give each image a name", rows.get(0).getAs("error"));
        assertEquals("empty: column 'content' is empty", rows.get(1).getAs("error"));
    }

    /** Networks of one and four input channels, from image files and arrays to maps. */
    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void otherNumbersOfChannelsAreExplained(int channels) throws IOException {
        Random random = new Random(channels);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        Vgg.parameters(List.of("4", "M", "4", "M", "4", "4", "M", "4", "4", "M", "4", "4", "M"), 5, 8, 1)
                .forEach((name, stated) -> {
                    Shape shape = name.equals("features.0.weight") ? Shape.of(4, channels, 3, 3) : stated;
                    float[] values = new float[shape.size()];
                    for (int i = 0; i < values.length; i++) {
                        values[i] = shape.rank() == 1 ? 0.1f : random.nextFloat() - 0.4f;
                    }
                    tensors.put(name, Tensor.of(shape, values));
                });
        String numbers = String.join(",", Collections.nCopies(channels, "0.5"));
        Path weights = folder.resolve(channels + ".safetensors");
        SafetensorsWriter.write(weights, Map.of("sectional.input", channels + ",64,64", "sectional.mean", numbers,
                "sectional.std", numbers), tensors);
        Path array = folder.resolve("input.npy");
        float[] values = new float[channels * 64 * 64];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(i);
        }
        try (OutputStream out = Files.newOutputStream(array)) {
            Npy.write(out, Tensor.of(Shape.of(channels, 64, 64), values));
        }
        List<Path> files = new ArrayList<>(samples());
        files.add(array);

        List<Row> rows = Explanations.of(named(files), new ExplainSettings(weights.toString(),
                List.of("rsp", "gradient"), List.of("top1"), true, 99.5)).collectAsList();

        assertEquals(2 * files.size(), rows.size());
        for (Row row : rows) {
            assertNull(row.getAs("error"));
            assertTrue(row.<Double>getAs("relevance_absolute") > 0, row.toString());
            BufferedImage map = ImageIO.read(new ByteArrayInputStream(row.<byte[]>getAs("heatmap")));
            assertTrue(map.getWidth() == 64 && map.getHeight() == 64, row.toString());
        }
    }

    @Test
    void explainsInSql() throws IOException {
        SqlFunctions.register(session, WEIGHTS.toString());
        StructType schema = new StructType().add("image", DataTypes.BinaryType);
        byte[] content = Files.readAllBytes(samples().get(0));
        session.createDataFrame(List.of(RowFactory.create(content), RowFactory.create(new byte[] {1}),
                RowFactory.create((Object) null)), schema).createOrReplaceTempView("photos");

        List<Row> rows = session.sql("SELECT explain(image, 'rsp') FROM photos").collectAsList();

        Row expected = Explanations.of(named(List.of(samples().get(0))), ExplainSettings.rsp(WEIGHTS.toString()))
                .collectAsList().get(0);
        Row explained = rows.get(0).<Row>getList(0).get(0);
        assertEquals(expected.<Integer>getAs("target"), explained.<Integer>getAs("target"));
        assertArrayEquals(expected.<byte[]>getAs("heatmap"), explained.<byte[]>getAs("heatmap"));
        assertTrue(rows.get(1).<Row>getList(0).get(0).<String>getAs("error").contains("is not an image"));
        assertTrue(rows.get(2).isNullAt(0));
        List<Row> labels = session.sql("SELECT e.label, e.probability FROM "
                + "(SELECT explode(explain(image, 'rsp')) AS e FROM photos)").collectAsList();
        assertEquals(expected.<String>getAs("label"), labels.get(0).getString(0));
    }

    @Test
    void tasksCarryNamesOnly() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(ExplainSettings.rsp(WEIGHTS.toString()));
        }
        assertTrue(bytes.size() < 1000, bytes.size() + " bytes");
    }

    @Test
    void wrongSettingsFailTheJob() throws IOException {
        Dataset<Row> images = named(samples());
        ExplainSettings settings = ExplainSettings.rsp("/nowhere/vgg.safetensors");
        SparkException e = assertThrows(SparkException.class, () -> Explanations.of(images, settings).collectAsList());
        assertTrue(e.toString().contains("there is no file /nowhere/vgg.safetensors") || e.getCause() != null
                && e.getCause().toString().contains("there is no file /nowhere/vgg.safetensors"), e.toString());
        assertTrue(assertThrows(InputException.class,
                () -> Explanations.of(images.toDF("file"), ExplainSettings.rsp("x")))
                .getMessage().contains("'path'"));
    }
}
