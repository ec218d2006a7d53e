package dev.sectional.images.internal;

import com.drew.imaging.ImageMetadataReader;
import com.drew.imaging.ImageProcessingException;
import com.drew.imaging.png.PngChunk;
import com.drew.imaging.png.PngChunkReader;
import com.drew.imaging.png.PngChunkType;
import com.drew.lang.ByteArrayReader;
import com.drew.lang.StreamReader;
import com.drew.metadata.Metadata;
import com.drew.metadata.exif.ExifIFD0Directory;
import com.drew.metadata.exif.ExifReader;
import dev.sectional.core.InputException;
import dev.sectional.images.files.Reasons;
import java.awt.image.BufferedImage;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import java.util.Set;
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
    private static final int CMYK = 4;

    private ImageDecoder() {
    }

    /**
     * Decodes an image: the first one of the file, of an animation the first frame on its whole canvas.
     *
     * @param name of the file, for messages
     * @param stream the whole file, from its start
     * @param applyProfile whether an embedded ICC profile is applied
     * @throws InputException if the bytes are no known image, are cut off, hold a kind of pixels that is not read, or
     *     do not fit into memory
     */
    public static BufferedImage decode(String name, ImageInputStream stream, boolean applyProfile) throws IOException {
        byte[] head = new byte[UnreadFormats.HEAD];
        int length = Math.max(0, stream.read(head));
        stream.seek(0);
        UnreadFormats.refuse(name, Arrays.copyOf(head, length));
        if (JpegHeader.starts(head)) {
            return jpeg(name, stream, applyProfile);
        }
        if (WebpHeader.starts(head)) {
            return webp(name, stream, applyProfile);
        }
        byte[] profile = applyProfile && isPng(head) ? ColourProfiles.png(stream) : null;
        stream.seek(0);
        return decode(name, stream, applyProfile, profile);
    }

    private static boolean isPng(byte[] head) {
        return (head[0] & 0xFF) == 0x89 && head[1] == 'P' && head[2] == 'N' && head[3] == 'G';
    }

    private static BufferedImage jpeg(String name, ImageInputStream stream, boolean applyProfile) throws IOException {
        JpegHeader header = JpegHeader.read(stream);
        byte[] profile = header.profile();
        if (header.isCutOff(stream)) {
            throw broken(name, "the end of its scans is missing", null);
        }
        stream.seek(header.length());
        if (!header.needsParting() || applyProfile && header.components() == CMYK) {
            stream.seek(0);
            return decode(name, stream, false, null);   // the decoder itself applies a profile for CMYK
        }
        try (ImageInputStream without = header.withoutProfile(stream)) {
            return decode(name, without, applyProfile, profile);
        }
    }

    private static BufferedImage webp(String name, ImageInputStream stream, boolean applyProfile) throws IOException {
        try {
            WebpHeader.requireWhole(stream);
        } catch (EOFException e) {
            throw broken(name, Reasons.of(e), e);
        }
        int[] canvas = WebpHeader.canvas(stream);
        WebpHeader header = WebpHeader.read(stream);
        BufferedImage frame;
        if (header.profile() == null) {
            stream.seek(0);
            frame = decode(name, stream, applyProfile, null);
        } else {
            try (ImageInputStream without = header.withoutProfile(stream)) {
                frame = decode(name, without, applyProfile, header.profile());
            }
        }
        return canvas == null ? frame : onCanvas(name, frame, canvas);
    }

    /** Returns the first frame of an animation on its canvas, which is black and transparent elsewhere. */
    private static BufferedImage onCanvas(String name, BufferedImage frame, int[] canvas) {
        int width = canvas[2];
        int height = canvas[3];
        if (frame.getWidth() == width && frame.getHeight() == height) {
            return frame;
        }
        if (canvas[0] + frame.getWidth() > width || canvas[1] + frame.getHeight() > height) {
            throw broken(name, "its first frame reaches beyond its canvas", null);
        }
        requireMemory(name, width, height, 4);
        BufferedImage whole = new BufferedImage(width, height, BufferedImage.TYPE_INT_ARGB);
        for (int y = 0; y < frame.getHeight(); y++) {
            whole.setRGB(canvas[0], canvas[1] + y, frame.getWidth(), 1,
                    frame.getRGB(0, y, frame.getWidth(), 1, null, 0, frame.getWidth()), 0, frame.getWidth());
        }
        return whole;
    }

    /** @param profile to apply if {@code applyProfile}; null if there is none, or the reader knows it */
    private static BufferedImage decode(String name, ImageInputStream stream, boolean applyProfile, byte[] profile)
            throws IOException {
        Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
        if (!readers.hasNext()) {
            throw new InputException(name + " is not an image of a supported format: give a PNG, JPEG, GIF, BMP, WebP"
                    + " or TIFF file, or a .npy array");
        }
        ImageReader reader = readers.next();
        try {
            String format = reader.getFormatName().toLowerCase(Locale.ROOT);
            // The metadata of other formats is not needed and could be a decompression bomb.
            boolean needsMetadata = format.equals("gif") || format.startsWith("tif");
            reader.setInput(stream, !needsMetadata, !needsMetadata);
            BufferedImage image = decode(name, reader, format);
            byte[] found = format.startsWith("tif") ? TiffSamples.profile(reader) : profile;
            return applyProfile && found != null ? ColourProfiles.applied(name, found, image) : image;
        } finally {
            reader.dispose();
        }
    }

    private static BufferedImage decode(String name, ImageReader reader, String format) {
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
            image = decode(name, format, reader);
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

    private static BufferedImage decode(String name, String format, ImageReader reader) throws IOException {
        if (format.startsWith("tif")) {
            TiffSamples.require(name, reader);
            requireMemory(name, reader, reader.getWidth(0), reader.getHeight(0));
            TiffStrips.require(TiffSamples.directory(reader), (ImageInputStream) reader.getInput());
            return TiffSamples.withUpperBytes(reader.read(0), reader);
        }
        if (format.equals("gif")) {
            int[] canvas = GifCanvas.size(reader);
            requireMemory(name, reader, canvas[0], canvas[1]);
            return GifCanvas.of(reader.read(0), reader);
        }
        requireMemory(name, reader, reader.getWidth(0), reader.getHeight(0));
        return reader.read(0);
    }

    private static InputException broken(String name, String reason, Throwable cause) {
        boolean unsupported = reason.toLowerCase(Locale.ROOT).matches(".*(not supported|unsupported).*");
        return new InputException(name + (unsupported ? " cannot be decoded: " + reason
                + "; convert it to an 8-bit PNG with an image editor"
                : " is cut off or damaged: " + reason + "; get it again from its source"), cause);
    }

    /** Compares the size in the header with the free memory before anything is allocated. */
    private static void requireMemory(String name, ImageReader reader, long width, long height) throws IOException {
        long pixelBytes = 4;
        try {
            ImageTypeSpecifier type = reader.getRawImageType(0);
            pixelBytes = type == null ? 4 : Math.max(1, (type.getColorModel().getPixelSize() + 7) / 8);
        } catch (IIOException e) {
            // A colour type without a Java equivalent, such as CMYK, needs four bytes for each pixel at most.
        }
        requireMemory(name, width, height, pixelBytes);
    }

    private static void requireMemory(String name, long width, long height, long pixelBytes) {
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
     * Tells whether an image is a JPEG file of four colours, CMYK.
     *
     * @param stream the whole file; stands at its start afterwards
     */
    public static boolean isCmyk(ImageInputStream stream) throws IOException {
        byte[] head = new byte[UnreadFormats.HEAD];
        stream.seek(0);
        stream.read(head);
        boolean cmyk = JpegHeader.starts(head) && JpegHeader.read(stream).components() == CMYK;
        stream.seek(0);
        return cmyk;
    }

    /**
     * Reads the EXIF orientation of an image.
     *
     * @param stream the whole file, before it is decoded; stands at its start afterwards
     * @return 1 to 8; 1 if there is none or the metadata is damaged
     */
    public static int orientation(ImageInputStream stream) throws IOException {
        try {
            byte[] head = new byte[UnreadFormats.HEAD];
            stream.seek(0);
            stream.read(head);
            stream.seek(0);
            InputStream content = JpegHeader.adapted(stream);
            Metadata metadata = isPng(head) ? png(content) : ImageMetadataReader.readMetadata(content);
            ExifIFD0Directory exif = metadata.getFirstDirectoryOfType(ExifIFD0Directory.class);
            Integer value = exif == null ? null : exif.getInteger(ExifIFD0Directory.TAG_ORIENTATION);
            return value == null || value < 1 || value > 8 ? 1 : value;
        } catch (ImageProcessingException | IOException | RuntimeException e) {
            return 1;   // damaged metadata is no reason to refuse an image whose pixels can be decoded
        } finally {
            stream.seek(0);
        }
    }

    /** Reads the EXIF chunk alone: the text chunks of a PNG file are compressed and may be of any size. */
    private static Metadata png(InputStream content) throws ImageProcessingException, IOException {
        Metadata metadata = new Metadata();
        for (PngChunk chunk : new PngChunkReader().extract(new StreamReader(content), Set.of(PngChunkType.eXIf))) {
            new ExifReader().extract(new ByteArrayReader(chunk.getBytes()), metadata);
        }
        return metadata;
    }
}
