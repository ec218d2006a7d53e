package dev.sectional.spark.internal;

import dev.sectional.core.InputException;
import dev.sectional.evaluation.data.Dataset;
import dev.sectional.evaluation.data.DatasetChoice;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.regex.Pattern;
import org.apache.spark.SparkFiles;
import org.apache.spark.deploy.SparkHadoopUtil;

/** Finds the files that a job names on this machine, and opens each dataset once for all tasks of this JVM. */
public final class SharedFiles {
    private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:/.*");
    private static final ConcurrentMap<DatasetChoice, Dataset> OPEN = new ConcurrentHashMap<>();

    private SharedFiles() {
    }

    /**
     * Returns a file as a local path.
     *
     * @param name a path on this machine; a URI of a Hadoop file system, whose file is copied to this machine once; or
     *     the name of a file that {@code spark-submit --files} distributed
     * @throws InputException if there is no such file
     */
    public static Path file(String name) {
        if (SCHEME.matcher(name).matches() && !name.startsWith("file:")) {
            return NodeCache.copy(name, SparkHadoopUtil.get().conf());
        }
        Path given = name.startsWith("file:") ? Path.of(URI.create(name).getPath()) : Path.of(name);
        if (Files.exists(given)) {
            return given;
        }
        Path distributed = Path.of(SparkFiles.get(given.getFileName().toString()));
        if (Files.exists(distributed)) {
            return distributed;
        }
        throw new InputException("there is no file " + name + " on " + host() + ": put it where every executor sees "
                + "it, name it by a URI such as hdfs://..., or distribute it with spark-submit --files");
    }

    /** Returns a dataset, open. Callers read one sample at a time. */
    public static Dataset dataset(DatasetChoice choice) {
        return OPEN.computeIfAbsent(choice, DatasetChoice::open);
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "this machine";
        }
    }
}
