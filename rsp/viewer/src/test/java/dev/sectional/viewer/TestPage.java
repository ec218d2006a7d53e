package dev.sectional.viewer;

import dev.sectional.attribution.image.PngWriter;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.MaxPool2d;
import dev.sectional.nn.layer.ReLU;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/** A page of a small network of random weights, and a client of it. */
final class TestPage implements AutoCloseable {
    static final List<String> LABELS = List.of("cat", "<img src=x onerror=\"document.title='hacked'\">", "</script><b>",
            "dog", "cup, mug", "it's", "bird", "fish", "horse", "ship", "truck", "frog");
    private static final int SIDE = 32;

    final Network network = network();
    final Viewer viewer = Viewer.start(new ViewedModel(network, "a test network", List.of("--weights", "my file.onnx"),
            ImagePreparation.SQUASH),
            List.of(new Sample("sample.png", "stripes", () -> png(48, 32, 1))), 0);
    final HttpClient client = HttpClient.newHttpClient();

    private static Network network() {
        Random random = new Random(1);
        ModelCard card = ModelCard.builder(Shape.of(3, SIDE, SIDE))
                .normalisation(List.of(0.5f, 0.5f, 0.5f), List.of(0.25f, 0.25f, 0.25f)).labels(LABELS).build();
        return Network.builder().card(card)
                .add("conv1", Conv2d.of(random(random, 8, 3, 3, 3)).padding(1)).add("relu1", new ReLU())
                .add("pool1", MaxPool2d.of(2)).add("conv2", Conv2d.of(random(random, 16, 8, 3, 3)).padding(1))
                .add("relu2", new ReLU()).add("pool2", MaxPool2d.of(2)).add("flatten", new Flatten())
                .add("fc", Linear.of(random(random, LABELS.size(), 16 * SIDE * SIDE / 16))).build();
    }

    private static Tensor random(Random random, int... dims) {
        Tensor tensor = Tensor.zeros(Shape.of(dims));
        for (int i = 0; i < tensor.data().length; i++) {
            tensor.data()[i] = (float) random.nextGaussian() / 4;
        }
        return tensor;
    }

    /** Returns an image of coloured stripes. */
    static byte[] png(int width, int height, int seed) {
        int[] pixels = new int[width * height];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (i % width * seed * 37 & 0xFF) << 16 | (i / width * 11 & 0xFF) << 8 | (i % 7 * 30 & 0xFF);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            PngWriter.write(out, width, height, pixels);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    URI address(String path) {
        return URI.create(viewer.address() + path);
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(address(path));
    }

    HttpResponse<byte[]> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    HttpResponse<byte[]> get(String path) throws IOException, InterruptedException {
        return send(request(path));
    }

    HttpResponse<byte[]> post(String path, String json) throws IOException, InterruptedException {
        return send(request(path).POST(HttpRequest.BodyPublishers.ofString(json)));
    }

    HttpResponse<byte[]> upload(String name, byte[] content) throws IOException, InterruptedException {
        return send(request("api/image").header("X-Name", name)
                .POST(HttpRequest.BodyPublishers.ofByteArray(content)));
    }

    static String text(HttpResponse<byte[]> response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        viewer.close();
        network.close();
    }
}
