package dev.sectional.cli.internal.option;

import dev.sectional.core.InputException;
import dev.sectional.images.files.Reasons;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Expands the paths that the user names to image files. */
public final class ImageList {
    private static final Set<String> IMAGES = Set.of("png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "webp", "npy");

    private static final String STANDARD_INPUT = "-";
    private static final int MOST_BYTES = 1 << 28;

    private ImageList() {
    }

    /**
     * Returns the images in the order given; a folder stands for the images in it, sorted by name, and {@code -} for
     * standard input. Results of files that differ by their extension alone, such as {@code cup.jpg} and
     * {@code cup.png}, keep it in their names. A folder without images gives one entry with the reason.
     *
     * @param recursive whether a folder also stands for the images in its folders
     * @param in standard input
     * @throws InputException if a file is named twice, or two files would give results of the same name
     */
    public static List<ImageSource> of(List<Path> given, boolean recursive, InputStream in) {
        List<ImageSource> images = all(given, recursive, in);
        Map<Path, Long> alike = images.stream().collect(Collectors.groupingBy(ImageSource::results,
                Collectors.counting()));
        List<ImageSource> named = images.stream()
                .map(image -> alike.get(image.results()) > 1 ? image.withExtension() : image).toList();
        Map<Path, Path> byName = new HashMap<>();
        for (ImageSource image : named) {
            Path other = byName.put(image.results(), image.file());
            requireDifferent(image, other);
            if (other != null) {
                throw new InputException(other + " and " + image.file()
                        + " would give results of the same name: explain them in separate runs with different "
                        + "--out folders");
            }
        }
        return named;
    }

    private static void requireDifferent(ImageSource image, Path other) {
        if (image.file().equals(other)) {
            throw new InputException(other + " is named twice; name it once");
        }
    }

    /**
     * Returns the same images for a run that writes no file for each, so that images of one name can be told apart.
     *
     * @throws InputException if a file is named twice
     */
    public static List<ImageSource> withoutFiles(List<Path> given, boolean recursive, InputStream in) {
        List<ImageSource> images = all(given, recursive, in);
        Set<Path> files = new HashSet<>();
        images.forEach(image -> requireDifferent(image, files.add(image.file()) ? null : image.file()));
        return images;
    }

    private static List<ImageSource> all(List<Path> given, boolean recursive, InputStream in) {
        return expanded(given, recursive, recursive ? "" : ", or search its folders with --recursive", in);
    }

    /**
     * Returns the images in the order given, for a command that writes no file for each and does not look into the
     * folders of a folder.
     *
     * @param in standard input
     */
    public static List<ImageSource> of(List<Path> given, InputStream in) {
        return expanded(given, false, "", in);
    }

    private static List<ImageSource> expanded(List<Path> given, boolean recursive, String hint, InputStream in) {
        List<ImageSource> images = new ArrayList<>();
        for (Path path : given) {
            if (path.toString().equals(STANDARD_INPUT)) {
                images.add(standardInput(in));
            } else if (Files.isDirectory(path)) {
                images.addAll(imagesIn(path, recursive, hint));
            } else {
                images.add(ImageSource.of(path));
            }
        }
        return images;
    }

    private static ImageSource standardInput(InputStream in) {
        try {
            byte[] content = in.readNBytes(MOST_BYTES + 1);
            if (content.length > MOST_BYTES) {
                throw new InputException("-: standard input holds more than " + (MOST_BYTES >> 20)
                        + " MB; give the name of a file");
            }
            return new ImageSource(Path.of("stdin"), Path.of(""), content);
        } catch (IOException e) {
            throw new InputException("-: cannot read standard input: " + Reasons.of(e), e);
        }
    }

    private static List<ImageSource> imagesIn(Path folder, boolean recursive, String hint) {
        List<ImageSource> images = new ArrayList<>();
        List<ImageSource> failed = new ArrayList<>();
        try {
            Files.walkFileTree(folder, Set.of(), recursive ? Integer.MAX_VALUE : 1, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    if (isImage(file)) {
                        images.add(new ImageSource(file, recursive ? folder.relativize(file.getParent()) : Path.of(""),
                                null));
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException e) {
                    failed.add(ImageSource.failed(file, unread(file, e)));
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            failed.add(ImageSource.failed(folder, unread(folder, e)));
        }
        images.sort(Comparator.comparing(ImageSource::file));
        images.addAll(failed);
        return !images.isEmpty() ? images : List.of(ImageSource.failed(folder,
                "the folder " + folder + " holds no image: name a file or another folder" + hint));
    }

    private static String unread(Path folder, IOException e) {
        return "cannot read the folder " + folder + ": " + Reasons.of(e) + "; check its permissions";
    }

    private static boolean isImage(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return !name.startsWith(".") && IMAGES.contains(name.substring(name.lastIndexOf('.') + 1))
                && Files.isRegularFile(file);
    }
}
