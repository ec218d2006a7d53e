package dev.sectional.images.internal;

import com.drew.imaging.png.PngChunk;
import com.drew.imaging.png.PngChunkReader;
import com.drew.imaging.png.PngChunkType;
import com.drew.imaging.png.PngProcessingException;
import com.drew.lang.StreamReader;
import dev.sectional.core.InputException;
import java.awt.color.CMMException;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.ColorConvertOp;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Set;
import java.util.zip.InflaterInputStream;
import javax.imageio.stream.ImageInputStream;

/** Reads the ICC profile of a PNG file, and converts pixels from the profile of any file to sRGB. */
final class ColourProfiles {
    /** Bytes of the largest profile that is read. */
    static final int LARGEST = 16 << 20;

    private ColourProfiles() {
    }

    /**
     * Returns the profile of a PNG file, read from its start.
     *
     * @return null if there is none
     */
    static byte[] png(ImageInputStream stream) throws IOException {
        stream.seek(0);
        try {
            for (PngChunk chunk : new PngChunkReader().extract(new StreamReader(JpegHeader.adapted(stream)),
                    Set.of(PngChunkType.iCCP))) {
                byte[] bytes = chunk.getBytes();
                int name = 0;
                while (name < bytes.length && bytes[name] != 0) {
                    name++;
                }
                int start = Math.min(bytes.length, name + 2);
                InflaterInputStream inflated = new InflaterInputStream(
                        new ByteArrayInputStream(bytes, start, bytes.length - start));
                byte[] profile = inflated.readNBytes(LARGEST + 1);
                if (profile.length > LARGEST) {
                    throw new IOException("its ICC profile exceeds " + (LARGEST >> 20) + " MB");
                }
                return profile;
            }
            return null;
        } catch (PngProcessingException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /**
     * Returns the image in sRGB.
     *
     * @throws InputException if the profile cannot be used
     */
    static BufferedImage applied(String name, byte[] profile, BufferedImage image) {
        try {
            ICC_Profile from = ICC_Profile.getInstance(profile);
            int components = from.getNumComponents();
            if (components != 1 && components != 3) {
                throw new IllegalArgumentException("it is one of " + components + " components");
            }
            ColorConvertOp conversion = new ColorConvertOp(
                    new ICC_Profile[] {from, ICC_Profile.getInstance(ColorSpace.CS_sRGB)}, null);
            return applied(conversion, components, image);
        } catch (CMMException | IllegalArgumentException e) {
            throw new InputException(name + ": its ICC profile cannot be applied (" + e.getMessage()
                    + "); ignore it with --icc ignore", e);
        }
    }

    private static BufferedImage applied(ColorConvertOp conversion, int components, BufferedImage image) {
        int width = image.getWidth();
        PixelRows rows = new PixelRows(image, 1);
        byte[] row = new byte[3 * width];
        byte[] source = new byte[components * width];
        WritableRaster from = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, width, 1, components, null);
        WritableRaster to = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, width, 1, 3, null);
        BufferedImage converted = new BufferedImage(width, image.getHeight(), BufferedImage.TYPE_3BYTE_BGR);
        for (int y = 0; y < image.getHeight(); y++) {
            rows.read(y, row);
            for (int i = 0; i < source.length; i++) {
                source[i] = row[components == 3 ? i : 3 * i];
            }
            from.setDataElements(0, 0, width, 1, source);
            conversion.filter(from, to);
            converted.getRaster().setPixels(0, y, width, 1, to.getPixels(0, 0, width, 1, (int[]) null));
        }
        return converted;
    }
}
