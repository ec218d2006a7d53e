package dev.sectional.viewer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.Methods;
import dev.sectional.core.Tensor;
import dev.sectional.images.ImageFile;
import dev.sectional.viewer.internal.Jobs;
import dev.sectional.viewer.internal.Refusal;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.StreamHandler;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ViewerTest {
    private static TestPage page;
    private static String image;

    @BeforeAll
    static void open() throws IOException, InterruptedException {
        page = new TestPage();
        image = TestPage.text(page.upload("stripes.png", TestPage.png(48, 32, 1))).replaceAll(".*?\"id\":\"(\\d+)\".*",
                "$1");
    }

    @AfterAll
    static void close() {
        page.close();
    }

    private static String explain(String job, String method, int... classes) {
        return "{\"job\": \"" + job + "\", \"image\": \"" + image + "\", \"method\": \"" + method + "\", \"classes\": "
                + Arrays.toString(classes) + "}";
    }

    private static Tensor input() {
        return ImageFile.read("stripes", TestPage.png(48, 32, 1)).input(page.network.card());
    }

    @Test
    void theRelevanceIsThatOfTheLibrary() throws IOException, InterruptedException {
        ByteBuffer bytes = ByteBuffer.wrap(page.post("api/explain", explain("a", "rsp", 3, 0)).body())
                .order(ByteOrder.LITTLE_ENDIAN);
        byte[] json = new byte[bytes.getInt()];
        bytes.get(json).position((bytes.position() + 3) / 4 * 4);
        assertTrue(new String(json, StandardCharsets.UTF_8).contains("\"label\":\"dog\""));
        for (int target : new int[] {3, 0}) {
            Attribution expected = Methods.named("rsp").explain(page.network, input(), Target.of(target));
            float[] values = new float[expected.relevance().data().length];
            bytes.asFloatBuffer().get(values);
            bytes.position(bytes.position() + Float.BYTES * values.length);
            assertArrayEquals(expected.relevance().data(), values);
        }
        assertFalse(bytes.hasRemaining());
    }

    @Test
    void everyReplyForbidsOtherSources() throws IOException, InterruptedException {
        for (String path : List.of("", "page.css", "maps.js", "api/state", "nothing")) {
            HttpResponse<byte[]> reply = page.get(path);
            String policy = reply.headers().firstValue("content-security-policy").orElseThrow();
            assertTrue(policy.startsWith("default-src 'none'; script-src 'self'; style-src 'self';"), policy);
            assertFalse(policy.contains("unsafe"), policy);
            assertEquals("nosniff", reply.headers().firstValue("x-content-type-options").orElseThrow());
            assertEquals("no-store", reply.headers().firstValue("cache-control").orElseThrow());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/api/state", "/wrong/", "/wrong/api/state", "/%2F/api/state"})
    void withoutTheTokenNothingIsAnswered(String path) throws IOException, InterruptedException {
        HttpResponse<byte[]> reply = page.send(HttpRequest.newBuilder(page.viewer.address().resolve(path)));
        assertEquals(403, reply.statusCode());
        assertFalse(TestPage.text(reply).contains(page.viewer.address().getPath().split("/")[1]));
    }

    /** Java's client sets the Host header itself, so these requests are written by hand. */
    @ParameterizedTest
    @CsvSource({"evil.example, , 403", "127.0.0.1, , 403", "localhost:PORT, , 200",
        "127.0.0.1:PORT, http://evil.example, 403", "127.0.0.1:PORT, null, 403",
        "127.0.0.1:PORT, http://127.0.0.1:PORT, 200", "127.0.0.1:PORT, http://localhost:PORT, 403"})
    void otherHostsAndSitesAreRefused(String host, String origin, int status) throws IOException {
        int port = page.viewer.address().getPort();
        String request = "GET " + page.viewer.address().getPath() + "api/state HTTP/1.1\r\nHost: "
                + host.replace("PORT", "" + port) + "\r\n"
                + (origin == null ? "" : "Origin: " + origin.replace("PORT", "" + port) + "\r\n")
                + "Connection: close\r\n\r\n";
        assertEquals(status, Raw.status(port, request.getBytes(StandardCharsets.US_ASCII)));
    }

    @Test
    void requestsThatTheBrowserMarksAsForeignAreRefused() throws IOException, InterruptedException {
        assertEquals(403, page.send(page.request("api/state").header("Sec-Fetch-Site", "cross-site")).statusCode());
        assertEquals(200, page.send(page.request("api/state").header("Sec-Fetch-Site", "same-origin")).statusCode());
    }

    @Test
    void anUploadOf500MegabytesIsRefusedFromItsHeader() throws IOException {
        String head = "POST " + page.viewer.address().getPath() + "api/image HTTP/1.1\r\nHost: 127.0.0.1:"
                + page.viewer.address().getPort() + "\r\nContent-Length: " + (500L << 20) + "\r\n\r\n";
        assertEquals(413, Raw.status(page.viewer.address().getPort(), head.getBytes(StandardCharsets.US_ASCII)));
    }

    @Test
    void anUploadThatHidesItsLengthIsCutOff() throws Exception {
        long before = used();
        byte[] block = new byte[1 << 20];
        int[] sent = new int[1];
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                return 0;
            }

            @Override
            public int read(byte[] into, int from, int length) {
                return sent[0]++ < 500_000 ? Math.min(length, block.length) : -1;
            }
        };
        HttpRequest.Builder request = page.request("api/image")
                .POST(HttpRequest.BodyPublishers.ofInputStream(() -> endless));
        try {
            assertEquals(413, page.send(request).statusCode());
        } catch (IOException e) {
            // The server closed the connection while the client was still sending.
        }
        assertTrue(used() - before < 300L << 20, "the server keeps no more than the limit");
        assertEquals(200, page.get("api/state").statusCode());
    }

    private static long used() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    @Test
    void imagesOfTooManyPixelsAreRefusedBeforeTheyAreDecoded() throws IOException, InterruptedException {
        byte[] gif = {'G', 'I', 'F', '8', '9', 'a', (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 0, 0, 0};
        HttpResponse<byte[]> reply = page.upload("bomb.gif", gif);
        assertEquals(422, reply.statusCode());
        assertTrue(TestPage.text(reply).contains("65535 x 65535"), TestPage.text(reply));
        assertEquals(422, page.upload("text.png", "no image".getBytes(StandardCharsets.US_ASCII)).statusCode());
    }

    /** Each answer is a result or "too many", and afterwards the page works as before. */
    @Test
    void ahundredRequestsAtOnceAreAnsweredOrRefused() throws IOException, InterruptedException {
        List<CompletableFuture<HttpResponse<byte[]>>> replies = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            String body = explain("many-" + i, "smooth-grad:samples=15,seed=" + i, 0);
            replies.add(page.client.sendAsync(page.request("api/explain")
                    .POST(HttpRequest.BodyPublishers.ofString(body)).build(), HttpResponse.BodyHandlers.ofByteArray()));
        }
        List<Integer> states = replies.stream().map(CompletableFuture::join).map(HttpResponse::statusCode).toList();
        assertTrue(states.stream().allMatch(status -> status == 200 || status == 429), states.toString());
        long done = states.stream().filter(status -> status == 200).count();
        assertTrue(done >= Viewer.WAITING + 1, done + " were answered");
        assertEquals(200, page.post("api/explain", explain("after", "rsp", 1)).statusCode());
        requireIdle();
    }

    /** A thread ends its job a moment after the reply. */
    private void requireIdle() throws InterruptedException {
        for (int i = 0; i < 200 && page.viewer.running() > 0; i++) {
            Thread.sleep(20);
        }
        assertEquals(0, page.viewer.running());
    }

    @Test
    void aCancelledJobFreesItsThread() throws Exception {
        CompletableFuture<HttpResponse<byte[]>> reply = page.client.sendAsync(page.request("api/explain")
                .POST(HttpRequest.BodyPublishers.ofString(explain("long", "smooth-grad:samples=100000000", 0))).build(),
                HttpResponse.BodyHandlers.ofByteArray());
        String progress = "";
        for (int i = 0; i < 200 && !progress.matches(".*\"done\":[1-9].*"); i++) {
            Thread.sleep(20);
            progress = TestPage.text(page.get("api/progress?job=long"));
        }
        assertTrue(progress.contains("\"total\":100000000"), progress);
        assertEquals("{\"cancelled\":true}", TestPage.text(page.post("api/cancel", "{\"job\": \"long\"}")));
        assertEquals(409, reply.get().statusCode());
        requireIdle();
        assertEquals("{\"cancelled\":false}", TestPage.text(page.post("api/cancel", "{\"job\": \"long\"}")));
    }

    /** A job of a single pass ends between two layers. */
    @Test
    void aCancelledPassFreesItsThread() throws Exception {
        Tensor input = Tensor.zeros(page.network.inputShape());
        CountDownLatch started = new CountDownLatch(1);
        try (Jobs jobs = new Jobs(1, 1)) {
            CompletableFuture<Integer> status = CompletableFuture.supplyAsync(() -> assertThrows(Refusal.class,
                    () -> jobs.run("pass", ticket -> {
                        started.countDown();
                        while (true) {
                            page.network.cancelledBy(ticket.cancellation()).classify(input);
                        }
                    })).status());
            started.await();
            assertTrue(jobs.cancel("pass"));
            assertEquals(409, status.get());
            for (int i = 0; i < 500 && jobs.running() > 0; i++) {
                Thread.sleep(20);
            }
            assertEquals(0, jobs.running());
        }
    }

    @Test
    void labelsAndNamesStayText() throws IOException, InterruptedException {
        String reply = TestPage.text(page.upload("%3Cscript%3E%C3%A9.png", TestPage.png(8, 8, 2)));
        assertTrue(reply.contains("\"name\":\"\\u003cscript>\u00e9.png\""), reply);
        String state = TestPage.text(page.get("api/state"));
        assertFalse(state.contains("<"), "no character of markup is in the labels");
        assertTrue(state.contains("\\u003c/script>\\u003cb>"), state);
    }

    @Test
    void layersPlanAndRegion() throws IOException, InterruptedException {
        String layer = explain("l", "rsp", 3).replace("}", ", \"layer\": \"conv2\"}");
        HttpResponse<byte[]> map = page.post("api/layer", layer);
        assertEquals(200, map.statusCode(), () -> TestPage.text(map));
        assertTrue(TestPage.text(map).contains("\"channels\":8"), "relevance at the layer's input");
        assertEquals(422, page.post("api/layer", layer.replace("rsp", "gradient")).statusCode());

        String plan = TestPage.text(page.post("api/plan", "{\"job\": \"p\", \"image\": \"" + image + "\"}"));
        assertEquals(8, plan.split("microseconds").length - 1, plan);

        String region = "{\"job\": \"r\", \"image\": \"" + image + "\", \"classes\": [0], "
                + "\"rectangle\": [0, 0, 32, 32]}";
        String after = TestPage.text(page.post("api/region", region));
        assertTrue(after.contains("\"sigma\":2.0"), after);
        HttpResponse<byte[]> beyond = page.post("api/region", region.replace("[0, 0, 32", "[-5, 0, 33"));
        assertEquals(400, beyond.statusCode());
        assertEquals("{\"error\":\"wanted a rectangle inside 32 x 32 pixels, got left -5, top 0, right 33, bottom "
                + "32\"}", TestPage.text(beyond));
    }

    /** The JDK's server writes a warning to the terminal if it is given a length for a reply without a body. */
    @Test
    void headIsAnsweredLikeGetWithoutABody() throws IOException, InterruptedException {
        Logger logger = Logger.getLogger("com.sun.net.httpserver");
        List<String> warnings = new CopyOnWriteArrayList<>();
        Handler handler = new StreamHandler() {
            @Override
            public void publish(LogRecord record) {
                warnings.add(record.getMessage());
            }
        };
        logger.addHandler(handler);
        try {
            for (String path : List.of("", "api/state", "nothing")) {
                HttpResponse<byte[]> head = page.send(page.request(path)
                        .method("HEAD", HttpRequest.BodyPublishers.noBody()));
                HttpResponse<byte[]> get = page.get(path);
                assertEquals(get.statusCode(), head.statusCode(), path);
                assertEquals(0, head.body().length, path);
                assertEquals(get.headers().firstValue("content-type"), head.headers().firstValue("content-type"));
                if (!path.equals("api/state")) {
                    assertEquals(get.body().length, head.headers().firstValueAsLong("content-length").orElseThrow());
                }
            }
        } finally {
            logger.removeHandler(handler);
        }
        assertEquals(List.of(), warnings);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{", "{\"job\": \"x\"}", "{\"job\": \"x\", \"image\": \"1\"}"})
    void malformedRequestsAreRefused(String body) throws IOException, InterruptedException {
        int status = page.post("api/explain", body).statusCode();
        assertTrue(status == 400 || status == 404, "status " + status);
    }

    @Test
    void wrongMethodsAndClassesAreNamed() throws IOException, InterruptedException {
        HttpResponse<byte[]> method = page.post("api/explain", explain("m", "no-such", 0));
        assertEquals(422, method.statusCode());
        assertTrue(TestPage.text(method).contains("method 'no-such' is unknown"), TestPage.text(method));
        assertEquals(400, page.post("api/explain", explain("m", "rsp", 12)).statusCode());
        int[] many = IntStream.range(0, 33).map(i -> i % 12).toArray();
        assertEquals(400, page.post("api/explain", explain("m", "rsp", many)).statusCode());
    }

    @Test
    void thePageHasAtMost200Kilobytes() throws IOException, InterruptedException {
        int bytes = 0;
        for (String file : List.of("", "page.css", "maps.js", "source.js", "pointer.js", "cells.js", "panels.js",
                "methods.js", "memory.js", "page.js")) {
            HttpResponse<byte[]> reply = page.get(file);
            assertEquals(200, reply.statusCode(), file);
            bytes += reply.body().length;
            String text = TestPage.text(reply).replace("http://www.w3.org/2000/svg", "");
            assertFalse(text.matches("(?s).*(https?:)?//[a-z0-9.-]+\\.[a-z]{2,}/.*"), file);
        }
        assertTrue(bytes <= 200_000, bytes + " bytes");
    }
}
