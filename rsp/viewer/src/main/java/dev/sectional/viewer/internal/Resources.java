package dev.sectional.viewer.internal;

import dev.sectional.images.figure.PageStyle;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The files of the page, which lie beside the public package's classes. */
public final class Resources {
    private static final String FOLDER = "/dev/sectional/viewer/";
    private static final String STYLE = "page.css";
    private static final Map<String, String> TYPES = Map.of(
            "page.html", "text/html; charset=utf-8",
            STYLE, "text/css; charset=utf-8",
            "maps.js", "text/javascript; charset=utf-8",
            "source.js", "text/javascript; charset=utf-8",
            "pointer.js", "text/javascript; charset=utf-8",
            "cells.js", "text/javascript; charset=utf-8",
            "panels.js", "text/javascript; charset=utf-8",
            "memory.js", "text/javascript; charset=utf-8",
            "methods.js", "text/javascript; charset=utf-8",
            "page.js", "text/javascript; charset=utf-8");

    private Resources() {
    }

    /** Returns the MIME type of a file of the page; empty if there is no such file. */
    public static Optional<String> type(String name) {
        return Optional.ofNullable(TYPES.get(name));
    }

    /** Returns the names of the scripts. */
    public static List<String> scripts() {
        return TYPES.keySet().stream().filter(name -> name.endsWith(".js")).sorted().toList();
    }

    /** Returns the content of a file of the page; its style follows the one that pages share. */
    public static byte[] read(String name) {
        try (InputStream in = Resources.class.getResourceAsStream(FOLDER + name)) {
            byte[] own = in.readAllBytes();
            return name.equals(STYLE) ? (PageStyle.css() + new String(own, StandardCharsets.UTF_8))
                    .getBytes(StandardCharsets.UTF_8) : own;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
