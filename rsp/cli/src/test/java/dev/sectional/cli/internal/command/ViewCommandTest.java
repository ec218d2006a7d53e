package dev.sectional.cli.internal.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ViewCommandTest {
    private static final int SECONDS = 60;

    @TempDir
    private Path folder;
    private final AtomicReference<Ran> ended = new AtomicReference<>();
    private Thread command;
    private URI address;

    @BeforeEach
    void start() throws IOException, InterruptedException {
        Path out = folder.resolve("address");
        command = new Thread(() -> ended.set(Ran.into(out, "view", "--no-open", "--weights", Ran.SLIM, Ran.FACE)));
        command.start();
        for (int i = 0; i < 50 * SECONDS && !(Files.exists(out) && Files.readString(out).endsWith("\n")); i++) {
            Thread.sleep(20);
        }
        address = URI.create(Files.readString(out).strip());
    }

    @AfterEach
    void interrupt() throws InterruptedException {
        command.interrupt();
        command.join(SECONDS * 1000L);
        assertEquals(0, ended.get().status(), ended.get().err());
    }

    private byte[] post(String path, String json) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) address.resolve(path).toURL().openConnection();
        connection.setDoOutput(true);
        connection.getOutputStream().write(json.getBytes(StandardCharsets.UTF_8));
        return connection.getInputStream().readAllBytes();
    }

    @Test
    void figuresAreThoseOfExplain() throws IOException {
        assertTrue(address.toString().matches("http://127\\.0\\.0\\.1:\\d+/[\\w-]{32}/"), address.toString());
        String state = new String(address.resolve("api/state").toURL().openStream().readAllBytes(),
                StandardCharsets.UTF_8);
        assertTrue(state.contains("\"arguments\":[\"--weights\",\"" + Ran.SLIM + "\"]"), state);
        assertTrue(state.contains("\"name\":\"" + Ran.FACE + "\""), state);
        assertTrue(state.contains("\"name\":\"astronaut.png\""), state);

        for (String methods : new String[] {"rsp", "rsp grad-cam gradient"}) {
            byte[] figure = post("api/figure", "{\"job\": \"f\", \"image\": \"1\", \"methods\": [\""
                    + methods.replace(" ", "\", \"") + "\"], \"classes\": [1, 2], \"percentile\": 99, \"gamma\": 0.5,"
                    + " \"colours\": \"purple-orange\"}");
            Ran explained = Ran.of(("explain " + Ran.FACE + " --weights " + Ran.SLIM + " --target 1 --target 2"
                    + " --percentile 99 --overlay-gamma 0.5 --colours purple-orange --out " + folder + " --method "
                    + methods.replace(" ", " --method ")).split(" "));
            assertEquals(0, explained.status(), explained.err());
            String file = methods.equals("rsp") ? "face.rsp.png" : "face.sheet.png";
            assertArrayEquals(Files.readAllBytes(folder.resolve(file)), figure, file);
        }
    }

    /** The command line that the page shows, run as it is, writes the bytes that the page exports. */
    @ParameterizedTest
    @ValueSource(strings = {"\"percentile\": 99.5, \"gamma\": 1, \"colours\": \"blue-red\"",
        "\"percentile\": 98.3, \"gamma\": 0.35, \"colours\": \"purple-orange\", \"sign\": \"against\","
                + " \"opacity\": 0.6",
        "\"percentile\": 99, \"gamma\": 1, \"colours\": \"blue-red\", \"sign\": \"for\","
                + " \"scale\": 1.2345678806304932e-7"})
    void theCommandLineOfThePageWritesItsFigure(String look) throws IOException {
        String request = "{\"job\": \"f\", \"image\": \"1\", \"methods\": [\"rsp:purge=true\"], "
                + "\"classes\": [3, 1], " + look + "}";
        byte[] figure = post("api/figure", request);
        String reply = new String(post("api/command", request), StandardCharsets.UTF_8);
        String line = reply.replaceAll(".*\"command\":\"(.*)\".*", "$1");
        Ran ran = Ran.of((line.replace("sectional ", "") + " --out " + folder).split(" "));
        assertEquals(0, ran.status(), line + ran.err());
        assertArrayEquals(Files.readAllBytes(folder.resolve("face.rsp-purge=true.png")), figure, line);
    }

    /** What the page exports as JSON has the fields and values that the command line prints. */
    @Test
    void recordsAreThoseOfExplain() throws IOException {
        byte[] reply = post("api/explain", "{\"job\": \"e\", \"image\": \"1\", \"method\": \"rsp:purge=true\", "
                + "\"classes\": [3]}");
        int length = ByteBuffer.wrap(reply).order(ByteOrder.LITTLE_ENDIAN).getInt();
        Map<String, String> exported = values(new String(reply, 4, length, StandardCharsets.UTF_8));
        Ran ran = Ran.of("explain", Ran.FACE, "--weights", Ran.SLIM, "--method", "rsp:purge=true", "--target", "3",
                "--panel", "none", "--json-layers");
        Map<String, String> printed = values(ran.out());
        Map<String, String> common = new TreeMap<>();
        exported.forEach((name, value) -> {
            if (name.matches("/results/0/(record|layers)/.*")) {
                common.put(name.replaceFirst("/results/0(/record)?", ""), value);
            }
        });
        for (String ofCommand : List.of("scale", "seconds", "files", "forward")) {
            assertTrue(printed.keySet().removeIf(name -> name.startsWith("/" + ofCommand))
                    || ofCommand.equals("files"));
        }
        assertEquals(printed, common);
        assertEquals("1", printed.get("/schema"));
        assertEquals(64, printed.get("/model/sha256").length());
        printed.keySet().forEach(name -> assertTrue(name.matches("[a-z0-9_/-]+"), name));
    }

    /** Returns the text of each value by its JSON pointer. */
    private static Map<String, String> values(String json) throws IOException {
        Map<String, String> values = new TreeMap<>();
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            while (parser.nextToken() != null) {
                if (parser.currentToken().isScalarValue()) {
                    values.put(parser.getParsingContext().pathAsPointer().toString(), parser.getText());
                }
            }
        }
        return values;
    }

    @Test
    void wrongPortsAreNamed() {
        for (String port : new String[] {"70000", String.valueOf(address.getPort())}) {
            Ran ran = Ran.of("view", "--no-open", "--weights", Ran.SLIM, "--port", port);
            assertEquals(2, ran.status());
            assertTrue(ran.err().contains(port), ran.err());
        }
    }
}
