package dev.sectional.images.figure;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The style that pages share, light and dark: the interactive page, its report and the report of an evaluation. */
public final class PageStyle {
    private PageStyle() {
    }

    /** {@return the style sheet: colours, headings, controls, tables and frames of maps} */
    public static String css() {
        try (InputStream in = PageStyle.class.getResourceAsStream("style.css")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);   // Only closing the resource could fail.
        }
    }
}
