package dev.sectional.viewer.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The files of the page, which lie beside the public package's classes. */
public final class Resources {
    private static final String FOLDER = "/dev/sectional/viewer/";
    private static final Map<String, String> TYPES = Map.of(
            "page.html", "text/html; charset=utf-8",
            "page.css", "text/css; charset=utf-8",
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

    /** Returns the content of a file of the page. */
    public static byte[] read(String name) {
        try (InputStream in = Resources.class.getResourceAsStream(FOLDER + name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
