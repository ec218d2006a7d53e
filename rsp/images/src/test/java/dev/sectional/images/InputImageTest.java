package dev.sectional.images;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.image.Pixels;
import dev.sectional.attribution.image.PngWriter;
import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.images.files.Npy;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.NetworkBuilder;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.Linear;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InputImageTest {
    private static final byte[] RGB = {10, 20, 30};

    @TempDir
    Path folder;

    /** A network from Caffe takes blue first, on the scale 0..255 less a mean; an array is its input as it stands. */
    @Test
    void givesChannelsInTheOrderThatTheNetworkTakes() throws IOException {
        Path png = folder.resolve("p.png");
        Path array = folder.resolve("p.npy");
        try (OutputStream out = Files.newOutputStream(png)) {
            PngWriter.write(out, 1, 1, Pixels.ofBytes(RGB));
        }
        try (OutputStream out = Files.newOutputStream(array)) {
            Npy.write(out, Tensor.of(Shape.of(3, 1, 1), 27, 18, 9));
        }
        String scale = (float) (1 / 255.0) + "";
        Map<String, String> metadata = Map.of("sectional.input", "3,1,1", "sectional.mean", 1 / 255.0 + "," + 2 / 255.0
                + "," + 3 / 255.0,
                "sectional.std", scale + "," + scale + "," + scale, "sectional.channels", "BGR");
        try (Engine engine = Engine.open()) {
            for (Path file : new Path[] {png, array}) {
                InputImage image = InputImage.read(file, network(ModelCard.fromMetadata(metadata), engine));
                assertArrayEquals(new float[] {27, 18, 9}, image.tensor().data(), 1e-5f);
                assertArrayEquals(new int[] {0x0A141E}, Pixels.ofBytes(image.photo().resized(1, 1)));
            }
        }
    }

    /** Nobody has told how images are prepared: arrays need it only to be drawn on. */
    @Test
    void asksForWhatTheModelDoesNotSay() throws IOException {
        Path png = folder.resolve("p.png");
        Path array = folder.resolve("p.npy");
        try (OutputStream out = Files.newOutputStream(png)) {
            PngWriter.write(out, 1, 1, Pixels.ofBytes(RGB));
        }
        try (OutputStream out = Files.newOutputStream(array)) {
            Npy.write(out, Tensor.of(Shape.of(3, 1, 1), -2, 0, 6));
        }
        ModelCard unknown = ModelCard.fromMetadata(Map.of("sectional.input", "3,1,1", "sectional.mean", "",
                "sectional.std", ""));
        try (Engine engine = Engine.open()) {
            InputImage image = InputImage.read(array, network(unknown, engine));
            assertArrayEquals(new int[] {0x0040FF}, Pixels.ofBytes(image.photo().resized(1, 1)));
            InputException e = assertThrows(InputException.class, () -> InputImage.read(png, network(unknown, engine)));
            assertTrue(e.getMessage().contains("--preset imagenet"), e.getMessage());
        }
        InputException e = assertThrows(InputException.class, () ->
                ModelCard.fromMetadata(Map.of("sectional.mean", "", "sectional.std", "1")));
        assertTrue(e.getMessage().contains("sectional.mean is ''"), e.getMessage());
    }

    private static Network network(ModelCard card, Engine engine) {
        NetworkBuilder graph = Network.builder();
        graph.add("flatten", new Flatten());
        graph.add("fc", Linear.of(Tensor.zeros(Shape.of(2, 3))));
        return graph.card(card).engine(engine).build();
    }
}
