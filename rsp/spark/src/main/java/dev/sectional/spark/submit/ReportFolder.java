package dev.sectional.spark.submit;

import dev.sectional.core.InputException;
import dev.sectional.evaluation.report.Report;
import dev.sectional.spark.internal.SharedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** Writes a report into a folder of this machine or of any Hadoop file system. */
final class ReportFolder {
    private static final String PART = ".part";

    private ReportFolder() {
    }

    /**
     * Writes the files of a report.
     *
     * @param folder a path on this machine, or a URI
     * @throws InputException if a file cannot be written
     */
    static void write(Report report, String folder, Configuration configuration) {
        if (!SharedFiles.remote(folder)) {
            report.write(java.nio.file.Path.of(folder));
            return;
        }
        java.nio.file.Path local = null;
        try {
            local = Files.createTempDirectory("sectional-report");
            report.write(local);
            Path target = new Path(folder);
            copy(local, target.getFileSystem(configuration), target);
        } catch (IOException | IllegalArgumentException e) {   // Hadoop's Path throws the latter
            throw new InputException("cannot write --report " + folder + ": " + e.getMessage()
                    + "; name another folder and give the same command again", e);
        } finally {
            delete(local);
        }
    }

    /** Writes each file under another name first, so that it is whole as soon as it has its name. */
    private static void copy(java.nio.file.Path local, FileSystem files, Path target) throws IOException {
        for (java.nio.file.Path file : below(local)) {
            if (Files.isRegularFile(file)) {
                Path to = new Path(target, local.relativize(file).toString());
                Path part = to.suffix(PART);
                files.copyFromLocalFile(false, true, new Path(file.toUri()), part);
                files.delete(to, false);
                if (!files.rename(part, to)) {
                    throw new IOException(part + " could not be renamed to " + to.getName());
                }
            }
        }
    }

    private static List<java.nio.file.Path> below(java.nio.file.Path folder) throws IOException {
        try (Stream<java.nio.file.Path> files = Files.walk(folder)) {
            return files.sorted(Comparator.reverseOrder()).toList();
        }
    }

    private static void delete(java.nio.file.Path folder) {
        try {
            if (folder != null) {
                for (java.nio.file.Path file : below(folder)) {
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            folder.toFile().deleteOnExit();
        }
    }
}
