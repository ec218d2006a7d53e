package dev.sectional.weights.fetch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Downloads from a server on this machine that says and sends whatever a test wants. */
@Timeout(60)
class DownloadTest {
    private static final Duration SHORT = Duration.ofMillis(400);
    private static final Duration LONG = Duration.ofSeconds(10);
    private static final byte[] CONTENT = new byte[200_000];

    static {
        new Random(1).nextBytes(CONTENT);
    }

    /** What the server does with one request. */
    private interface Answer {
        void write(OutputStream out, long from) throws Exception;
    }

    @TempDir
    Path folder;

    private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
    private final List<Answer> answers = Collections.synchronizedList(new ArrayList<>());
    private final List<long[]> progress = new ArrayList<>();
    private ServerSocket server;
    private Path file;
    private Duration patience = LONG;

    @BeforeEach
    void startServer() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        file = folder.resolve("cache/net.pth");
        Thread thread = new Thread(this::serve);
        thread.setDaemon(true);
        thread.start();
    }

    @AfterEach
    void stopServer() throws IOException {
        server.close();
    }

    @Test
    void bringsTheFileOnceAndTellsHowFarItIs() throws Exception {
        answers.add(whole());
        assertEquals(sha256(), fetch());
        requireWhole();
        assertEquals(List.of("cache/net.pth"), files());
        assertArrayEquals(new long[] {CONTENT.length, CONTENT.length}, progress.get(progress.size() - 1));
        fetch();
        assertEquals(1, requests.size());
    }

    @Test
    void goesOnWhereACutOffAnswerEnded() throws Exception {
        answers.add(cut(70_000));
        answers.add(cut(130_000));
        answers.add(rest());
        fetch();
        requireWhole();
        assertTrue(requests.get(1).contains("range: bytes=70000-") && requests.get(2).contains("range: bytes=130000-"),
                requests.toString());
    }

    @Test
    void goesOnWhereAnEarlierRunEnded() throws Exception {
        Files.createDirectories(file.getParent());
        Files.write(file.resolveSibling("net.pth.part"), Arrays.copyOf(CONTENT, 150_000));
        answers.add(rest());
        fetch();
        requireWhole();
        assertTrue(requests.get(0).contains("range: bytes=150000-"), requests.toString());
    }

    @Test
    void takesAPartThatIsWholeAlready() throws Exception {
        Files.createDirectories(file.getParent());
        Files.write(file.resolveSibling("net.pth.part"), CONTENT);
        answers.add((out, from) -> head(out, "416 Range Not Satisfiable", "Content-Range: bytes */" + CONTENT.length,
                "Content-Length: 0"));
        fetch();
        requireWhole();
    }

    @Test
    void beginsAnewWhenWhatIsLeftOverIsOfAnotherFile() throws Exception {
        Files.createDirectories(file.getParent());
        Files.write(file.resolveSibling("net.pth.part"), new byte[150_000]);
        answers.add(rest());
        answers.add(whole());
        fetch();
        requireWhole();
        assertFalse(requests.get(1).contains("range:"), requests.toString());
    }

    @Test
    void beginsAnewWhenTheServerHasNoRangesOrOtherOnes() throws Exception {
        answers.add(cut(70_000));
        answers.add(whole());
        fetch();
        requireWhole();
        Files.delete(file);
        answers.add(cut(70_000));
        answers.add((out, from) -> {
            head(out, "206 Partial Content", "Content-Range: bytes 0-99/200000", "Content-Length: 100");
            out.write(CONTENT, 0, 100);
        });
        answers.add(whole());
        fetch();
        requireWhole();
    }

    /** Each answer brings bytes and the next one other bytes than were asked for: that ends, too. */
    @Test
    void endsWhenTheRangesAreAlwaysOthers() {
        for (int i = 0; i < 50; i++) {
            answers.add(cut(70_000));
            answers.add((out, from) -> {
                head(out, "206 Partial Content", "Content-Range: bytes 5-104/200000", "Content-Length: 100");
                out.write(CONTENT, 0, 100);
            });
        }
        String message = assertTimeoutPreemptively(Duration.ofSeconds(30), this::refusal);
        assertTrue(message.contains("other parts of the file"), message);
        assertTrue(requests.size() <= 6, requests.size() + " requests");
    }

    @Test
    void showsNoSecretsOfAnAddress() {
        URI secret = URI.create("http://user:word@localhost:" + server.getLocalPort() + "/models/net.pth?token=abc#x");
        answers.add((out, from) -> head(out, "404 Not Found", "Content-Length: 0"));
        String message = assertThrows(InputException.class,
                () -> Download.fetch(model(), secret, file, LONG, 1, (a, b) -> { })).getMessage();
        assertFalse(message.contains("word") || message.contains("abc"), message);
        assertEquals("https://x.org:8/a/b.pth", Download.shown(URI.create("https://u:p@x.org:8/a/b.pth?t=1#f")));
    }

    @Test
    void survivesAServerThatStalls() throws Exception {
        patience = SHORT;
        answers.add((out, from) -> {
            head(out, "200 OK", "Content-Length: " + CONTENT.length);
            out.write(CONTENT, 0, 100_000);
            out.flush();
            Thread.sleep(60_000);
        });
        answers.add(rest());
        assertTimeoutPreemptively(Duration.ofSeconds(30), this::fetch);
        requireWhole();
    }

    @Test
    void givesUpOnAServerThatIsSilentOrTrickles() throws Exception {
        patience = SHORT;
        for (int i = 0; i < 3; i++) {
            answers.add((out, from) -> Thread.sleep(60_000));
        }
        String silent = assertTimeoutPreemptively(Duration.ofSeconds(30), this::refusal);
        assertTrue(silent.contains("the server sends nothing") && silent.contains("3 attempts"), silent);
        for (int i = 0; i < 3; i++) {
            answers.add((out, from) -> {
                head(out, "200 OK", "Content-Length: " + CONTENT.length);
                for (int b = 0; b < 100; b++) {
                    out.write(CONTENT[b]);
                    out.flush();
                    Thread.sleep(50);
                }
            });
        }
        String trickling = assertTimeoutPreemptively(Duration.ofSeconds(30), this::refusal);
        assertTrue(trickling.contains("the server sends fewer than"), trickling);
    }

    @Test
    void keepsNothingOfWrongBytes() throws Exception {
        byte[] wrong = CONTENT.clone();
        wrong[77]++;
        answers.add((out, from) -> send(out, wrong));
        String message = refusal();
        assertTrue(message.contains("SHA-256") && message.contains("it was deleted"), message);
        assertFalse(Files.exists(file));
        assertEquals(List.of(), files());
    }

    @Test
    void doesNotBelieveLengths() throws Exception {
        answers.add((out, from) -> {   // says more than it sends
            head(out, "200 OK", "Content-Length: " + (CONTENT.length + 1000));
            out.write(CONTENT);
        });
        answers.add((out, from) -> head(out, "416 Range Not Satisfiable", "Content-Range: bytes */" + CONTENT.length,
                "Content-Length: 0"));
        fetch();
        requireWhole();
        Files.delete(file);
        answers.add((out, from) -> {   // says less than it sends
            head(out, "200 OK", "Content-Length: 1000");
            out.write(CONTENT);
        });
        String less = refusal();
        assertTrue(less.contains("SHA-256"), less);
        answers.add((out, from) -> head(out, "200 OK", "Content-Length: " + Long.MAX_VALUE));
        String most = refusal();
        assertTrue(most.contains("more than the limit"), most);
    }

    @Test
    void followsRedirectsButNotEverywhere() throws Exception {
        answers.add((out, from) -> head(out, "302 Found", "Location: /elsewhere/net.pth", "Content-Length: 0"));
        answers.add((out, from) -> head(out, "307 Temporary Redirect", "Location: http://localhost:"
                + server.getLocalPort() + "/third",
                "Content-Length: 0"));
        answers.add(whole());
        fetch();
        requireWhole();
        assertTrue(requests.get(1).startsWith("GET /elsewhere/net.pth") && requests.get(2).startsWith("GET /third"),
                requests.toString());
        Files.delete(file);
        for (String bad : new String[] {"file:///etc/passwd", "jar:file:/x!/y", "ftp://host/x", "http:///none", "://",
                "java:x"}) {
            answers.add((out, from) -> head(out, "302 Found", "Location: " + bad, "Content-Length: 0"));
            assertTrue(refusal().contains("which is not followed"), bad);
        }
        for (int i = 0; i <= 10; i++) {
            answers.add((out, from) -> head(out, "301 Moved Permanently", "Location: /again", "Content-Length: 0"));
        }
        assertTrue(refusal().contains("more than 10 times"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"404 Not Found", "403 Forbidden", "304 Not Modified"})
    void saysWhatTheServerAnswers(String status) {
        answers.add((out, from) -> head(out, status, "Content-Length: 0"));
        assertTrue(refusal().contains("the server answers " + status.substring(0, 3)));
        assertEquals(1, requests.size());
        assertFalse(Files.exists(file.getParent()), "nothing is left, and no folder either");
    }

    @Test
    void triesAgainWhenTheServerIsBusy() throws Exception {
        answers.add((out, from) -> head(out, "503 Service Unavailable", "Content-Length: 0"));
        answers.add((out, from) -> head(out, "429 Too Many Requests", "Content-Length: 0"));
        answers.add(whole());
        fetch();
        requireWhole();
    }

    @Test
    void saysWhenNobodyIsThere() throws Exception {
        server.close();
        assertTrue(refusal().contains("cannot be downloaded"));
        URI nowhere = URI.create("http://nosuchhost.invalid/net.pth");
        assertTrue(assertThrows(InputException.class,
                () -> Download.fetch(model(), nowhere, file, LONG, 1, (a, b) -> { })).getMessage()
                .contains("nosuchhost.invalid"));
    }

    @Test
    void goesOnlyToTheWeb() {
        for (String bad : new String[] {"file:///etc/passwd", "ftp://x/y", "http:/x", "nothing"}) {
            assertTrue(assertThrows(InputException.class,
                    () -> Download.fetch(model(), URI.create(bad), file, LONG, 1, (a, b) -> { }))
                    .getMessage().contains("not a web address"), bad);
        }
    }

    @Test
    void knowsTorchvisionsModels() {
        assertEquals(15, PublishedModel.names().size());
        assertEquals("https://download.pytorch.org/models/vgg16-397923af.pth",
                PublishedModel.named("VGG16").address().toString());
        assertTrue(assertThrows(InputException.class, () -> PublishedModel.named("vgg17")).getMessage()
                .contains("vgg16_bn"));
        PublishedModel other = PublishedModel.at(URI.create("https://x.org/a/resnet18-f37072fd.pth?download=1"));
        assertEquals(new PublishedModel("resnet18", "resnet18-f37072fd.pth", "f37072fd"), other);
        assertEquals("", PublishedModel.at(URI.create("https://x.org/model.safetensors")).sha256());
        for (String bad : new String[] {"https://x.org", "https://x.org/", "https://x.org/..",
                "https://x.org/a%2F..%2Fb c"}) {
            assertThrows(InputException.class, () -> PublishedModel.at(URI.create(bad.replace(" ", "%20"))), bad);
        }
    }

    private String fetch() {
        URI address = URI.create("http://localhost:" + server.getLocalPort() + "/models/net.pth");
        return Download.fetch(model(), address, file, patience, 3,
                (bytes, total) -> progress.add(new long[] {bytes, total}));
    }

    private String refusal() {
        String message = assertThrows(InputException.class, this::fetch).getMessage();
        assertEquals(1, message.lines().count());
        return message;
    }

    private static PublishedModel model() {
        return new PublishedModel("net", "net.pth", sha256());
    }

    private static String sha256() {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(CONTENT));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private void requireWhole() throws IOException {
        assertArrayEquals(CONTENT, Files.readAllBytes(file));
        assertEquals(List.of("cache/net.pth"), files());
    }

    private List<String> files() throws IOException {
        try (var walk = Files.walk(folder)) {
            return walk.filter(Files::isRegularFile).map(path -> folder.relativize(path).toString()).toList();
        }
    }

    private static Answer whole() {
        return (out, from) -> send(out, CONTENT);
    }

    private static void send(OutputStream out, byte[] bytes) throws IOException {
        head(out, "200 OK", "Content-Length: " + bytes.length);
        out.write(bytes);
    }

    /** What is left from the byte that is asked for. */
    private static Answer rest() {
        return (out, from) -> {
            ranged(out, from);
            out.write(CONTENT, (int) from, CONTENT.length - (int) from);
        };
    }

    /** The same, but the connection ends at a byte before the end. */
    private static Answer cut(int end) {
        return (out, from) -> {
            ranged(out, from);
            out.write(CONTENT, (int) from, end - (int) from);
        };
    }

    private static void ranged(OutputStream out, long from) throws IOException {
        head(out, from > 0 ? "206 Partial Content" : "200 OK", "Content-Length: " + (CONTENT.length - from),
                "Content-Range: bytes " + from + "-" + (CONTENT.length - 1) + "/" + CONTENT.length);
    }

    private static void head(OutputStream out, String status, String... headers) throws IOException {
        out.write(("HTTP/1.1 " + status + "\r\nConnection: close\r\n" + String.join("\r\n", headers) + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
    }

    private void serve() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                Thread thread = new Thread(() -> answer(socket));
                thread.setDaemon(true);
                thread.start();
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void answer(Socket socket) {
        try (socket) {
            BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(),
                    StandardCharsets.US_ASCII));
            StringBuilder request = new StringBuilder();
            for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
                request.append(request.isEmpty() ? line : line.toLowerCase(Locale.ROOT)).append('\n');
            }
            requests.add(request.toString());
            int range = request.indexOf("range: bytes=");
            long from = range < 0 ? 0 : Long.parseLong(request.substring(range + 13, request.indexOf("-", range)));
            answers.remove(0).write(socket.getOutputStream(), from);
            socket.getOutputStream().flush();
        } catch (Exception gone) {
            // the client hung up, as some tests want
        }
    }
}
