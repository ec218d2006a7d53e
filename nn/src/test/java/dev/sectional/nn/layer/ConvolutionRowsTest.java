package dev.sectional.nn.layer;

import static dev.sectional.nn.TestTensors.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Layer;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Convolutions that are computed together: which ones, and with the bits of a pass that keeps every output. */
class ConvolutionRowsTest {
    private static final Layer RELU6 = new Clip(0, 6);

    /** The number of fused layers of a test depends on the number of its threads alone. */
    private final Engine one = Engine.open(Provider.SCALAR, 1);

    @AfterEach
    void close() {
        one.close();
    }

    private static Conv2d pointwise(int channels, int outputs) {
        return Conv2d.of(random(Shape.of(outputs, channels, 1, 1), outputs)).bias(random(Shape.of(outputs), 7));
    }

    private static Conv2d depthwise(int channels) {
        return Conv2d.of(random(Shape.of(channels, 1, 3, 3), channels)).groups(channels)
                .bias(random(Shape.of(channels), 8));
    }

    private static Conv2d dense(int channels, int outputs) {
        return Conv2d.of(random(Shape.of(outputs, channels, 3, 3), outputs));
    }

    @Test
    void largeMapsRunInBandsWithTheConvolutionsAround() {
        Shape large = Shape.of(60, 60, 8);
        Conv2d expand = pointwise(8, 48);
        List<Layer> block = List.of(RELU6, depthwise(48).padding(1), new ReLU(), pointwise(48, 8), dense(8, 8));
        assertEquals(4, expand.fusedRows(one, large, block));
        assertEquals(2, expand.fusedRows(one, large, block.subList(0, 2)));
        assertEquals(0, expand.fusedRows(one, large, block.subList(0, 1)));
        assertEquals(0, expand.fusedRows(one, Shape.of(14, 14, 8), block), "maps that stay in the cache");
        assertEquals(2, depthwise(48).fusedRows(one, Shape.of(60, 60, 48), block.subList(2, 5)));
        assertEquals(0, expand.fusedRows(one, large, List.of(RELU6, pointwise(48, 8))), "no depthwise convolution");
        assertEquals(0, dense(8, 48).fusedRows(one, large, block));
    }

    @Test
    void mapsOfFewRowsAreLeftToAllThreads() {
        List<Layer> block = List.of(RELU6, depthwise(48).padding(1));
        try (Engine ten = Engine.open(Provider.SCALAR, 10); Engine eleven = Engine.open(Provider.SCALAR, 11)) {
            assertEquals(2, pointwise(8, 48).fusedRows(ten, Shape.of(60, 60, 8), block));
            assertEquals(0, pointwise(8, 48).fusedRows(eleven, Shape.of(60, 60, 8), block));
            List<Layer> norm = List.of(norm(48), pointwise(48, 8));
            assertEquals(2, new Concat().fusedRows(ten, List.of(Shape.of(60, 60, 48)), norm));
            assertEquals(0, new Concat().fusedRows(eleven, List.of(Shape.of(60, 60, 48)), norm));
        }
    }

    @Test
    void zerosBecomePaddingOfTheConvolutionAfterThem() {
        Pad2d zeros = new Pad2d(0, 1, 2, 3);
        assertEquals(2, zeros.fusedRows(one, Shape.of(9, 9, 8), List.of(dense(8, 4), RELU6, pointwise(4, 4))));
        assertEquals(0, zeros.fusedRows(one, Shape.of(9, 9, 8), List.of(RELU6, dense(8, 4))));
        Conv2d same = dense(8, 4).autoPadding(AutoPadding.SAME_UPPER);
        assertEquals(0, zeros.fusedRows(one, Shape.of(9, 9, 8), List.of(same)), "its padding depends on the input");
        List<Layer> block = List.of(RELU6, zeros, depthwise(48).stride(2), RELU6, pointwise(48, 8));
        assertEquals(5, pointwise(8, 48).fusedRows(one, Shape.of(60, 60, 8), block));
    }

    @Test
    void normalisedConcatenationsRunInBandsWithTheConvolutionAfterThem() {
        List<Shape> large = List.of(Shape.of(60, 60, 30), Shape.of(60, 60, 18));
        Conv2d conv = pointwise(48, 8);
        Concat concat = new Concat();
        assertEquals(4, concat.fusedRows(one, large, List.of(norm(48), new ReLU(), conv, RELU6, pointwise(8, 8))));
        assertEquals(2, concat.fusedRows(one, large, List.of(norm(48), conv)));
        assertEquals(0, concat.fusedRows(one, large, List.of(norm(48), new ReLU(), dense(48, 8))), "a 3x3 kernel");
        assertEquals(0, concat.fusedRows(one, large, List.of(norm(48), new ReLU())));
        assertEquals(0, concat.fusedRows(one, large, List.of(conv)), "no batch norm");
        assertEquals(0, concat.fusedRows(one, List.of(Shape.of(9, 9, 48)), List.of(norm(48), conv)), "a small map");
        assertEquals(0, new Concat(0).fusedRows(one, List.of(Shape.of(60, 60, 48)), List.of(norm(48), conv)));
    }

