package dev.sectional.spark.submit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code s3a} with S3Proxy, a server of S3's protocol, on loopback in a process of its own. {@code .ci/nightly s3} runs
 * this test with the class path of the server.
 */
@EnabledIfSystemProperty(named = "sectional.s3proxy", matches = ".+")
class S3Test extends RemoteStorage {
    private static final Map<String, String> SETTINGS = Map.of("fs.s3a.endpoint.region", "eu-central-1",
            "fs.s3a.path.style.access", "true", "fs.s3a.access.key", "any", "fs.s3a.secret.key", "any");
    private static final String ENDPOINT = "fs.s3a.endpoint";
    private static final String PREFIX = "spark.hadoop.";

    /** One server for all tests: Spark's code keeps the settings of the first session of a process. */
    @TempDir
    static Path data;
    private static Process server;
    private static String endpoint;

    @BeforeAll
    static void startServer() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            endpoint = "http://127.0.0.1:" + free.getLocalPort();
        }
        Files.createDirectories(data.resolve("buckets/bucket"));
        Path options = Files.writeString(data.resolve("s3proxy.conf"), "s3proxy.endpoint=" + endpoint
                + "\ns3proxy.authorization=none\njclouds.provider=filesystem\njclouds.filesystem.basedir="
                + data.resolve("buckets") + "\n");
        Path log = data.resolve("s3proxy.log");
        server = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                Files.readString(Path.of(System.getProperty("sectional.s3proxy"))).strip(), "org.gaul.s3proxy.Main",
                "--properties", options.toString()).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        await(log);
    }

    private static void await(Path log) throws IOException {
        for (long end = System.nanoTime() + 120_000_000_000L; System.nanoTime() < end && server.isAlive();) {
            try {
                HttpURLConnection connection = (HttpURLConnection) URI.create(endpoint).toURL().openConnection();
                assertEquals(200, connection.getResponseCode());
                return;
            } catch (ConnectException e) {
                pause();
            }
        }
        throw new IOException("the server did not start: " + Files.readString(log));
    }

    private static void pause() {
        try {
            Thread.sleep(200);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @AfterAll
    static void stopServer() {
        server.destroy();
    }

    @Override
    FileSystem start(Path work) throws IOException {
        Configuration configuration = new Configuration();
        Map<String, String> all = new HashMap<>(SETTINGS);
        all.put(ENDPOINT, endpoint);
        all.forEach((name, value) -> {
            System.setProperty(PREFIX + name, value);
            configuration.set(name, value);
        });
        return FileSystem.newInstance(URI.create("s3a://bucket"), configuration);
    }

    @Override
    void stop() {
        SETTINGS.keySet().forEach(name -> System.clearProperty(PREFIX + name));
        System.clearProperty(PREFIX + ENDPOINT);
    }
}
