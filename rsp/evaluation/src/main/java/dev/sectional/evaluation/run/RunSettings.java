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
 * What a run was made with. The fixed settings decide the measurements: a folder holds results of one choice of them. The
 * others are noted for people.
 */
public final class RunSettings {
    private static final String FILE = "settings.json";

    private final Map<String, String> fixed = new LinkedHashMap<>();
    private final Map<String, String> noted = new LinkedHashMap<>();

    /** Adds a setting on which results depend. */
    public RunSettings fixed(String name, String value) {
        fixed.put(name, value);
        return this;
    }

    /** Adds one on which they do not. */
    public RunSettings noted(String name, String value) {
        noted.put(name, value);
        return this;
    }

    /** All, in the order given. */
    public Map<String, String> all() {
        Map<String, String> all = new LinkedHashMap<>(fixed);
        all.putAll(noted);
        return all;
    }

    /** A file's name, size and SHA-256. */
    public static String identity(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[1 << 16];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
            return file.getFileName() + ", " + Files.size(file) + " bytes, sha256 " + HexFormat.of().formatHex(digest.digest());
        } catch (IOException e) {
            throw new InputException("cannot read " + file + ": " + Reasons.of(e) + "; check the file", e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /**
     * Writes the fixed settings into a folder that has none yet.
     *
     * @throws InputException if it has others
     */
    public void keep(Path folder) {
        Path file = folder.resolve(FILE);
        if (Files.exists(file)) {
            requireSame(file);
            return;
        }
        String json = fixed.entrySet().stream().map(e -> "  " + Json.quote(e.getKey()) + ": " + Json.quote(e.getValue()))
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
            throw new InputException("cannot read " + file + ": " + Reasons.of(e) + "; name another folder with --out", e);
        }
        for (Map.Entry<String, String> setting : fixed.entrySet()) {
            Object there = other.get(setting.getKey());
            if (!setting.getValue().equals(there)) {
                throw new InputException(file.toAbsolutePath().getParent() + " holds a run with " + setting.getKey() + " '" + there + "', not '"
                        + setting.getValue() + "': name another folder with --out, or delete that one");
            }
        }
    }
}
