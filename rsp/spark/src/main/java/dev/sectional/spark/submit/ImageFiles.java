package dev.sectional.spark.submit;

import dev.sectional.core.InputException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/** Lists image files of any Hadoop file system. Spark's own listing leaves out empty files. */
final class ImageFiles {
    private static final Pattern HIDDEN = Pattern.compile(".*/[._].*");
    private static final Pattern CAMERA_FILE = Pattern.compile(
            "(/[^._/][^/]*)*/_[^/]*\\.(jpe?g|png|gif|bmp|webp|tiff?|npy)", Pattern.CASE_INSENSITIVE);

    private ImageFiles() {
    }

    /**
     * Returns the names of files, sorted. Below a folder, names that start with a dot or an underscore are skipped, as
     * Spark does, but for images: cameras write {@code _DSC0001.JPG}.
     *
     * @param names files, folders with files at any depth, or patterns
     * @throws InputException if a name matches nothing, a folder cannot be listed, or there are no files at all
     */
    static List<String> list(List<String> names, Configuration configuration) {
        TreeSet<String> files = new TreeSet<>();
        for (String name : names) {
            try {
                Path pattern = new Path(name);
                FileSystem system = pattern.getFileSystem(configuration);
                FileStatus[] matches = system.globStatus(pattern);
                if (matches == null || matches.length == 0) {
                    throw new InputException("there is no file or folder " + name + ": check the name");
                }
                for (FileStatus match : matches) {
                    add(match, system, files);
                }
            } catch (IOException | IllegalArgumentException e) {   // Hadoop's Path throws the latter
                throw new InputException("cannot list " + name + ": " + e.getMessage() + "; check the address", e);
            }
        }
        if (files.isEmpty()) {
            throw new InputException("there are no files in " + String.join(", ", names) + ": name images, or folders "
                    + "with images");
        }
        return new ArrayList<>(files);
    }

    private static void add(FileStatus found, FileSystem system, TreeSet<String> files) throws IOException {
        if (!found.isDirectory()) {
            files.add(found.getPath().toString());
            return;
        }
        String folder = found.getPath().toString();
        RemoteIterator<LocatedFileStatus> below = system.listFiles(found.getPath(), true);
        while (below.hasNext()) {
            String file = below.next().getPath().toString();
            if (!isHidden(file.substring(folder.length()))) {
                files.add(file);
            }
        }
    }

    private static boolean isHidden(String below) {
        return HIDDEN.matcher(below).matches() && !CAMERA_FILE.matcher(below).matches();
    }
}
