package dev.sectional.evaluation.run;

import dev.sectional.core.InputException;
import dev.sectional.core.internal.json.Json;
import dev.sectional.images.files.OutputFiles;
import dev.sectional.images.files.Reasons;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The settings of a run. Fixed settings determine the results: a folder contains the results of one choice of them.
 * Noted settings are information for people.
 */
public final class RunSettings {
    private static final String FILE = "settings.json";

    private final Map<String, String> fixed = new LinkedHashMap<>();
    private final Map<String, String> noted = new LinkedHashMap<>();

    /** Adds a setting that results depend on. */
    public RunSettings fixed(String name, String value) {
        fixed.put(name, value);
        return this;
    }

    /** Adds a setting that results do not depend on. */
    public RunSettings noted(String name, String value) {
        noted.put(name, value);
        return this;
    }

    /** Returns all settings: the fixed ones, then the noted ones. */
    public Map<String, String> all() {
        Map<String, String> all = new LinkedHashMap<>(fixed);
        all.putAll(noted);
        return all;
    }

    /** Returns the name, size and SHA-256 of a file. */
    public static String identity(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[1 << 16];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
            return file.getFileName() + ", " + Files.size(file) + " bytes, sha256 " + HexFormat.of()
                    .formatHex(digest.digest());
        } catch (IOException e) {
            throw new InputException("cannot read " + file + ": " + Reasons.of(e) + "; check the file", e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    /**
     * Writes the fixed settings into a folder, unless it has them already.
     *
     * @throws InputException if the folder has other settings
     */
    public void keep(Path folder) {
        Path file = folder.resolve(FILE);
        if (Files.exists(file)) {
            requireSame(file);
            return;
        }
        String json = fixed.entrySet().stream()
                .map(e -> "  " + Json.quote(e.getKey()) + ": " + Json.quote(e.getValue()))
                .collect(Collectors.joining(",\n", "{\n", "\n}\n"));
        try (OutputFiles outputs = new OutputFiles()) {
            outputs.add(file, out -> out.write(json.getBytes(StandardCharsets.UTF_8)));
            outputs.keep();
        }
    }

    private void requireSame(Path file) {
        Map<String, Object> other;
        try {
            other = Json.object(Files.readString(file));
        } catch (IOException | IllegalArgumentException e) {
            throw new InputException("cannot read " + file + ": " + Reasons.of(e) + "; pass another folder with --out",
                    e);
        }
        for (Map.Entry<String, String> setting : fixed.entrySet()) {
            Object there = other.get(setting.getKey());
            if (!setting.getValue().equals(there)) {
                throw new InputException(file.toAbsolutePath().getParent() + " contains a run with " + setting.getKey()
                        + " '" + there + "', not '"
                        + setting.getValue() + "': pass another folder with --out, or delete that one");
            }
        }
    }
}
