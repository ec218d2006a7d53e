package dev.sectional.spark.submit;

import dev.sectional.core.InputException;
import dev.sectional.evaluation.run.RunSettings;
import dev.sectional.spark.ExplainSettings;
import dev.sectional.spark.Explanations;
import dev.sectional.spark.internal.SharedFiles;
import dev.sectional.spark.internal.SharedNetwork;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs {@link Explanations} from image files or a table to Parquet. */
@Command(name = "explain", mixinStandardHelpOptions = true, sortOptions = false,
        description = "Explains images: one row of Parquet for each image, method and target.")
final class ExplainCommand implements Callable<Integer> {
    private static final int MOST_MESSAGES = 5;

    @Parameters(arity = "1..*", paramLabel = "IMAGES",
            description = "Images, folders with images at any depth, or patterns such as "
            + "hdfs://host/photos/*.jpg; with --table, Parquet files with a column 'path' and, if the bytes are "
                    + "there, 'content'.")
    private List<String> images;

    @Option(names = "--table", description = "IMAGES are Parquet files that name or hold the images.")
    private boolean table;

    @Option(names = "--weights", required = true, paramLabel = "FILE",
            description = "Weights: a path on the driver and every executor, a URI such as "
                    + "hdfs://host/net.safetensors, or the name of a file given to spark-submit --files.")
    private String weights;

    @Option(names = "--out", required = true, paramLabel = "DIR",
            description = "Folder for the Parquet files. A stopped job resumes when the same command is given again.")
    private String out;

    @Option(names = "--method", paramLabel = "NAME", defaultValue = "rsp",
            description = "A method, as sectional explain takes it (default rsp); repeatable.")
    private List<String> methods;

    @Option(names = "--target", paramLabel = "T", defaultValue = "top1",
            description = "An index, a label, or topK (default top1); repeatable.")
    private List<String> targets;

    @Option(names = "--no-heatmaps", description = "Leave the column 'heatmap' empty.")
    private boolean noHeatmaps;

    @Option(names = {"--percentile", "--clip"}, paramLabel = "PERCENTILE", defaultValue = "99.5",
            description = "Percentile drawn at full strength; default 99.5.")
    private double clip;

    @Option(names = "--partitions", paramLabel = "N",
            description = "Number of tasks; default: four for each core, and at least one for each 200 images.")
    private Integer partitions;

    @Override
    public Integer call() {
        Jobs.requirePartitions(partitions);
        ExplainSettings settings = new ExplainSettings(weights, methods, targets, !noHeatmaps, clip);
        return Jobs.run("sectional explain", (session, progress) -> {
            long began = System.nanoTime();
            Dataset<Row> given = images(session);
            Explanations.of(given, settings);   // checks the columns before anything is stored
            OutputFolder folder = new OutputFolder(session, out, Explanations.SCHEMA);
            String identity = SharedFiles.identity(weights);
            SharedNetwork.expect(session.sparkContext(), weights, identity);
            folder.prepare(runSettings(settings, identity));
            boolean begun = !folder.rows().isEmpty();
            Dataset<Row> done = folder.rows().select(functions.col(Explanations.PATH).as("done")).distinct();
            Dataset<Row> missing = given.join(done, given.col(Explanations.PATH).eqNullSafe(done.col("done")),
                    "left_anti");
            long count = missing.count();
            if (count == 0 && !begun) {
                throw new InputException(String.join(", ", images) + " has no rows: give a table with images");
            }
            if (count > 0) {
                folder.add(Explanations.of(missing.repartition(Jobs.tasks(partitions, session, count)), settings));
            }
            return report(folder, progress, count, (System.nanoTime() - began) / 1e9);
        });
    }

    /** Returns what determines the rows, besides the images: another choice needs another folder. */
    private static RunSettings runSettings(ExplainSettings settings, String weights) {
        return new RunSettings().fixed("sectional", SharedNetwork.version())
                .fixed("weights", weights)
                .fixed("methods", String.join("; ", settings.methods()))
                .fixed("targets", String.join("; ", settings.targets()))
                .fixed("heatmaps", settings.heatmaps() ? "clip " + settings.clip() : "none");
    }

    /** Returns names alone where there are files: executors read them, so that no image travels between machines. */
    private Dataset<Row> images(SparkSession session) {
        if (table) {
            return session.read().parquet(images.toArray(String[]::new));
        }
        return session.createDataset(ImageFiles.list(images, session.sparkContext().hadoopConfiguration()),
                Encoders.STRING()).toDF(Explanations.PATH);
    }

    /**
     * Prints what the folder contains.
     *
     * @param count images that this job explained, or tried to
     */
    private int report(OutputFolder folder, ProgressLog progress, long count, double seconds) {
        Dataset<Row> result = folder.rows();
        Dataset<Row> failed = result.filter(functions.col("error").isNotNull());
        long failures = failed.count();
        long explained = result.filter(functions.col("error").isNull()).select(Explanations.PATH).distinct().count();
        System.out.printf(Locale.ROOT, "%d images explained, %d failed, %.1f s, %s%n", explained, failures, seconds,
                out);
        if (count > 0) {
            ProgressLog.Written written = progress.written();
            System.out.printf(Locale.ROOT, "this job: %d images, each %.3f s of a core and %.3f s of its processor "
                    + "time%n", count, written.coreSeconds() / count, written.processorSeconds() / count);
        }
        failed.select("error").takeAsList(MOST_MESSAGES).forEach(row -> System.err.println(row.getString(0)));
        if (failures > MOST_MESSAGES) {
            System.err.println("... and " + (failures - MOST_MESSAGES) + " more: see the column 'error'");
        }
        String mixture = folder.mixture();
        if (mixture != null) {
            System.err.println(mixture);
        }
        return failures == 0 ? 0 : Jobs.INCOMPLETE;
    }
}
