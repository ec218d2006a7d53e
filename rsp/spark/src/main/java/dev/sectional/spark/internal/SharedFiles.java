package dev.sectional.spark.internal;

import dev.sectional.core.InputException;
import dev.sectional.evaluation.data.Dataset;
import dev.sectional.evaluation.data.DatasetChoice;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.apache.spark.SparkFiles;

/** Files as this machine sees them, and the datasets that this JVM has open, each once for all tasks. */
public final class SharedFiles {
    private static final ConcurrentMap<DatasetChoice, Dataset> OPEN = new ConcurrentHashMap<>();

    private SharedFiles() {
    }

    /**
     * A file by its path, or by the name of a file that {@code spark-submit --files} sent along.
     *
     * @throws InputException if there is neither
     */
    public static Path file(String name) {
        Path given = Path.of(name);
        if (Files.exists(given)) {
            return given;
        }
        Path sent = Path.of(SparkFiles.get(given.getFileName().toString()));
        if (Files.exists(sent)) {
            return sent;
        }
        throw new InputException("there is no file " + name
                + " on this executor: put it where every executor sees it, or send it "
                + "along with spark-submit --files");
    }

    /** A dataset; reading samples from it is for one task at a time. */
    public static Dataset dataset(DatasetChoice choice) {
        return OPEN.computeIfAbsent(choice, DatasetChoice::open);
    }
}
