package dev.sectional.spark.internal;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** The local file system as a Hadoop file system of another scheme. */
public final class FarFileSystem extends RawLocalFileSystem {
    /** Number of files opened. */
    static int opened;

    /** Returns the configuration that knows the scheme. */
    static Configuration configuration() {
        Configuration configuration = new Configuration();
        configuration.set("fs.far.impl", FarFileSystem.class.getName());
        return configuration;
    }

    /** Returns the path of a local file in this file system. */
    static RemotePath path(Path local) throws IOException {
        return RemoteFileSystem.path("far://host" + local, configuration());
    }

    @Override
    public URI getUri() {
        return URI.create("far://host");
    }

    @Override
    public FSDataInputStream open(org.apache.hadoop.fs.Path file, int buffer) throws IOException {
        opened++;
        return super.open(file, buffer);
    }
}
