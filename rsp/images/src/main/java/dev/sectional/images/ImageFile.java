package dev.sectional.images;

import dev.sectional.core.InputException;
import dev.sectional.images.files.InputFiles;
import dev.sectional.images.files.Reasons;
import dev.sectional.images.internal.ImageDecoder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** Reads image files: PNG, JPEG (CMYK included), GIF, BMP and TIFF, with their EXIF orientation. */
public final class ImageFile {
    private ImageFile() {
    }

    /**
     * Reads an image, upright by its EXIF orientation.
     *
     * @throws InputException if the file cannot be read, is no image, is cut off, or does not fit into memory
     */
    public static Image read(Path file) {
        return read(file, true);
    }

    /**
     * Reads an image and ignores its EXIF orientation: annotations of datasets count in stored pixels.
     *
     * @throws InputException as {@link #read(Path)}
     */
    public static Image readAsStored(Path file) {
        return read(file, false);
    }

    private static Image read(Path file, boolean upright) {
        InputFiles.requireReadable(file);
        try (ImageInputStream stream = ImageIO.createImageInputStream(file.toFile())) {
            int orientation = upright ? ImageDecoder.orientation(file.toFile()) : 1;
            return new Image(ImageDecoder.decode(file.toString(), stream), orientation);
        } catch (IOException e) {
            throw new InputException("cannot read " + file + ": " + Reasons.of(e) + "; check the file", e);
        }
    }

    /**
     * Reads an image from the bytes of its file, upright by its EXIF orientation.
     *
     * @param name of the file, for messages
     * @throws InputException if the bytes are no image, are cut off, or do not fit into memory
     */
    public static Image read(String name, byte[] content) {
        if (content.length == 0) {
            throw new InputException(name + " is empty: check the file");
        }
        try (ImageInputStream stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(content))) {
            int orientation = ImageDecoder.orientation(new ByteArrayInputStream(content));
            return new Image(ImageDecoder.decode(name, stream), orientation);
        } catch (IOException e) {
            throw new InputException("cannot read " + name + ": " + Reasons.of(e) + "; check the file", e);
        }
    }
}
