package dev.sectional.images.internal;

import dev.sectional.core.InputException;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** Recognises image formats that are not read, by the first bytes of a file, so that messages can name them. */
final class UnreadFormats {
    /** Number of bytes that {@link #name} looks at. */
    static final int HEAD = 16;

    private static final Set<String> HEIC_BRANDS = Set.of("heic", "heix", "heim", "heis", "hevc", "hevx", "mif1",
            "msf1");
    private static final Set<String> AVIF_BRANDS = Set.of("avif", "avis");

    private UnreadFormats() {
    }

    /**
     * Checks that a file is of none of these formats.
     *
     * @param file its name, for the message
     * @param head its first bytes, up to {@link #HEAD}
     * @throws InputException if it is; the message names the format
     */
    static void refuse(String file, byte[] head) {
        String format = name(new String(head, StandardCharsets.ISO_8859_1));
        if (format != null) {
            throw new InputException(file + " is " + format + ", which is not read: convert it to PNG or JPEG with an"
                    + " image editor");
        }
    }

    private static String name(String head) {
        if (head.startsWith("ftyp", 4) && head.length() >= 12) {
            String brand = head.substring(8, 12);
            return HEIC_BRANDS.contains(brand) ? "a HEIC image" : AVIF_BRANDS.contains(brand) ? "an AVIF image"
                    : "an ISO media file (brand '" + brand.strip() + "')";
        }
        if (head.startsWith("jP  ", 4) || head.startsWith("\u00ff\u004f\u00ff\u0051")) {
            return "a JPEG 2000 image";
        }
        if (head.startsWith("\u00ff\n") || head.startsWith("JXL ", 4)) {
            return "a JPEG XL image";
        }
        if (head.startsWith("II+\0") || head.startsWith("MM\0+")) {
            return "a BigTIFF image";
        }
        if (head.startsWith("8BPS")) {
            return "a Photoshop document";
        }
        if (head.startsWith("%PDF")) {
            return "a PDF document";
        }
        return head.startsWith("<svg") || head.startsWith("<?xml") ? "an XML or SVG document" : null;
    }
}
