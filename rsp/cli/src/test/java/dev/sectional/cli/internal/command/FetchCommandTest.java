package dev.sectional.cli.internal.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.cli.internal.output.Console;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code fetch} from a server on this machine that offers one network under every name. */
class FetchCommandTest {
    private static final Path OFFERED = Path.of("src/test/resources/vgg16-slim.safetensors");

    @TempDir
    Path folder;

    private ServerSocket server;

    @BeforeEach
    void startServer() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(this::serve);
        thread.setDaemon(true);
        thread.start();
    }

    @AfterEach
    void stopServer() throws IOException {
        server.close();
    }

    @Test
    void fetchesChecksAndConverts() throws Exception {
        String digest = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256")
                .digest(Files.readAllBytes(OFFERED)));
        Path out = folder.resolve("net.safetensors");

        String said = run(0, "fetch", "--from", address("net-" + digest.substring(0, 8) + ".safetensors"), "--cache",
                folder.toString());

        assertTrue(said.startsWith(out + ": 32 tensors"), said);
        assertTrue(run(0, "inspect", out.toString()).contains("20 classes"));
        assertEquals(List.of("net.safetensors"), files());
    }

    @Test
    void saysTheDigestOfWhatCannotBeChecked() throws Exception {
        String said = run(0, "fetch", "--from", address("net.bin?token=abc"), "--cache", folder.toString(), "--out",
                folder.resolve("x.safetensors").toString());
        assertFalse(said.contains("abc"), said);
        assertFalse(Files.readString(folder.resolve("x.safetensors"), StandardCharsets.ISO_8859_1).contains("abc"));
        assertTrue(said.contains("no checksum is known for this file; its SHA-256 is "), said);
        assertEquals(List.of("x.safetensors"), files());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"fetch | name a model", "fetch vgg17 | vgg16_bn",
            "fetch vgg16 --from ftp://x/y | not a web address",
        "fetch --from http://a[b | not a URL", "fetch vgg16 --out x.pth | .safetensors",
                "fetch vgg16 --from URL | SHA-256",
        "fetch --from URL-00000000.pth | wanted 00000000"})
    void saysOnOneLineWhatIsWrong(String args, String wanted) throws Exception {
        String said = run(2, (args.replace("URL", address("net")) + " --cache " + folder).split(" "));
        assertEquals(1, said.lines().count(), said);
        assertTrue(said.contains(wanted), said);
    }

    private String address(String file) {
        return "http://localhost:" + server.getLocalPort() + "/models/" + file;
    }

    private List<String> files() throws IOException {
        try (var walk = Files.walk(folder)) {
            return walk.filter(Files::isRegularFile).map(path -> folder.relativize(path).toString()).sorted().toList();
        }
    }

    private static String run(int status, String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
        int ended = Commands.run(args, new Console(print, print, null));
        String said = out.toString(StandardCharsets.UTF_8);
        assertEquals(status, ended, said);
        return said;
    }

    private void serve() {
        while (!server.isClosed()) {
            try (Socket socket = server.accept()) {
                while (socket.getInputStream().read() != '\r' || socket.getInputStream().read() != '\n'
                        || socket.getInputStream().read() != '\r') {
                    continue;   // to the empty line after the request
                }
                socket.getInputStream().read();
                byte[] content = Files.readAllBytes(OFFERED);
                socket.getOutputStream().write(("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: "
                        + content.length + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
                socket.getOutputStream().write(content);
            } catch (IOException closed) {
                // by the test or the client
            }
        }
    }
}
