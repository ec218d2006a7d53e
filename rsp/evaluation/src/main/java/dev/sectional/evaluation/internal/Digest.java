package dev.sectional.evaluation.internal;

import dev.sectional.core.InputException;
import dev.sectional.images.files.InputFiles;
import dev.sectional.images.files.Reasons;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Computes the SHA-256 of texts, arrays and files, one after the other. Each part is preceded by its kind and length.
 */
public final class Digest {
    private final MessageDigest sha256;

    /** Creates an empty digest. */
    public Digest() {
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    /** Returns the SHA-256 of a file's content alone, as {@code sha256sum} prints it. */
    public static String ofFile(Path file) {
        Digest digest = new Digest();
        digest.content(file);
        return digest.hex();
    }

    /** Adds a text. */
    public Digest text(String text) {
        return bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Adds bytes. */
    public Digest bytes(byte[] bytes) {
        start('b', bytes.length);
        sha256.update(bytes);
        return this;
    }

    /** Adds numbers, bit for bit. */
    public Digest floats(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * values.length);
        bytes.asFloatBuffer().put(values);
        return bytes(bytes.array());
    }

    /**
     * Adds the content of a file, or the fact that it does not exist.
     *
     * @throws InputException if the file cannot be read
     */
    public Digest file(Path file) {
        if (!Files.exists(file)) {
            start('-', 0);
            return this;
        }
        try {
            start('f', Files.size(file));
        } catch (IOException e) {
            throw unreadable(file, e);
        }
        content(file);
        return this;
    }

    private void content(Path file) {
        InputFiles.requireFile(file);
        try (InputStream in = Files.newInputStream(file)) {
            byte[] buffer = new byte[1 << 16];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                sha256.update(buffer, 0, read);
            }
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private void start(char kind, long length) {
        sha256.update(ByteBuffer.allocate(Character.BYTES + Long.BYTES).putChar(kind).putLong(length).flip());
    }

    private static InputException unreadable(Path file, IOException e) {
        return new InputException("cannot read " + file + ": " + Reasons.of(e) + "; check the file", e);
    }

    /** Returns the digest in hexadecimal digits; nothing can be added afterwards. */
    public String hex() {
        return HexFormat.of().formatHex(sha256.digest());
    }
}
