package dev.sectional.cli.internal.option;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.sectional.cli.internal.output.Console;
import dev.sectional.core.InputException;
import dev.sectional.weights.fetch.PublishedModel;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Weights by name, from a server on this machine. */
class WeightsCacheTest {
    private static final Path OFFERED = Path.of("src/test/resources/vgg16-slim.safetensors");
    private static final Path SLIM = Path.of("slim");

    @TempDir
    Path folder;

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private final AtomicInteger requests = new AtomicInteger();
    private HttpServer server;
    private PublishedModel model;

    @BeforeEach
    void startServer() throws Exception {
        byte[] content = Files.readAllBytes(OFFERED);
        String digest = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        model = new PublishedModel("slim", "slim-" + digest.substring(0, 8) + ".safetensors", digest);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/" + model.file(), exchange -> {
            requests.incrementAndGet();
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stopServer() {
        server.stop(0);
    }

    @Test
    void downloadsOnceAndKeepsTheFile() {
        Path file = cache(null).resolve(SLIM, true);
        assertEquals(folder.resolve("slim.safetensors"), file);
        assertTrue(Files.isRegularFile(file));
        assertEquals(file, cache(null).resolve(SLIM, false));
        assertEquals(1, requests.get());
    }

    @Test
    void asksAPersonAtATerminal() {
        assertTrue(Files.isRegularFile(cache("yes\n").resolve(SLIM, false)));
        assertTrue(said.toString(StandardCharsets.UTF_8).contains("download the published weights from http://"), said
                .toString(StandardCharsets.UTF_8));
    }

    @Test
    void takesAnyOtherAnswerForNo() {
        for (String answer : new String[] {"n\n", "\n", ""}) {
            InputException e = assertThrows(InputException.class, () -> cache(answer).resolve(SLIM, false));
            assertTrue(e.getMessage().contains("not downloaded"), e.getMessage());
        }
        assertEquals(0, requests.get());
    }

    @Test
    void needsTheOptionWithoutATerminal() {
        InputException e = assertThrows(InputException.class, () -> cache(null).resolve("", SLIM, false));
        assertTrue(e.getMessage().startsWith("slim: no file of that name"), e.getMessage());
        assertTrue(e.getMessage().contains("--yes downloads them from http://"), e.getMessage());
        assertEquals(0, requests.get());
    }

    @Test
    void aFileOfTheNameWins() throws IOException {
        Path mine = Files.createFile(folder.resolve("slim"));
        assertEquals(mine, cache(null).resolve(mine, false));
        Path unknown = Path.of("unknown.pth");
        assertEquals(unknown, cache(null).resolve(unknown, true));
        assertEquals(0, requests.get());
    }

    @Test
    void saysWhatToDoOffline() {
        stopServer();
        InputException e = assertThrows(InputException.class, () -> cache(null).resolve(SLIM, true));
        assertTrue(e.getMessage().contains("Offline: download http://"), e.getMessage());
        assertTrue(e.getMessage().endsWith("pass the file: --weights " + model.file()), e.getMessage());
        assertFalse(Files.exists(folder.resolve("slim.safetensors")));
    }

    @Test
    void knowsThePublishedNamesInAnyCase() {
        WeightsCache published = WeightsCache.in(folder, console(null));
        assertThrows(InputException.class, () -> published.resolve(Path.of("VGG16"), false));
    }

    private Console console(String answer) {
        PrintStream print = new PrintStream(said, true, StandardCharsets.UTF_8);
        Console console = new Console(print, print, null);
        return answer == null ? console
                : console.answeredBy(new ByteArrayInputStream(answer.getBytes(StandardCharsets.UTF_8)));
    }

    private WeightsCache cache(String answer) {
        return new WeightsCache(folder, console(answer), name -> name.endsWith("slim") ? Optional.of(model)
                : Optional.empty(), each -> URI.create("http://localhost:" + server.getAddress().getPort() + "/"
                        + each.file()));
    }
}
