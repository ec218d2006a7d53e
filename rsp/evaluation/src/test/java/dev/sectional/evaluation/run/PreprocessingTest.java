package dev.sectional.evaluation.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.io.Safetensors;
import dev.sectional.evaluation.Saliency;
import dev.sectional.evaluation.data.Mask;
import dev.sectional.evaluation.data.Sample;
import dev.sectional.evaluation.data.Truth;
import dev.sectional.images.Image;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.layer.AdaptiveAvgPool2d;
import dev.sectional.nn.layer.Flatten;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PreprocessingTest {
    private static final ModelCard CARD = ModelCard.fromMetadata(Map.of("sectional.input", "3,16,16", "sectional.mean",
            "0.4,0.5,0.6", "sectional.std", "0.2,0.25,0.3"));

    /** The expected input is PyTorch's: {@code src/test/oracle/torchray.py}. */
    @ParameterizedTest
    @ValueSource(strings = {"wide", "high"})
    void resizesTheShorterSideAsTorchRay(String name) throws Exception {
        try (Safetensors maps = Safetensors.open(Path.of(Saliency.class.getResource("maps.safetensors").toURI()));
                Engine engine = Engine.open(); Network network = network(engine)) {
            Tensor expected = maps.tensor(name + ".input");

            Tensor input = Preprocessing.TORCHRAY.input(image(maps.tensor(name + ".picture")), network);

            assertEquals(expected.shape(), input.shape());
            assertArrayEquals(expected.data(), input.data(), 2e-6f);
        }
    }

    @Test
    void squashesToTheNetworksSize() throws Exception {
        try (Engine engine = Engine.open(); Network network = network(engine)) {
            Image image = Image.of(new byte[3 * 40 * 20], 40, 20);

            Tensor input = Preprocessing.SQUASH.input(image, network);

            assertEquals(network.inputShape(), input.shape());
            assertEquals((0 - 0.6f) / 0.3f, input.data()[2 * 16 * 16], 1e-6f);
        }
    }

    /**
     * A white rectangle on black whose truth is the rectangle: what is bright in the input is in the truth's window.
     */
    @ParameterizedTest
    @CsvSource({"CROP,60,30,24,4", "CROP,30,60,4,24", "CROP,60,30,40,4", "PAD,60,30,24,4", "PAD,30,60,4,40"})
    void theTruthFollowsTheInput(Preprocessing way, int width, int height, int left, int top) {
        try (Engine engine = Engine.open(); Network network = network(engine)) {
            Sample sample = sample(width, height, left, top, left + 12, top + 12);

            Preprocessing.Input input = way.input(sample, network);

            Sample seen = input.sample();
            Mask region = seen.truths().get(0).region();
            assertEquals(List.of(seen.width(), seen.height()), List.of(region.width(), region.height()));
            assertEquals(seen.width(), seen.image().width(), "the part of the image has the masks' size");
            double[] bright = new double[4];
            double[] inside = new double[4];
            for (int y = 0; y < 16; y++) {
                for (int x = 0; x < 16; x++) {
                    boolean white = input.tensor().data()[16 * y + x] * 0.2f + 0.4f > 0.75f;   // margins are grey
                    add(bright, white, x, y);
                    add(inside, region.contains((int) ((x + 0.5) * seen.width() / 16),
                            (int) ((y + 0.5) * seen.height() / 16)), x, y);
                }
            }
            assertTrue(bright[0] > 0, "something is bright");
            assertArrayEquals(Arrays.copyOf(bright, 3), Arrays.copyOf(inside, 3), 0.51, "area and centre");
        }
    }

    /** Collects the area as a share of 64 pixels, and the centre. */
    private static void add(double[] sums, boolean counts, int x, int y) {
        if (counts) {
            sums[0] += 1 / 64.0;
            sums[1] = sums[3] == 0 ? x : (sums[1] * sums[3] + x) / (sums[3] + 1);
            sums[2] = sums[3] == 0 ? y : (sums[2] * sums[3] + y) / (sums[3] + 1);
            sums[3]++;
        }
    }

    @Test
    void marginsAreVoidAndClassesOutsideTheCropAreLeftOut() {
        try (Engine engine = Engine.open(); Network network = network(engine)) {
            Truth padded = Preprocessing.PAD.input(sample(60, 30, 24, 4, 36, 16), network).sample().truths().get(0);
            assertEquals(60 * 60, padded.region().width() * padded.region().height());
            assertEquals(60 * 30, padded.ignored().count());
            assertTrue(padded.ignored().contains(0, 0) && !padded.ignored().contains(30, 30));
            assertEquals(144, padded.region().count());

            Sample cropped = Preprocessing.CROP.input(sample(60, 30, 0, 4, 12, 16), network).sample();
            assertEquals(List.of(), cropped.truths());
            Truth half = Preprocessing.CROP.input(sample(60, 30, 12, 4, 24, 16), network).sample().truths().get(0);
            assertTrue(half.region().count() < 144 && half.ignored().count() == 0);
        }
    }

    /** Its shorter side at the network's size made an input of 600 MB. */
    @Test
    void imagesTooLongForTheMemoryAreRefused() {
        try (Engine engine = Engine.open(); Network network = network(engine)) {
            Image line = Image.of(new byte[3 * 70000], 70000, 1);
            String said = assertThrows(InputException.class, () -> Preprocessing.TORCHRAY.input(line, large(engine)))
                    .getMessage();
            assertTrue(said.contains("an image of 70000 x 1 pixels would become an input of"), said);
            said = assertThrows(InputException.class, () -> Preprocessing.CROP.input(line, large(engine))).getMessage();
            assertTrue(said.contains("an image of 70000 x 1 pixels would be resized to"), said);
            assertEquals(network.inputShape(), Preprocessing.PAD.input(line, network).shape());
            Image dot = Image.of(new byte[3], 1, 1);
            assertEquals(network.inputShape(), Preprocessing.SQUASH.input(dot, network).shape());
        }
    }

    private static Sample sample(int width, int height, int left, int top, int right, int bottom) {
        Mask region = Mask.rectangle(width, height, left, top, right, bottom);
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (region.bits().get(i / 3) ? 255 : 0);
        }
        Truth truth = new Truth(0, region, false, region, Mask.empty(width, height));
        return new Sample("rectangle", width, height, List.of(truth), () -> Image.of(rgb, width, height));
    }

    private static Network network(Engine engine) {
        return network(engine, CARD);
    }

    private static Network large(Engine engine) {
        return network(engine, ModelCard.builder(Shape.of(3, 240, 240)).normalisation(List.of(0f, 0f, 0f),
                List.of(1f, 1f, 1f)).build());
    }

    private static Network network(Engine engine, ModelCard card) {
        return Network.builder().card(card).add("pool", new AdaptiveAvgPool2d(1, 1)).add("flat", new Flatten())
                .engine(engine).build();
    }

    private static Image image(Tensor values) {
        int height = values.shape().dim(1);
        int width = values.shape().dim(2);
        byte[] rgb = new byte[values.data().length];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) values.data()[i % 3 * width * height + i / 3];
        }
        return Image.of(rgb, width, height);
    }
}
