package dev.sectional.spark.internal;

import dev.sectional.core.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies of remote files on this machine, one for all executors and all jobs of a user: a file is copied by the first
 * JVM that asks for it and can then be mapped. A remote file that changed has another length or time and gets another
 * copy. A copy whose length is wrong is made anew.
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
     * Returns the local copy of a file. Files that it refers to are copied beside it.
     *
     * @throws InputException if it cannot be read, or the copy cannot be written
     */
    static synchronized Path copy(RemotePath remote) {
        try {
            List<Path> files = WeightParts.of(remote);
            StringBuilder names = new StringBuilder();
            for (Path file : files) {
                names.append(file).append(' ').append(Files.size(file)).append(' ')
                        .append(Files.getLastModifiedTime(file).toMillis()).append('\n');
            }
            Path folder = Files.createDirectories(privateFolder().resolve(key(names.toString())));
            try (FileChannel lock = FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE); FileLock held = lock.lock()) {
                for (Path file : files) {
                    Path copy = folder.resolve(file.getFileName().toString());
                    if (held.isValid() && (!Files.exists(copy) || Files.size(copy) != Files.size(file))) {
                        fetch(file, copy);
                    }
                }
            }
            return folder.resolve(remote.getFileName().toString());
        } catch (IOException | UncheckedIOException e) {
            throw new InputException("cannot read " + remote + " on " + SharedFiles.host() + ": " + reason(e)
                    + "; check the address, and that every executor reaches its file system and has room in "
                    + folder(), e);
        }
    }

    private static String reason(Exception e) {
        return e instanceof NoSuchFileException ? "there is no such file" : e.getMessage();
    }

    /** Copies under another name first, so that a copy is whole as soon as it has its name. */
    private static void fetch(Path remote, Path copy) throws IOException {
        long began = System.nanoTime();
        long length = Files.size(remote);
        Path part = copy.resolveSibling(copy.getFileName() + ".part");
        try {
            try (InputStream in = Files.newInputStream(remote)) {
                Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
            }
            if (Files.size(part) != length) {
                throw new IOException("it has " + Files.size(part) + " bytes instead of " + length);
            }
            try (FileChannel written = FileChannel.open(part, StandardOpenOption.WRITE)) {
                written.force(true);
            }
            Files.move(part, copy, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
        LOG.info("copied {} to {}, {} bytes in {} ms", remote, copy, length, (System.nanoTime() - began) / 1_000_000);
    }

    private static Path folder() {
        return Path.of(System.getProperty(PROPERTY, Path.of(System.getProperty("java.io.tmpdir"),
                "sectional-cache-" + System.getProperty("user.name")).toString()));
    }

    /** Returns the folder of the copies, which only this user can write: others could exchange the weights. */
    private static Path privateFolder() throws IOException {
        Path folder = folder();
        if (!folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            return Files.createDirectories(folder);
        }
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            create(folder);
        }
        if (!OWNER.equals(Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS)) || !own(folder)) {
            throw new IOException("others may write the cache " + folder + ": delete it, or set -D" + PROPERTY);
        }
        return folder;
    }

    /** Another executor may create it at the same time. */
    private static void create(Path folder) throws IOException {
        Files.createDirectories(folder.toAbsolutePath().getParent());
        try {
            Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(OWNER));
        } catch (FileAlreadyExistsException e) {
            LOG.debug("another executor created {}", folder);
        }
    }

    /** Compares owners by a new file: in a container, {@code user.name} need not be the name of the file's owner. */
    private static boolean own(Path folder) throws IOException {
        Path mine = Files.createTempFile(folder, "owner", null);
        try {
            return Files.getOwner(mine).equals(Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS));
        } finally {
            Files.deleteIfExists(mine);
        }
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
