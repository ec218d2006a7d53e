package dev.sectional.images;

import dev.sectional.core.InputException;
import dev.sectional.images.files.InputFiles;
import dev.sectional.images.files.Reasons;
import dev.sectional.images.internal.Frames;
import dev.sectional.images.internal.ImageDecoder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Reads image files: PNG, JPEG (CMYK included), GIF, BMP, WebP and TIFF, with their EXIF orientation. Of an animation
 * the first frame is read, of several pages the first one; {@link Image#conversions} says so. {@code TiffSamples}
 * lists the kinds of TIFF that are read; the others are refused.
 */
public final class ImageFile {
    private ImageFile() {
    }

    /**
     * Reads an image, upright by its EXIF orientation. An embedded ICC profile is ignored.
     *
     * @param file to be read
     * @return the image
     * @throws InputException if the file cannot be read, is no image, is cut off, or does not fit into memory
     */
    public static Image read(Path file) {
        return read(file, IccPolicy.IGNORE);
    }

    /**
     * Reads an image, upright by its EXIF orientation.
     *
     * @param file to be read
     * @param icc what to do with a colour profile
     * @return the image
     * @throws InputException as {@link #read(Path)}, and if a profile is to be applied that cannot be
     */
    public static Image read(Path file, IccPolicy icc) {
        return read(file, true, icc);
    }

    /**
     * Reads an image and ignores its EXIF orientation: annotations of datasets count in stored pixels. An embedded ICC
     * profile is ignored.
     *
     * @param file to be read
     * @return the image
     * @throws InputException as {@link #read(Path)}
     */
    public static Image readAsStored(Path file) {
        return readAsStored(file, IccPolicy.IGNORE);
    }

    /**
     * Reads an image and ignores its EXIF orientation.
     *
     * @param file to be read
     * @param icc what to do with a colour profile
     * @return the image
     * @throws InputException as {@link #read(Path, IccPolicy)}
     */
    public static Image readAsStored(Path file, IccPolicy icc) {
        return read(file, false, icc);
    }

    private static Image read(Path file, boolean upright, IccPolicy icc) {
        InputFiles.requireReadable(file);
        try (ImageInputStream stream = open(file)) {
            return read(file.toString(), stream, upright, icc);
        } catch (IOException e) {
            throw new InputException("cannot read " + file + ": " + Reasons.of(e) + "; check the file", e);
        }
    }

    /**
     * Opens a file of the default file system in place. Holds the content of others in memory, also of a file whose
     * name has bytes that are no characters here, which {@link java.io.File} loses.
     */
    private static ImageInputStream open(Path file) throws IOException {
        ImageInputStream stream = file.getFileSystem() == FileSystems.getDefault()
                ? ImageIO.createImageInputStream(file.toFile()) : null;
        return stream != null ? stream
                : new MemoryCacheImageInputStream(new ByteArrayInputStream(Files.readAllBytes(file)));
    }

    /**
     * Reads an image from the bytes of its file, upright by its EXIF orientation. An embedded ICC profile is ignored.
     *
     * @param name of the file, for messages
     * @param content the bytes of the file
     * @return the image
     * @throws InputException if the bytes are no image, are cut off, or do not fit into memory
     */
    public static Image read(String name, byte[] content) {
        return read(name, content, IccPolicy.IGNORE);
    }

    /**
     * Reads an image from the bytes of its file, upright by its EXIF orientation.
     *
     * @param name of the file, for messages
     * @param content the bytes of the file
     * @param icc what to do with a colour profile
     * @return the image
     * @throws InputException as {@link #read(String, byte[])}, and if a profile is to be applied that cannot be
     */
    public static Image read(String name, byte[] content, IccPolicy icc) {
        if (content.length == 0) {
            throw new InputException(name + " is empty: check the file");
        }
        try (ImageInputStream stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(content))) {
            return read(name, stream, true, icc);
        } catch (IOException e) {
            throw new InputException("cannot read " + name + ": " + Reasons.of(e) + "; check the file", e);
        }
    }

    private static Image read(String name, ImageInputStream stream, boolean upright, IccPolicy icc)
            throws IOException {
        int orientation = upright ? ImageDecoder.orientation(stream) : 1;
        boolean inks = ImageDecoder.isCmyk(stream);
        String part = Frames.read(stream);
        return new Image(ImageDecoder.decode(name, stream, icc == IccPolicy.APPLY), orientation, inks, part);
    }
}
