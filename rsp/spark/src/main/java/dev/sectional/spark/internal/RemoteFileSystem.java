package dev.sectional.spark.internal;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;

/**
 * A Hadoop file system as a file system of Java, for reading: so that code written for paths, such as that of datasets,
 * reads {@code hdfs:}, {@code s3a:} and {@code gs:} addresses too.
 */
final class RemoteFileSystem extends FileSystem {
    private static final String SLASH = "/";

    private final org.apache.hadoop.fs.FileSystem files;
    private final RemoteProvider provider;

    private RemoteFileSystem(org.apache.hadoop.fs.FileSystem files) {
        this.files = files;
        this.provider = new RemoteProvider(files);
    }

    /**
     * Returns the path of an address.
     *
     * @throws IOException if its file system is unknown or cannot be reached
     * @throws IllegalArgumentException if it is no address
     */
    static RemotePath path(String uri, Configuration configuration) throws IOException {
        org.apache.hadoop.fs.Path given = new org.apache.hadoop.fs.Path(uri);
        RemoteFileSystem system = new RemoteFileSystem(given.getFileSystem(configuration));
        return new RemotePath(system, Path.of(given.toUri().getPath()), null);
    }

    /** Returns scheme and host. */
    URI root() {
        return files.getUri();
    }

    @Override
    public FileSystemProvider provider() {
        return provider;
    }

    /** Does nothing: Hadoop keeps one object for each file system, which others use. */
    @Override
    public void close() {
        // see above
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public boolean isReadOnly() {
        return true;
    }

    @Override
    public String getSeparator() {
        return SLASH;
    }

    @Override
    public Iterable<Path> getRootDirectories() {
        return List.of(getPath(SLASH));
    }

    @Override
    public Iterable<FileStore> getFileStores() {
        return List.of();
    }

    @Override
    public Set<String> supportedFileAttributeViews() {
        return Set.of("basic");
    }

    @Override
    public RemotePath getPath(String first, String... more) {
        return new RemotePath(this, Path.of(first, more), null);
    }

    @Override
    public PathMatcher getPathMatcher(String pattern) {
        throw new UnsupportedOperationException("no patterns of remote files");
    }

    @Override
    public UserPrincipalLookupService getUserPrincipalLookupService() {
        throw new UnsupportedOperationException("no owners of remote files");
    }

    @Override
    public WatchService newWatchService() {
        throw new UnsupportedOperationException("Hadoop file systems are not watched");
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RemoteFileSystem remote && remote.files.equals(files);
    }

    @Override
    public int hashCode() {
        return files.hashCode();
    }
}
