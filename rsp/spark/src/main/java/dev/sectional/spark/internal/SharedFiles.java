package dev.sectional.spark.internal;

import dev.sectional.core.InputException;
import dev.sectional.evaluation.data.Dataset;
import dev.sectional.evaluation.data.DatasetChoice;
import dev.sectional.evaluation.run.RunSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.spark.SparkFiles;
import org.apache.spark.deploy.SparkHadoopUtil;

/** Finds the files that a job names on this machine, and opens each dataset once for all tasks of this JVM. */
public final class SharedFiles {
    private static final Pattern ADDRESS = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:/.*");
    private static final Pattern LOCAL = Pattern.compile("(?i)(file|local):/.*");
    private static final String IMAGENET_SEGMENTATION = "imagenet-segmentation";
    private static final ConcurrentMap<DatasetChoice, Dataset> OPEN = new ConcurrentHashMap<>();

    private SharedFiles() {
    }

    /** Tells whether a name is a URI of another file system than that of this machine. */
    public static boolean remote(String name) {
        return ADDRESS.matcher(name).matches() && !LOCAL.matcher(name).matches();
    }

    /**
     * Returns a file or folder as a path that can be read.
     *
     * @param name a path on this machine; a URI of a Hadoop file system; or the name of a file that
     *     {@code spark-submit --files} distributed
     * @throws InputException if it is neither, or the file system cannot be reached
     */
    public static Path path(String name) {
        if (remote(name)) {
            try {
                return RemoteFileSystem.path(name, SparkHadoopUtil.get().conf());
            } catch (IOException | IllegalArgumentException e) {   // Hadoop's Path throws the latter
                throw new InputException("cannot use " + name + " on " + host() + ": " + e.getMessage()
                        + "; check the address, and give its file system's jars to spark-submit --packages", e);
            }
        }
        Path given = Path.of(LOCAL.matcher(name).matches() ? new org.apache.hadoop.fs.Path(name).toUri().getPath()
                : name);
        if (Files.exists(given)) {
            return given;
        }
        if (given.getFileName() != null) {
            Path distributed = Path.of(SparkFiles.get(given.getFileName().toString()));
            if (Files.exists(distributed)) {
                return distributed;
            }
        }
        throw new InputException("there is no file " + name + " on " + host() + ": put it where every executor sees "
                + "it, name it by a URI such as hdfs://..., or distribute it with spark-submit --files");
    }

    /**
     * Returns a file as a path of this machine: a file of another file system is copied to this machine once, with the
     * files that it refers to.
     *
     * @param name as {@link #path} takes it
     * @throws InputException if there is no such file
     */
    public static Path file(String name) {
        Path path = path(name);
        return path instanceof RemotePath remote ? NodeCache.copy(remote) : path;
    }

    /**
     * Returns names, sizes and SHA-256 of a file and of the files that it refers to.
     *
     * @param name as {@link #path} takes it
     * @throws InputException if there is no such file
     */
    public static String identity(String name) {
        Path file = file(name);
        try {
            return WeightParts.of(file).stream().map(RunSettings::identity).collect(Collectors.joining("; "));
        } catch (IOException e) {
            throw new InputException("cannot read " + name + ": " + e.getMessage() + "; check the file", e);
        }
    }

    /** Returns a dataset, open. Callers read one sample at a time. */
    public static Dataset dataset(DatasetChoice choice) {
        return OPEN.computeIfAbsent(choice, SharedFiles::open);
    }

    private static Dataset open(DatasetChoice choice) {
        return choice.name().equals(IMAGENET_SEGMENTATION) ? choice.open(SharedFiles::segmentation)
                : choice.open(SharedFiles::path);
    }

    /** Returns the one file of ImageNet-Segmentation, which is mapped. */
    private static Path segmentation(String root) {
        Path path = path(root);
        if (path instanceof RemotePath remote) {
            return NodeCache.copy(Files.isDirectory(path) ? remote.resolve(remote.getFileSystem()
                    .getPath(DatasetChoice.SEGMENTATION_FILE)) : remote);
        }
        return path;
    }

    static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "this machine";
        }
    }
}
