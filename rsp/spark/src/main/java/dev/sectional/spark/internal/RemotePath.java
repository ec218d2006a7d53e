package dev.sectional.spark.internal;

import java.io.IOException;
import java.net.URI;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import org.apache.hadoop.fs.FileStatus;

/**
 * A path of a {@link RemoteFileSystem}. A path of this machine does the arithmetic of names; an absolute path begins
 * with the scheme and the host where it is printed.
 */
final class RemotePath implements Path {
    private final RemoteFileSystem system;
    private final Path plain;
    private final FileStatus listed;

    /**
     * @param plain without scheme and host
     * @param listed what the listing of its folder said; null if unknown
     */
    RemotePath(RemoteFileSystem system, Path plain, FileStatus listed) {
        this.system = system;
        this.plain = plain;
        this.listed = listed;
    }

    /** Returns what the listing of its folder said; null if unknown. */
    FileStatus listed() {
        return listed;
    }

    /** Returns the name for Hadoop. */
    org.apache.hadoop.fs.Path hadoop() {
        URI root = system.root();
        return new org.apache.hadoop.fs.Path(root.getScheme(), root.getAuthority(), toAbsolutePath().plain.toString());
    }

    private RemotePath with(Path other) {
        return other == null ? null : new RemotePath(system, other, null);
    }

    private static Path plain(Path other) {
        return ((RemotePath) other).plain;
    }

    @Override
    public RemoteFileSystem getFileSystem() {
        return system;
    }

    @Override
    public boolean isAbsolute() {
        return plain.isAbsolute();
    }

    @Override
    public RemotePath getRoot() {
        return with(plain.getRoot());
    }

    @Override
    public RemotePath getFileName() {
        return with(plain.getFileName());
    }

    @Override
    public RemotePath getParent() {
        return with(plain.getParent());
    }

    @Override
    public int getNameCount() {
        return plain.getNameCount();
    }

    @Override
    public RemotePath getName(int index) {
        return with(plain.getName(index));
    }

    @Override
    public RemotePath subpath(int from, int to) {
        return with(plain.subpath(from, to));
    }

    @Override
    public boolean startsWith(Path other) {
        return other instanceof RemotePath remote && remote.system.equals(system) && plain.startsWith(remote.plain);
    }

    @Override
    public boolean endsWith(Path other) {
        return other instanceof RemotePath remote && plain.endsWith(remote.plain);
    }

    @Override
    public RemotePath normalize() {
        return with(plain.normalize());
    }

    @Override
    public RemotePath resolve(Path other) {
        return with(plain.resolve(plain(other)));
    }

    @Override
    public RemotePath relativize(Path other) {
        return with(plain.relativize(plain(other)));
    }

    @Override
    public URI toUri() {
        return hadoop().toUri();
    }

    @Override
    public RemotePath toAbsolutePath() {
        return isAbsolute() ? this : with(Path.of("/").resolve(plain));
    }

    @Override
    public RemotePath toRealPath(LinkOption... options) throws IOException {
        system.provider().checkAccess(this);
        return toAbsolutePath().normalize();
    }

    @Override
    public WatchKey register(WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers) {
        throw new UnsupportedOperationException("Hadoop file systems are not watched");
    }

    @Override
    public int compareTo(Path other) {
        return plain.compareTo(plain(other));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RemotePath remote && remote.system.equals(system) && remote.plain.equals(plain);
    }

    @Override
    public int hashCode() {
        return plain.hashCode();
    }

    @Override
    public String toString() {
        return isAbsolute() ? hadoop().toString() : plain.toString();
    }
}
