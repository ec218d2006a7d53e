package dev.sectional.spark.submit;

import dev.sectional.core.InputException;
import dev.sectional.evaluation.run.RunSettings;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * The folder of a job's results, on any Hadoop file system: Parquet files, and {@code _sectional.json} with the
 * settings that shaped their rows. Each finished task adds a file, so that a stopped job resumes by what the folder
 * contains.
 */
final class OutputFolder {
    private static final String SETTINGS = "_sectional.json";

    private final SparkSession session;
    private final String name;
    private final StructType schema;

    /** @param schema columns of the rows */
    OutputFolder(SparkSession session, String name, StructType schema) {
        this.session = session;
        this.name = name;
        this.schema = schema;
    }

    /**
     * Stores the settings in a folder without results, or compares them with those of the results.
     *
     * @throws InputException if the folder contains results of other settings, or other files; the message names each
     *     difference
     */
    void prepare(RunSettings settings) {
        try {
            Path folder = new Path(name);
            FileSystem files = folder.getFileSystem(session.sparkContext().hadoopConfiguration());
            Path stored = new Path(folder, SETTINGS);
            String result = anyResult(files, folder);
            if (result != null && !files.exists(stored)) {
                throw new InputException("--out " + name + " contains " + result + ", but not the settings of a job ("
                        + SETTINGS + "): name another folder");
            }
            if (result != null) {
                try (InputStream in = files.open(stored)) {
                    settings.requireSame(new String(in.readAllBytes(), StandardCharsets.UTF_8), name);
                }
                return;
            }
            try (OutputStream out = files.create(stored, true)) {
                out.write(settings.json().getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException | IllegalArgumentException e) {   // Hadoop's Path throws the latter
            throw new InputException("cannot use --out " + name + ": " + e.getMessage() + "; name another folder", e);
        }
    }

    /** Returns the name of a file that Spark would read; null if there is none, as after a job that failed early. */
    private static String anyResult(FileSystem files, Path folder) throws IOException {
        if (files.exists(folder)) {
            for (FileStatus file : files.listStatus(folder)) {
                String name = file.getPath().getName();
                if (!name.startsWith("_") && !name.startsWith(".")) {
                    return name;
                }
            }
        }
        return null;
    }

    /** Returns the rows of all finished tasks. */
    Dataset<Row> rows() {
        return session.read().schema(schema).parquet(name);
    }

    /** Computes rows and adds them, task by task. */
    void add(Dataset<Row> rows) {
        // Version 2 of the committer moves the file of a task as soon as the task is done, not at the end of the job.
        rows.write().mode(SaveMode.Append).option("mapreduce.fileoutputcommitter.algorithm.version", "2")
                .parquet(name);
    }

    /** Returns one line if the rows come from different providers, vector widths or versions; null otherwise. */
    String mixture() {
        Row[] kinds = (Row[]) rows().filter("provider is not null").select("provider", "vector_bits", "version")
                .distinct().collect();
        if (kinds.length < 2) {
            return null;
        }
        StringBuilder line = new StringBuilder("the executors differ, and with them the last bits of the results:");
        for (Row kind : kinds) {
            line.append(" [").append(kind.mkString(", ")).append(']');
        }
        return line.append("; see the columns provider, vector_bits and version").toString();
    }
}
