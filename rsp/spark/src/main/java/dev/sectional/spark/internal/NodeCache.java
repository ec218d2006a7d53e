package dev.sectional.spark.internal;

import dev.sectional.core.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies of remote files on this machine, one for all executors and all jobs of a user: a file is copied by the first
 * JVM that asks for it and can then be mapped. A remote file that changed has another length or time and gets another
 * copy.
 */
final class NodeCache {
    /** Name of the system property with the folder of the copies; by default one in {@code java.io.tmpdir}. */
    static final String PROPERTY = "sectional.spark.cache";
    private static final Logger LOG = LoggerFactory.getLogger(NodeCache.class);
    private static final Set<PosixFilePermission> OWNER = EnumSet.of(PosixFilePermission.OWNER_READ,
            PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE);

    private NodeCache() {
    }

    /**
     * Returns the local copy of a file.
     *
     * @param uri a file of any Hadoop file system
     * @throws InputException if it cannot be read, or the copy cannot be written
     */
    static synchronized Path copy(String uri, Configuration configuration) {
        try {
            org.apache.hadoop.fs.Path remote = new org.apache.hadoop.fs.Path(uri);
            FileSystem files = remote.getFileSystem(configuration);
            FileStatus status = files.getFileStatus(remote);
            Path folder = privateFolder().resolve(key(uri + " " + status.getLen() + " "
                    + status.getModificationTime()));
            Files.createDirectories(folder);
            Path copy = folder.resolve(remote.getName());
            try (FileChannel lock = FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE); FileLock held = lock.lock()) {
                if (held.isValid() && !Files.exists(copy)) {
                    fetch(files, remote, status.getLen(), copy);
                }
            }
            return copy;
        } catch (IOException | IllegalArgumentException e) {   // Hadoop's Path throws the latter
            throw new InputException("cannot read " + uri + " on this machine: " + e.getMessage()
                    + "; check the address, and that its file system can be reached from every executor", e);
        }
    }

    private static void fetch(FileSystem files, org.apache.hadoop.fs.Path remote, long length, Path copy)
            throws IOException {
        long began = System.nanoTime();
        Path part = copy.resolveSibling(copy.getFileName() + ".part");
        try (InputStream in = files.open(remote)) {
            Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
        }
        if (Files.size(part) != length) {
            throw new IOException("it has " + Files.size(part) + " bytes instead of " + length);
        }
        Files.move(part, copy, StandardCopyOption.ATOMIC_MOVE);
        LOG.info("copied {} to {}, {} bytes in {} ms", remote, copy, length, (System.nanoTime() - began) / 1_000_000);
    }

    /** Returns the folder of the copies, which only this user can write: others could exchange the weights. */
    private static Path privateFolder() throws IOException {
        Path folder = Path.of(System.getProperty(PROPERTY, Path.of(System.getProperty("java.io.tmpdir"),
                "sectional-cache-" + System.getProperty("user.name")).toString()));
        if (!folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            return Files.createDirectories(folder);
        }
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(OWNER));
        }
        if (!OWNER.equals(Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS))) {
            throw new IOException("others may write the cache " + folder + ": delete it, or set -D" + PROPERTY);
        }
        return folder;
    }

    private static String key(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }
}