    /** Plain Java does not repack inputs of few channels, and computes them as any others. */
    @Test
    void firstConvolutionsRunInBandsWithWhatFollows() {
        Conv2d stem = dense(3, 48);
        Shape large = Shape.of(60, 60, 3);
        MaxPool2d pool = MaxPool2d.of(3).stride(2);
        List<Layer> block = List.of(RELU6, depthwise(48).padding(1), new ReLU(), pointwise(48, 8), pool);
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            boolean repacks = engine.describe().contains("simd");
            assertEquals(repacks ? 2 : 0, stem.fusedRows(engine, large, List.of(new ReLU(), pool, RELU6)));
            assertEquals(repacks ? 1 : 0, stem.fusedRows(engine, large, List.of(pool)));
            assertEquals(repacks ? 4 : 0, stem.fusedRows(engine, large, block));
            assertEquals(repacks ? 2 : 1, new Pad2d(1, 1, 1, 1).fusedRows(engine, large, List.of(stem, pool)));
            assertEquals(0, stem.fusedRows(engine, Shape.of(30, 30, 3), block), "maps that stay in the cache");
            assertEquals(0, dense(9, 48).fusedRows(engine, Shape.of(60, 60, 9), List.of(pool)), "many channels");
            assertEquals(0, stem.fusedRows(engine, large, List.of(RELU6, RELU6, pool)));
        }
    }

    private static BatchNorm2d norm(int channels) {
        return BatchNorm2d.of(random(Shape.of(channels), 3), random(Shape.of(channels), 4)).epsilon(2);
    }

    @Test
    void logitsHaveTheBitsOfWholeMaps() {
        for (int threads : new int[] {1, 2, 5}) {
            try (Engine engine = Engine.open(Provider.configured(), threads); Network network = network(engine)) {
                List<Tensor> images = IntStream.range(1, 6).mapToObj(i -> random(Shape.of(3, 61, 58), i)).toList();
                for (int pass = 0; pass < 2; pass++) {
                    List<Tensor> together = network.logits(images);
                    for (int i = 0; i < images.size(); i++) {
                        float[] whole = network.forward(images.get(i)).logits().data();
                        assertArrayEquals(whole, together.get(i).data());
                        assertArrayEquals(whole, network.logits(images.get(i)).data());
                    }
                }
            }
        }
    }

    @Test
    void pooledStemsHaveTheBitsOfWholeMaps() {
        for (int threads = 1; threads <= 2; threads++) {
            try (Engine engine = Engine.open(Provider.configured(), threads);
                    Network network = Network.builder().engine(engine)
                            .card(ModelCard.fromMetadata(Map.of("sectional.input", "3,75,70")))
                            .add("conv", dense(3, 50)).add("relu", new ReLU())
                            .add("pool", MaxPool2d.of(3).stride(2).ceil(true)).add("next", pointwise(50, 6))
                            .add("mean", new AdaptiveAvgPool2d(1, 1)).add("flatten", new Flatten()).build()) {
                Tensor image = random(Shape.of(3, 75, 70), 3);
                float[] whole = network.forward(image).logits().data();
                assertArrayEquals(whole, network.logits(image).data());
            }
        }
    }

    /** Inverted residual blocks, with a sum and with zeros that are layers of their own. */
    private static Network network(Engine engine) {
        return Network.builder().card(ModelCard.fromMetadata(Map.of("sectional.input", "3,61,58"))).engine(engine)
                .add("stem.pad", new Pad2d(0, 0, 1, 1)).add("stem", dense(3, 8)).add("stem.clip", RELU6)
                .add("a.expand", pointwise(8, 48)).add("a.clip", RELU6)
                .add("a.pad", new Pad2d(1, 1, 1, 1)).add("a.depthwise", depthwise(48)).add("a.relu", new ReLU())
                .add("a.project", pointwise(48, 8))
                .add("a.add", new Add(), "stem.clip", "a.project")
                .add("d.conv", dense(8, 44).padding(1)).add("d.concat", new Concat(), "a.add", "d.conv")
                .add("d.norm", norm(52)).add("d.relu", new ReLU()).add("d.squeeze", pointwise(52, 8))
                .add("b.expand", pointwise(8, 48)).add("b.clip", RELU6)
                .add("b.depthwise", depthwise(48).stride(2).padding(1))
                .add("c.pad", new Pad2d(1, 0, 1, 0)).add("c.conv", dense(48, 8))
                .add("pool", new AdaptiveAvgPool2d(1, 1)).add("flatten", new Flatten())
                .add("fc", Linear.of(random(Shape.of(5, 8), 9))).build();
    }
}
