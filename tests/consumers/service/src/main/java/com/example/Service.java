package com.example;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.WarmUp;
import dev.sectional.attribution.image.Heatmap;
import dev.sectional.attribution.method.Rsp;
import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.Models;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A web service that explains images: {@code Service MODEL}. It prints its port. A request to {@code /explain} sends
 * the elements of a normalised image as float32, little-endian; the answer is the heatmap of the top class as PNG, with
 * the class in the header {@code X-Class}. {@code /health} answers the used heap after a collection, the number of open
 * files, and the number of elements of an image. Each request runs on one thread, and as many at a time as there are
 * processors: the others wait in line.
 */
public final class Service {
    private final Network network;

    private Service(Network network) {
        this.network = network;
    }

    public static void main(String[] arguments) throws IOException {
        Engine engine = Engine.open(Provider.AUTO, 1);
        Network network = Models.load(Path.of(arguments[0]), engine);
        WarmUp.of(network, List.of(Rsp.reference())).run(10);   // before the first client waits for the compiler
        Service service = new Service(network);
        ExecutorService workers = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
        server.setExecutor(workers);
        server.createContext("/explain", service::explain);
        server.createContext("/health", service::health);
        server.start();
        System.out.println(server.getAddress().getPort());
    }

    private void explain(HttpExchange exchange) throws IOException {
        try (exchange) {
            try {
                Tensor image = Tensor.zeros(network.inputShape());
                ByteBuffer body = ByteBuffer.wrap(exchange.getRequestBody().readAllBytes());
                if (body.remaining() != 4 * image.data().length) {
                    answer(exchange, 400, "wanted " + 4 * image.data().length + " bytes, got " + body.remaining());
                    return;
                }
                body.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(image.data());
                Attribution explained = Rsp.reference().explain(network, image, Target.top(1));
                exchange.getResponseHeaders().set("X-Class", explained.label());
                exchange.getResponseHeaders().set("Content-Type", "image/png");
                answer(exchange, 200, Heatmap.of(explained.relevance()).png());
            } catch (RuntimeException e) {
                answer(exchange, 500, e.toString());
            }
        }
    }

    private void health(HttpExchange exchange) throws IOException {
        try (exchange) {
            System.gc();
            long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
            String[] files = new File("/proc/self/fd").list();
            answer(exchange, 200, heap + " " + (files == null ? 0 : files.length) + " " + network.inputShape().size());
        }
    }

    private static void answer(HttpExchange exchange, int status, String text) throws IOException {
        answer(exchange, status, text.getBytes(StandardCharsets.UTF_8));
    }

    private static void answer(HttpExchange exchange, int status, byte[] content) throws IOException {
        exchange.sendResponseHeaders(status, content.length);
        exchange.getResponseBody().write(content);
    }
}
