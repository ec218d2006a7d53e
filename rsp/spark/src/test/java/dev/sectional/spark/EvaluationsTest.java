package dev.sectional.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.evaluation.Explainer;
import dev.sectional.evaluation.Metric;
import dev.sectional.evaluation.data.Dataset;
import dev.sectional.evaluation.data.DatasetChoice;
import dev.sectional.evaluation.report.MethodResult;
import dev.sectional.evaluation.run.ClassMap;
import dev.sectional.evaluation.run.Evaluation;
import dev.sectional.evaluation.run.Explainers;
import dev.sectional.evaluation.run.ImageEvaluator;
import dev.sectional.evaluation.run.Preprocessing;
import dev.sectional.nn.Network;
import dev.sectional.spark.internal.SharedNetwork;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Evaluating on two local cores gives what one machine gives. */
class EvaluationsTest {
    private static final int IMAGES = 5;
    private static final DatasetChoice SCENES = new DatasetChoice("scenes", null, null, null, null, IMAGES, 3);
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

    @Test
    void theTablesAreThoseOfOneMachineToTheBit() {
        EvaluationSettings settings = EvaluationSettings.of(SCENES, null, "rsp,grad-cam,center",
                "pointing,miou,mass,max-sensitivity");
        String out = folder.resolve("measured").toString();
        Evaluations.of(session, settings, 4).write().parquet(out);
        Evaluations.Result result = Evaluations.result(session.read().parquet(out), settings);

        List<MethodResult> expected = alone(settings);
        assertEquals(expected.size(), result.methods().size());
        for (int i = 0; i < expected.size(); i++) {
            assertEquals(expected.get(i).name(), result.methods().get(i).name());
            assertEquals(IMAGES, result.methods().get(i).images());
            assertEquals(expected.get(i).cases(), result.methods().get(i).cases());
            assertTrue(expected.get(i).cases() > IMAGES, "scenes of several classes are among them");
            assertEquals(expected.get(i).metrics(), result.methods().get(i).metrics());
        }
        assertTrue(result.outcomes().complete());
    }

    private List<MethodResult> alone(EvaluationSettings settings) {
        try (Engine engine = Engine.open(); Network network = SharedNetwork.synthetic(engine)) {
            Dataset dataset = SCENES.open();
            List<Metric> metrics = settings.metrics(dataset).named(settings.metrics());
            ImageEvaluator evaluator = new ImageEvaluator(network,
                    ClassMap.usual(dataset.classes(), network.card().labels(), network.classes()), Preprocessing.SQUASH,
                    metrics);
            List<Explainer> explainers = Explainers.named(settings.methods(), -1);
            return new Evaluation(dataset, IMAGES, evaluator, explainers, metrics, folder.resolve("alone"))
                    .run(new Evaluation.Watcher() {
                @Override
                public void at(int done) {
                    // nobody watches
                }

                @Override
                public void skipped(String message) {
                    throw new AssertionError(message);
                }

                @Override
                public void failed(String message) {
                    throw new AssertionError(message);
                }
            });
        }
    }

    @Test
    void aBrokenImageIsARowWithAnError() throws Exception {
        Path root = Files.createDirectories(folder.resolve("VOC2007"));
        Files.createDirectories(root.resolve("ImageSets/Main"));
        Files.createDirectories(root.resolve("Annotations"));
        Files.writeString(root.resolve("ImageSets/Main/test.txt"), "000001\n000002\n");
        DatasetChoice voc = new DatasetChoice("voc2007", folder.toString(), null, null, null, null, 0);
        EvaluationSettings settings = EvaluationSettings.of(voc, null, "center", "pointing");
        List<Row> rows = Evaluations.of(session, settings, 2).collectAsList();
        assertEquals(2, rows.size());
        for (Row row : rows) {
            assertTrue(row.<String>getAs("error").contains(row.<String>getAs("image")), row.toString());
            assertTrue(row.isNullAt(2));
        }
        Evaluations.Result result = Evaluations.result(Evaluations.of(session, settings, 2), settings);
        assertEquals(2, result.outcomes().skipped().size());
        assertEquals(0, result.outcomes().evaluated());
        assertEquals(0, result.methods().get(0).images());
    }

    @Test
    void findsRowsOfImagesThatChanged() throws Exception {
        Path root = Files.createDirectories(folder.resolve("VOC2007"));
        SmallVoc.write(root, 300, 400, "000001", "000002");
        DatasetChoice voc = new DatasetChoice("voc2007", folder.toString(), null, null, null, null, 0);
        EvaluationSettings settings = EvaluationSettings.of(voc, null, "center", "pointing");
        String out = folder.resolve("measured").toString();
        Evaluations.of(session, settings, 2).write().parquet(out);

        assertEquals(List.of(), Evaluations.changed(session.read().parquet(out), settings, 2));
        Path changed = root.resolve("Annotations/000002.xml");
        Files.writeString(changed, Files.readString(changed).replace("<xmax>300<", "<xmax>301<"));
        assertEquals(List.of("000002"), Evaluations.changed(session.read().parquet(out), settings, 2));
    }
}
