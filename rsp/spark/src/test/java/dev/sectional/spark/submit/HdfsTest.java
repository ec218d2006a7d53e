package dev.sectional.spark.submit;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** HDFS in this JVM. {@code .ci/nightly cluster} runs this test. */
@EnabledIfSystemProperty(named = "sectional.nightly", matches = "true")
class HdfsTest extends RemoteStorage {
    private MiniDFSCluster cluster;

    @Override
    FileSystem start(Path work) throws IOException {
        Configuration configuration = new Configuration();
        configuration.set("hdfs.minidfs.basedir", work.toString());
        cluster = new MiniDFSCluster.Builder(configuration).numDataNodes(1).build();
        return cluster.getFileSystem();
    }

    @Override
    void stop() {
        cluster.shutdown(true);
    }
}
