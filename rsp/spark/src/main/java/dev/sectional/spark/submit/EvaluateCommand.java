package dev.sectional.spark.submit;

import dev.sectional.core.InputException;
import dev.sectional.evaluation.data.DatasetChoice;
import dev.sectional.evaluation.metric.Metrics;
import dev.sectional.evaluation.report.Report;
import dev.sectional.evaluation.run.Explainers;
import dev.sectional.images.files.OutputFiles;
import dev.sectional.spark.EvaluationSettings;
import dev.sectional.spark.Evaluations;
import dev.sectional.spark.internal.SharedFiles;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@link Evaluations} to Parquet, and the report of {@code sectional evaluate}. */
@Command(name = "evaluate", mixinStandardHelpOptions = true, sortOptions = false,
        description =
                "Compares methods on images with ground truth, as sectional evaluate does. Every executor must see "
                + "the dataset's folder.")
final class EvaluateCommand implements Callable<Integer> {
    @Option(names = "--dataset", paramLabel = "NAME", defaultValue = DatasetChoice.SCENES,
            description =
                    "voc2007, voc2012, coco, imagenet, imagenet-segmentation, or scenes, which are drawn; default: "
                    + "${DEFAULT-VALUE}.")
    private String dataset;

    @Option(names = "--root", paramLabel = "DIR",
            description = "The dataset's folder, in the layout that it is published in.")
    private String root;

    @Option(names = "--split", paramLabel = "NAME", description = "Part of the dataset.")
    private String split;

    @Option(names = "--truth", paramLabel = "FILE",
            description = "ImageNet with all images in one folder: the list of their classes.")
    private String truth;

    @Option(names = "--boxes", paramLabel = "DIR", description = "ImageNet: folder of bounding boxes.")
    private String boxes;

    @Option(names = "--limit", paramLabel = "N", description = "Take the first N images; of scenes, draw N.")
    private Integer limit;

    @Option(names = "--metric", paramLabel = "LIST", defaultValue = "pointing,miou",
            description = "Metrics with commas between them, or all; "
            + "default: ${DEFAULT-VALUE}.")
    private String metrics;

    @Option(names = "--methods", paramLabel = "LIST", defaultValue = "all",
            description = "Methods with commas between them, or all; default: "
            + "${DEFAULT-VALUE}.")
    private String methods;

    @Option(names = "--weights", paramLabel = "FILE",
            description = "Weights; default for scenes: the network that was trained on them.")
    private String weights;

    @Option(names = "--class-map", paramLabel = "FILE",
            description = "Which classes of the model stand for each of the dataset's.")
    private String classMap;

    @Option(names = "--preprocess", paramLabel = "squash|torchray", defaultValue = "squash",
            description = "Default: ${DEFAULT-VALUE}.")
    private String preprocess;

    @Option(names = "--tolerance", paramLabel = "N",
            description = "Pixels by which the Pointing Game may miss; default: 15, for scenes 1.")
    private Integer tolerance;

    @Option(names = "--difficult", paramLabel = "FILE", description = "The Pointing Game's Difficult subset.")
    private String difficult;

    @Option(names = "--smooth", paramLabel = "PART", defaultValue = "-1",
            description = "Smooth maps before they point by this part of the longer side; "
            + "default: as TorchRay.")
    private double smoothing;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "0",
            description = "Seed of all that is drawn; default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--out", required = true, paramLabel = "DIR",
            description = "Folder for the Parquet files; must not be there yet.")
    private String out;

    @Option(names = "--report", paramLabel = "DIR",
            description = "Folder on the driver for report.html, tables.csv and results.json; default: none.")
    private Path report;

    @Option(names = "--partitions", paramLabel = "N", description = "Parts of the work; default: four for each core.")
    private Integer partitions;

    @Override
    public Integer call() {
        EvaluationSettings settings = settings();
        return Jobs.run("sectional evaluate", partitions, (session, parts) -> {
            long began = System.nanoTime();
            Evaluations.of(session, settings, parts).write().mode(SaveMode.ErrorIfExists).parquet(out);
            Evaluations.Result result = Evaluations.result(session.read().parquet(out), settings);
            print(session.read().parquet(out), settings, result, (System.nanoTime() - began) / 1e9);
            return result.outcomes().complete() ? 0 : 3;
        });
    }

    private EvaluationSettings settings() {
        if (tolerance != null && tolerance < 1) {
            throw new InputException("--tolerance " + tolerance + ": give at least 1, which is the pixel itself");
        }
        DatasetChoice choice = new DatasetChoice(dataset, root, split, truth, boxes, limit, seed);
        if (weights == null && !choice.synthetic()) {
            throw new InputException("--dataset " + dataset + " needs --weights: give a file that every executor sees");
        }
        Metrics.deprecations(metrics).forEach(System.err::println);
        Explainers.named(methods, smoothing);   // says now what would fail in every task
        if (report != null) {
            OutputFiles.requireFolder(report, "--report");
        }
        return new EvaluationSettings(choice, weights, classMap, methods, metrics, preprocess, tolerance, difficult,
                smoothing, seed);
    }

    private void print(org.apache.spark.sql.Dataset<Row> measured, EvaluationSettings settings,
            Evaluations.Result result, double seconds) {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("dataset", SharedFiles.dataset(settings.dataset()).name());
        all.put("images", String.valueOf(measured.select("index").distinct().count()));
        all.put("seed", String.valueOf(seed));
        all.put("model", weights == null ? "built-in" : weights);
        all.put("classes", classMap == null ? "by name" : classMap);
        all.put("preprocessing", preprocess);
        all.put("metrics", metrics);
        all.put("methods", methods);
        all.put("measurements", out);
        Report full = new Report(all, SharedFiles.dataset(settings.dataset()).classes(), result.methods(),
                result.outcomes());
        if (report != null) {
            full.write(report);
        }
        full.text().forEach(System.out::println);
        System.out.printf(Locale.ROOT, "%.1f s, %s%n", seconds, out);
    }
}
