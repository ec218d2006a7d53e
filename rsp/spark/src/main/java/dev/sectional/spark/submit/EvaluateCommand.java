package dev.sectional.spark.submit;

import dev.sectional.core.InputException;
import dev.sectional.evaluation.Explainer;
import dev.sectional.evaluation.data.Dataset;
import dev.sectional.evaluation.data.DatasetChoice;
import dev.sectional.evaluation.metric.Metrics;
import dev.sectional.evaluation.report.Report;
import dev.sectional.evaluation.run.ClassMap;
import dev.sectional.evaluation.run.Evaluation;
import dev.sectional.evaluation.run.Explainers;
import dev.sectional.evaluation.run.Preprocessing;
import dev.sectional.evaluation.run.RunSettings;
import dev.sectional.evaluation.run.UsedOptions;
import dev.sectional.images.IccPolicy;
import dev.sectional.images.files.OutputFiles;
import dev.sectional.nn.Network;
import dev.sectional.spark.EvaluationSettings;
import dev.sectional.spark.Evaluations;
import dev.sectional.spark.internal.SharedFiles;
import dev.sectional.spark.internal.SharedNetwork;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs {@link Evaluations} to Parquet, and writes the report of {@code sectional evaluate}. */
@Command(name = "evaluate", mixinStandardHelpOptions = true, sortOptions = false,
        description =
                "Compares methods on images with ground truth, as sectional evaluate does. Every executor must see "
                + "the dataset's folder under the same path, or it is named by a URI.")
final class EvaluateCommand implements Callable<Integer> {
    /** Stands for the smoothing of each method. */
    private static final int USUAL_SMOOTHING = -1;
    private static final String USUAL_METRICS = "pointing,miou";

    @Option(names = "--dataset", paramLabel = "NAME", defaultValue = DatasetChoice.SCENES,
            description =
                    "voc2007, voc2012, coco, imagenet, imagenet-segmentation, or scenes, synthetic shapes; default: "
                    + "${DEFAULT-VALUE}.")
    private String dataset;

    @Option(names = {"--data-dir", "--root"}, paramLabel = "DIR",
            description = "Folder of the dataset, in its published layout: a path, or a URI such as hdfs://host/voc.")
    private String root;

    @Option(names = "--split", paramLabel = "NAME", description = "Part of the dataset.")
    private String split;

    @Option(names = {"--image-labels", "--truth"}, paramLabel = "FILE",
            description = "ImageNet with all images in one folder: the list of their classes.")
    private String truth;

    @Option(names = {"--box-dir", "--boxes"}, paramLabel = "DIR", description = "ImageNet: folder of bounding boxes.")
    private String boxes;

    @Option(names = "--limit", paramLabel = "N", description = "Number of images, from the first.")
    private Integer limit;

    @Option(names = "--metric", paramLabel = "LIST", defaultValue = USUAL_METRICS,
            description = "Metrics, separated by commas, or all; "
            + "default: ${DEFAULT-VALUE}.")
    private String metrics;

    @Option(names = "--methods", paramLabel = "LIST", defaultValue = "all",
            description = "Methods, separated by commas, or all; default: "
            + "${DEFAULT-VALUE}.")
    private String methods;

    @Option(names = "--weights", paramLabel = "FILE",
            description = "Weights, as for explain; default for scenes: the network that was trained on them.")
    private String weights;

    @Option(names = "--class-map", paramLabel = "FILE",
            description = "The model's classes for each class of the dataset.")
    private String classMap;

    @Option(names = {"--fit", "--preprocess"}, paramLabel = "squash|crop|pad|torchray", defaultValue = "squash",
            description = "Default: ${DEFAULT-VALUE}.")
    private String preprocess;

    @Option(names = "--icc", paramLabel = "ignore|apply", defaultValue = "ignore",
            description = "What to do with an image's colour profile; default: ${DEFAULT-VALUE}.")
    private String icc;

    @Option(names = "--tolerance", paramLabel = "N",
            description = "Radius in pixels within which the Pointing Game counts a hit; default: 15, for scenes 1.")
    private Integer tolerance;

    @Option(names = "--steps", paramLabel = "N",
            description = "Steps of insertion and deletion; default: one per 224 pixels.")
    private Integer steps;

    @Option(names = "--difficult", paramLabel = "FILE", description = "The Pointing Game's Difficult subset.")
    private String difficult;

