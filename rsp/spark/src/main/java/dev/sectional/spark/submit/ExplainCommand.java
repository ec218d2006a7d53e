package dev.sectional.spark.submit;

import dev.sectional.spark.ExplainSettings;
import dev.sectional.spark.Explanations;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@link Explanations} from image files or a table to Parquet. */
@Command(name = "explain", mixinStandardHelpOptions = true, sortOptions = false,
        description = "Explains images: one row of Parquet for each image, method and target.")
final class ExplainCommand implements Callable<Integer> {
    @Parameters(arity = "1..*", paramLabel = "IMAGES",
            description = "Images, folders with images at any depth, or patterns such as "
            + "hdfs://host/photos/*.jpg; with --table, Parquet files with a column 'path' and, if the bytes are "
                    + "there, 'content'.")
    private List<String> images;

    @Option(names = "--table", description = "IMAGES are Parquet files that name or hold the images.")
    private boolean table;

    @Option(names = "--weights", required = true, paramLabel = "FILE",
            description = "Weights, a path that every executor sees, or the "
            + "name of a file given to spark-submit --files.")
    private String weights;

    @Option(names = "--out", required = true, paramLabel = "DIR",
            description = "Folder for the Parquet files; must not be there yet.")
    private String out;

    @Option(names = "--method", paramLabel = "NAME", defaultValue = "rsp",
            description = "A method, as sectional explain takes it (default rsp); repeatable.")
    private List<String> methods;

    @Option(names = "--target", paramLabel = "T", defaultValue = "top1",
            description = "An index, a label, or topK (default top1); repeatable.")
    private List<String> targets;

    @Option(names = "--no-heatmaps", description = "Leave the column 'heatmap' empty.")
    private boolean noHeatmaps;

    @Option(names = "--clip", paramLabel = "PERCENTILE", defaultValue = "99.5",
            description = "Percentile drawn at full strength; default 99.5.")
    private double clip;

    @Option(names = "--partitions", paramLabel = "N", description = "Parts of the work; default: four for each core.")
    private Integer partitions;

    @Override
    public Integer call() {
        ExplainSettings settings = new ExplainSettings(weights, methods, targets, !noHeatmaps, clip);
        return Jobs.run("sectional explain", partitions, (session, parts) -> {
            long began = System.nanoTime();
            Explanations.of(images(session).repartition(parts), settings).write().mode(SaveMode.ErrorIfExists)
                    .parquet(out);
            return report(session.read().parquet(out), (System.nanoTime() - began) / 1e9);
        });
    }

    /** Names alone, where there are files: executors read them, so that no image travels between machines. */
    private Dataset<Row> images(SparkSession session) {
        String[] paths = images.toArray(String[]::new);
        return table ? session.read().parquet(paths)
                : session.read().format("binaryFile").option("recursiveFileLookup", true).load(paths)
                        .select(Explanations.PATH);
    }

    private int report(Dataset<Row> result, double seconds) {
        Dataset<Row> failed = result.filter(functions.col("error").isNotNull());
        long failures = failed.count();
        long explained = result.filter(functions.col("error").isNull()).select(Explanations.PATH).distinct().count();
        System.out.printf(Locale.ROOT, "%d images explained, %d failed, %.1f s, %s%n", explained, failures, seconds,
                out);
        failed.select("error").takeAsList(5).forEach(row -> System.err.println(row.getString(0)));
        if (failures > 5) {
            System.err.println("... and " + (failures - 5) + " more: see the column 'error'");
        }
        return explained == 0 ? 2 : 0;
    }
}
