package dev.sectional.images.internal;

import com.drew.imaging.ImageMetadataReader;
import com.drew.imaging.ImageProcessingException;
import com.drew.metadata.Metadata;
import com.drew.metadata.exif.ExifIFD0Directory;
import dev.sectional.core.InputException;
import dev.sectional.images.files.Reasons;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.util.Iterator;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.event.IIOReadWarningListener;
import javax.imageio.stream.ImageInputStream;

/**
 * Decodes images with javax.imageio and reads their EXIF orientation; every failure becomes one line that names the
 * file.
 */
public final class ImageDecoder {
    private ImageDecoder() {
    }

    /**
     * Decodes an image.
     *
     * @param name of the file, for messages
     * @throws InputException if the bytes are no known image, are cut off, or do not fit into memory
     */
    public static BufferedImage decode(String name, ImageInputStream stream) {
        Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
        if (!readers.hasNext()) {
            throw new InputException(name + " is not an image of a supported format: give a PNG, JPEG, GIF, BMP or TIFF"
                    + " file, or a .npy array");
        }
        ImageReader reader = readers.next();
        try {
            reader.setInput(stream, true, true);
            return decode(name, reader);
        } finally {
            reader.dispose();
        }
    }

    private static BufferedImage decode(String name, ImageReader reader) {
        AtomicReference<String> cut = new AtomicReference<>();
        // The JPEG decoder fills the rest of a file that ends early with grey and reports it to warning listeners
        // alone.
        reader.addIIOReadWarningListener((IIOReadWarningListener) (source, warning) -> {
            if (warning.toLowerCase(Locale.ROOT).contains("premature end")) {
                cut.set(warning);
            }
        });
        BufferedImage image;
        try {
            requireMemory(name, reader);
            image = reader.read(0);
        } catch (InputException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw broken(name, Reasons.of(e), e);
        } catch (OutOfMemoryError e) {
            throw new InputException(name + " does not fit into the memory of this Java: make the image smaller, or"
                    + " give Java more with JAVA_OPTS=-Xmx4g", e);
        }
        if (cut.get() != null) {
            throw broken(name, cut.get(), null);
        }
        return image;
    }

    private static InputException broken(String name, String reason, Throwable cause) {
        return new InputException(name + " is cut off or damaged: " + reason + "; get it again from its source", cause);
    }

    /** Compares the size in the header with the free memory before anything is allocated. */
    private static void requireMemory(String name, ImageReader reader) throws IOException {
        long width = reader.getWidth(0);
        long height = reader.getHeight(0);
        long pixelBytes = 4;
        try {
            ImageTypeSpecifier type = reader.getRawImageType(0);
            pixelBytes = type == null ? 4 : Math.max(1, (type.getColorModel().getPixelSize() + 7) / 8);
        } catch (IIOException e) {
            // A colour type without a Java equivalent, such as CMYK, needs four bytes for each pixel at most.
        }
        long needed = width * height * pixelBytes;
        Runtime java = Runtime.getRuntime();
        long free = java.maxMemory() - java.totalMemory() + java.freeMemory();
        boolean beyondArrays = needed > Integer.MAX_VALUE - 64;
        if (needed > free - free / 8 || beyondArrays) {
            String remedy = beyondArrays ? "" : ", or give Java more with JAVA_OPTS=-Xmx" + ((needed >> 29) + 1) + "g";
            throw new InputException(String.format("%s is %d x %d pixels and needs %d MB to decode, where this Java has"
                    + " %d MB: make the image smaller%s", name, width, height, needed >> 20, free >> 20, remedy));
        }
    }

    /**
     * Reads the EXIF orientation of an image file.
     *
     * @return 1 to 8; 1 if there is none or the metadata is damaged
     */
    public static int orientation(File file) {
        return orientation(() -> ImageMetadataReader.readMetadata(file));
    }

    /**
     * Reads the EXIF orientation from the bytes of an image file.
     *
     * @return 1 to 8; 1 if there is none or the metadata is damaged
     */
    public static int orientation(InputStream content) {
        return orientation(() -> ImageMetadataReader.readMetadata(content));
    }

    private static int orientation(MetadataSource source) {
        try {
            ExifIFD0Directory exif = source.read().getFirstDirectoryOfType(ExifIFD0Directory.class);
            Integer value = exif == null ? null : exif.getInteger(ExifIFD0Directory.TAG_ORIENTATION);
            return value == null || value < 1 || value > 8 ? 1 : value;
        } catch (ImageProcessingException | IOException | RuntimeException e) {
            return 1;   // the pixels were decoded: damaged metadata is no reason to refuse the image
        }
    }

    private interface MetadataSource {
        Metadata read() throws ImageProcessingException, IOException;
    }
}