    @Option(names = "--smooth", paramLabel = "PART", defaultValue = "" + USUAL_SMOOTHING,
            description = "Gaussian smoothing before pointing, as a part of the longer side; "
            + "default: as TorchRay.")
    private double smoothing;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "0",
            description = "Seed of all random numbers; default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--out", required = true, paramLabel = "DIR",
            description = "Folder for the Parquet files. A stopped job resumes when the same command is given again.")
    private String out;

    @Option(names = "--report", paramLabel = "DIR",
            description = "Folder on the driver, or a URI, for report.html, tables.csv and results.json; default: "
                    + "none.")
    private String report;

    @Option(names = "--partitions", paramLabel = "N", description = "Number of tasks; default: four for each core.")
    private Integer partitions;

    @Override
    public Integer call() {
        Jobs.requirePartitions(partitions);
        EvaluationSettings settings = settings();
        return Jobs.run("sectional evaluate", (session, progress) -> {
            long began = System.nanoTime();
            Dataset opened = SharedFiles.dataset(settings.dataset());
            RunSettings all = runSettings(session, settings, opened);
            OutputFolder folder = new OutputFolder(session, out, Evaluations.SCHEMA);
            int images = settings.dataset().images(opened);
            Evaluation.indices(opened, images);   // refuses two images of one name
            remarks(opened, images).forEach(System.err::println);
            folder.prepare(all);
            requireUnchanged(folder, settings, Jobs.tasks(partitions, session, images));
            org.apache.spark.sql.Dataset<Long> missing = session.range(images)
                    .join(folder.rows().select(functions.col("index").as("done")).distinct(),
                            functions.col("id").equalTo(functions.col("done")), "left_anti").as(Encoders.LONG());
            if (!missing.isEmpty()) {
                folder.add(Evaluations.of(missing.repartition(Jobs.tasks(partitions, session, images)), settings));
            }
            org.apache.spark.sql.Dataset<Row> rows = folder.rows().filter(functions.col("index").lt(images));
            Evaluations.Result result = Evaluations.result(rows, settings);
            Report full = new Report(all.all(), opened.classes(), result.methods(), result.outcomes());
            if (report != null) {
                ReportFolder.write(full, report, session.sparkContext().hadoopConfiguration());
            }
            print(full, folder.mixture(), (System.nanoTime() - began) / 1e9);
            return result.outcomes().complete() ? 0 : Jobs.INCOMPLETE;
        });
    }

    /** Returns what the dataset leaves open. */
    private List<String> remarks(Dataset opened, int images) {
        boolean named = !metrics.equals(USUAL_METRICS) && !List.of(metrics.split("[, ]+")).contains("all");
        UsedOptions used = new UsedOptions(new Metrics(seed, 1, null).named(metrics), List.of());
        used.requireSeed(seed == 0 ? null : seed, opened);
        return Stream.concat(opened.remarks().stream(), used.requireTruth(opened, images, named).stream()).toList();
    }

    /** Refuses rows of images that were other images when they were evaluated. */
    private void requireUnchanged(OutputFolder folder, EvaluationSettings settings, int tasks) {
        if (folder.rows().isEmpty()) {
            return;
        }
        List<String> changed = Evaluations.changed(folder.rows(), settings, tasks);
        if (!changed.isEmpty()) {
            throw new InputException("--out " + out + " contains results of images that changed since: "
                    + String.join(", ", changed) + (changed.size() < 10 ? "" : " and perhaps more")
                    + "; name another folder");
        }
    }

    /** Returns what determines the rows, besides the images: another choice needs another folder. */
    private RunSettings runSettings(SparkSession session, EvaluationSettings settings, Dataset opened) {
        List<Explainer> explainers = Explainers.named(methods, smoothing);
        RunSettings all = new RunSettings().fixed("sectional", SharedNetwork.version()).dataset(opened)
                .fixed("seed", String.valueOf(seed));
        if (explainers.stream().anyMatch(Explainer::needsNetwork)) {
            Network network = SharedNetwork.of(weights);
            String identity = weights == null ? "built-in" : SharedFiles.identity(weights);
            if (weights != null) {
                SharedNetwork.expect(session.sparkContext(), weights, identity);
            }
            ClassMap classes = settings.classes(opened, network);
            classes.remarks(opened.classes()).forEach(System.err::println);
            all.network(identity, network).classes(classes);
        } else {
            all.noNetwork();
        }
        return all.fixed("preprocessing", Preprocessing.named(preprocess).toString())
                .fixed("colour profiles", settings.dataset().icc().toString())
                .metrics(settings.metrics(opened).named(metrics))
                .fixed("methods", methods).fixed("tolerance", String.valueOf(tolerance))
                .fixed("smoothing", String.valueOf(smoothing))
                .fixed("difficult subset", difficult == null ? "none" : SharedFiles.identity(difficult))
                .noted("measurements", out);
    }

    private EvaluationSettings settings() {
        if (tolerance != null && tolerance < 1) {
            throw new InputException("--tolerance " + tolerance + ": give at least 1, which is the pixel itself");
        }
        if (steps != null && steps < 1) {
            throw new InputException("--steps " + steps + ": give at least 1");
        }
        DatasetChoice choice = new DatasetChoice(dataset, root, split, truth, boxes, limit, seed, IccPolicy.named(icc));
        // What would fail in every task, or have no effect, is reported now.
        List<Explainer> explainers = Explainers.named(methods, smoothing);
        UsedOptions used = new UsedOptions(new Metrics(seed, 1, null).named(metrics, explainers), explainers);
        used.requireMetrics(steps, tolerance, difficult, smoothing == USUAL_SMOOTHING ? null : smoothing);
        used.requireNetwork(Preprocessing.named(preprocess), networkOptions());
        if (weights == null && !choice.synthetic() && used.needNetwork()) {
            throw new InputException("--dataset " + dataset + " needs --weights: give a file that every executor sees");
        }
        Metrics.deprecations(metrics).forEach(System.err::println);
        if (report != null && !SharedFiles.remote(report)) {
            OutputFiles.requireFolder(Path.of(report), "--report");
        }
        return new EvaluationSettings(choice, weights, classMap, methods, metrics, preprocess, tolerance, difficult,
                smoothing, seed, steps);
    }

    private List<String> networkOptions() {
        return Stream.of(weights == null ? "" : "--weights " + weights, classMap == null ? "" : "--class-map "
                + classMap).filter(option -> !option.isEmpty()).toList();
    }

    private void print(Report full, String mixture, double seconds) {
        full.text().forEach(System.out::println);
        if (mixture != null) {
            System.err.println(mixture);
        }
        System.out.printf(Locale.ROOT, "%.1f s, %s%n", seconds, out);
    }
}
