package dev.sectional.cli.internal.option;

import dev.sectional.core.InputException;
import dev.sectional.images.InputImage;
import dev.sectional.images.files.InputFiles;
import dev.sectional.images.files.Reasons;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Expands the paths that the user names to image files. */
public final class ImageList {
    private static final Set<String> IMAGES = Set.of("png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "npy");

    private ImageList() {
    }

    /**
     * Returns the files in the order given; a folder stands for the images in it, sorted by name.
     *
     * @throws InputException if a folder holds no image, or two files would give results of the same name
     */
    public static List<Path> of(List<Path> given) {
        List<Path> files = new ArrayList<>();
        for (Path path : given) {
            if (Files.isDirectory(path)) {
                files.addAll(imagesIn(path));
            } else {
                InputFiles.requireReadable(path);
                files.add(path);
            }
        }
        Map<String, Path> byName = new HashMap<>();
        for (Path file : files) {
            Path other = byName.put(InputImage.name(file), file);
            if (other != null) {
                throw new InputException(other + " and " + file
                        + " would give results of the same name: explain them in separate runs with different "
                        + "--out folders");
            }
        }
        return files;
    }

    private static List<Path> imagesIn(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            List<Path> images = entries.filter(ImageList::isImage).sorted().toList();
            if (images.isEmpty()) {
                throw new InputException("the folder " + folder + " holds no image: name a file or another folder");
            }
            return images;
        } catch (IOException e) {
            throw new InputException("cannot read the folder " + folder + ": " + Reasons.of(e)
                    + "; check its permissions", e);
        }
    }

    private static boolean isImage(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return !name.startsWith(".") && IMAGES.contains(name.substring(name.lastIndexOf('.') + 1))
                && Files.isRegularFile(file);
    }
}
