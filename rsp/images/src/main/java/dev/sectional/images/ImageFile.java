package dev.sectional.images;

import com.drew.imaging.ImageMetadataReader;
import com.drew.imaging.ImageProcessingException;
import com.drew.metadata.Metadata;
import com.drew.metadata.exif.ExifIFD0Directory;
import dev.sectional.core.InputException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.event.IIOReadWarningListener;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** Reads image files: what javax.imageio reads, CMYK JPEG, and the EXIF orientation. */
public final class ImageFile {
    private ImageFile() {
    }

    /**
     * @throws InputException if the file cannot be read, is no image, is cut off, or does not fit into memory
     */
    public static Image read(Path file) {
        return read(file, true);
    }

    /**
     * The same without turning the image as its EXIF says: the coordinates of datasets are those of the stored pixels.
     *
     * @throws InputException as {@link #read}
     */
    public static Image readAsStored(Path file) {
        return read(file, false);
    }

    private static Image read(Path file, boolean upright) {
        requireFile(file);
        try (ImageInputStream stream = ImageIO.createImageInputStream(file.toFile())) {
            return new Image(decode(file.toString(), stream), upright ? orientation(() -> ImageMetadataReader.readMetadata(file.toFile())) : 1);
        } catch (IOException e) {
            throw new InputException("cannot read " + file + ": " + Reasons.of(e) + "; check the file", e);
        }
    }

    /**
     * An image from the bytes of its file.
     *
     * @param name for messages
     * @throws InputException if they are no image, are cut off, or do not fit into memory
     */
    public static Image read(String name, byte[] content) {
        if (content.length == 0) {
            throw new InputException(name + " is empty: check the file");
        }
        try (ImageInputStream stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(content))) {
            return new Image(decode(name, stream), orientation(() -> ImageMetadataReader.readMetadata(new ByteArrayInputStream(content))));
        } catch (IOException e) {
            throw new InputException("cannot read " + name + ": " + Reasons.of(e) + "; check the file", e);
        }
    }

    /** @throws InputException if there is no such readable, non-empty file */
    public static void requireFile(Path file) {
        if (!Files.exists(file)) {
            throw new InputException("there is no file " + file + ": check the name");
        }
        if (Files.isDirectory(file)) {
            throw new InputException(file + " is a folder: give a file");
        }
        if (!Files.isReadable(file)) {
            throw new InputException(file + " may not be read: check its permissions");
        }
        try {
            if (Files.isRegularFile(file) && Files.size(file) == 0) {
                throw new InputException(file + " is empty: check the file");
            }
        } catch (IOException e) {
            throw new InputException("cannot read " + file + ": " + Reasons.of(e) + "; check the file", e);
        }
    }

    private static BufferedImage decode(String file, ImageInputStream stream) {
        Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
        if (!readers.hasNext()) {
            throw new InputException(file + " is not an image of a kind that is known here: give a PNG, JPEG, GIF, BMP or "
                    + "TIFF, or a .npy array");
        }
        ImageReader reader = readers.next();
        try {
            reader.setInput(stream, true, true);
            return decode(file, reader);
        } finally {
            reader.dispose();
        }
    }

    private static BufferedImage decode(String file, ImageReader reader) {
        AtomicReference<String> cut = new AtomicReference<>();
        // The JPEG decoder fills a file that ends early with grey, and tells only who listens.
        reader.addIIOReadWarningListener((IIOReadWarningListener) (source, warning) -> {
            if (warning.toLowerCase(Locale.ROOT).contains("premature end")) {
                cut.set(warning);
            }
        });
        BufferedImage image;
        try {
            requireMemory(file, reader);
            image = reader.read(0);
        } catch (IOException | RuntimeException e) {
            if (e instanceof InputException) {
                throw (InputException) e;
            }
            throw broken(file, Reasons.of(e), e);
        } catch (OutOfMemoryError e) {
            throw new InputException(file + " does not fit into the memory of this Java: make the image smaller, or give "
                    + "Java more with JAVA_OPTS=-Xmx4g", e);
        }
        if (cut.get() != null) {
            throw broken(file, cut.get(), null);
        }
        return image;
    }

    private static InputException broken(String file, String reason, Throwable cause) {
        return new InputException(file + " is cut off or damaged: " + reason + "; get it again from where it came", cause);
    }

    /** Compares what the header declares with the memory there is, before any of it is taken. */
    private static void requireMemory(String file, ImageReader reader) throws IOException {
        long width = reader.getWidth(0);
        long height = reader.getHeight(0);
        long pixelBytes = 4;
        try {
            ImageTypeSpecifier type = reader.getRawImageType(0);
            pixelBytes = type == null ? 4 : Math.max(1, (type.getColorModel().getPixelSize() + 7) / 8);
        } catch (IIOException e) {
            // A colour type without a Java equivalent (CMYK): four bytes a pixel hold.
        }
        long needed = width * height * pixelBytes;
        Runtime java = Runtime.getRuntime();
        long free = java.maxMemory() - java.totalMemory() + java.freeMemory();
        if (needed > free - free / 8 || needed > Integer.MAX_VALUE - 64) {
            throw new InputException(String.format("%s is %d x %d pixels and needs %d MB to decode, where this Java has %d MB: make the"
                    + " image smaller%s", file, width, height, needed >> 20, free >> 20,
                    needed > Integer.MAX_VALUE - 64 ? "" : ", or give Java more with JAVA_OPTS=-Xmx" + ((needed >> 29) + 1) + "g"));
        }
    }

    /** The EXIF orientation, 1 to 8; 1 where there is none or it cannot be made out. */
    private static int orientation(MetadataSource source) {
        try {
            ExifIFD0Directory exif = source.read().getFirstDirectoryOfType(ExifIFD0Directory.class);
            Integer value = exif == null ? null : exif.getInteger(ExifIFD0Directory.TAG_ORIENTATION);
            return value == null || value < 1 || value > 8 ? 1 : value;
        } catch (ImageProcessingException | IOException | RuntimeException e) {
            return 1;   // the image itself was read: metadata that is broken must not lose it
        }
    }

    /** Reads the metadata of an image. */
    private interface MetadataSource {
        Metadata read() throws ImageProcessingException, IOException;
    }
}
