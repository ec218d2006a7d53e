package dev.sectional.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.Methods;
import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.kernel.Kernels;
import dev.sectional.core.internal.runtime.BufferPool;
import dev.sectional.laws.Values;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.NetworkBuilder;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.MaxPool2d;
import dev.sectional.nn.layer.ReLU;
import dev.sectional.nn.plan.ConvolutionAlgorithm;
import dev.sectional.nn.plan.LayerPlan;
import dev.sectional.nn.plan.RelevanceAlgorithm;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/**
 * No bit depends on what pooled buffers contain: one engine starts with zeros and continues with stale data, others
 * find NaN, 1 or 1e-40 in every buffer. No product reads a stale element either, although it might not store the
 * result: subnormal operands are slow on some processors.
 */
class StaleDataTest {
    private static final int SIDE = 47;
    /** Methods that propagate once; the others repeat their passes. */
    private static final List<String> ONE_PASS = List.of("rsp", "rap", "lrp-gamma", "lrp-alpha-beta",
            "excitation-backprop");
    private static final List<String> POISONS = List.of("nan", "1", "1e-40");

    private interface NetworkOf {
        Network on(Engine engine, Random random);
    }

    @Test
    void branchesAndEveryKindOfLayer() {
        for (int seed = 0; seed < 5; seed++) {
            compare((engine, random) -> Samples.graph(engine, random, 12), Shape.of(3, 12, 12), seed,
                    Methods.all());
        }
    }

    @Test
    void depthwiseAndGroupedConvolutions() {
        compare(Samples::mobile, Shape.of(3, 20, 20), 4, Methods.all());
    }

    @Test
    void everyAlgorithmOfLargeConvolutions() {
        try (Engine engine = open(null); Network network = large(engine, new Random(9))) {
            Set<Object> algorithms = new HashSet<>();
            for (LayerPlan layer : network.plan(Shape.of(3, SIDE, SIDE)).layers()) {
                layer.work().algorithm().ifPresent(algorithms::add);
                layer.work().relevance().forEach(each -> algorithms.add(each.algorithm()));
            }
            assertTrue(algorithms.containsAll(List.of(ConvolutionAlgorithm.WINOGRAD, ConvolutionAlgorithm.DIRECT,
                    RelevanceAlgorithm.WINOGRAD, RelevanceAlgorithm.GRAM, RelevanceAlgorithm.DIRECT)),
                    algorithms.toString());
        }
        List<Methods.Entry> methods = Methods.all().stream().filter(entry -> ONE_PASS.contains(entry.name())).toList();
        assertEquals(ONE_PASS.size(), methods.size(), Methods.all().toString());
        compare(StaleDataTest::large, Shape.of(3, SIDE, SIDE), 9, methods);
    }

    private static void compare(NetworkOf networks, Shape input, int seed, List<Methods.Entry> methods) {
        Map<String, float[]> clean = maps(null, networks, input, seed, methods);
        for (String poison : POISONS) {
            maps(poison, networks, input, seed, methods).forEach((name, map) -> {
                assertArrayEquals(map, clean.get(name + ", round 0"), name + ", " + poison);
                assertArrayEquals(map, clean.get(name + ", round 1"), name + ", " + poison);
            });
        }
    }

    /** Relevance of all methods, and the logits, for two classes together: once with poisoned buffers, else twice. */
    private static Map<String, float[]> maps(String poison, NetworkOf networks, Shape input, int seed,
                                             List<Methods.Entry> methods) {
        Map<String, float[]> maps = new TreeMap<>();
        Random random = new Random(seed);
        try (Engine engine = open(poison); Network network = networks.on(engine, random)) {
            Tensor image = Values.SIGNED.tensor(input, random);
            for (int round = 0; round < (poison == null ? 2 : 1); round++) {
                String title = poison == null ? ", round " + round : "";
                maps.put("logits" + title, network.logits(image).data().clone());
                for (Methods.Entry entry : methods) {
                    List<Target> targets = List.of(Target.top(1), Target.of(2));
                    entry.method().explainAll(network, image, targets).forEach(each ->
                            maps.put(entry.name() + " for " + each.target() + title, each.relevance().data()));
                }
            }
        }
        return maps;
    }

    private static Engine open(String poison) {
        return open(poison, () -> Engine.open(Provider.configured(), 2));
    }

    private static Engine open(String poison, Supplier<Engine> opening) {
        String given = System.getProperty(BufferPool.POISON);
        set(poison);
        try {
            return opening.get();
        } finally {
            set(given);
        }
    }

    private static void set(String poison) {
        if (poison == null) {
            System.clearProperty(BufferPool.POISON);
        } else {
            System.setProperty(BufferPool.POISON, poison);
        }
    }

    /** Sizes that are no multiple of any tile or vector. */
    private static Network large(Engine engine, Random random) {
        NetworkBuilder graph = Network.builder();
        int[][] convolutions = {{3, 33, 3, 1}, {33, 160, 3, 1}, {160, 160, 3, 1}, {160, 160, 3, 1}, {160, 131, 3, 1},
            {131, 70, 3, 2}, {70, 20, 1, 1}};
        for (int i = 0; i < convolutions.length; i++) {
            int[] each = convolutions[i];
            graph.add("conv" + i, Conv2d.of(weights(Shape.of(each[1], each[0], each[2], each[2]), random))
                    .bias(weights(Shape.of(each[1]), random)).stride(each[3]).padding(each[2] / 2));
            graph.add("relu" + i, new ReLU());
            if (i == 1 || i == 3) {
                graph.add("pool" + i, MaxPool2d.of(2));
            }
        }
        graph.add("flatten", new Flatten());
        graph.add("head", Linear.of(weights(Shape.of(5, 20 * 6 * 6), random)).bias(weights(Shape.of(5), random)));
        String side = Integer.toString(SIDE);
        return graph.engine(engine).card(ModelCard.fromMetadata(Map.of("sectional.input", "3," + side + "," + side,
                "sectional.mean", "0,0,0", "sectional.std", "1,1,1"))).build();
    }

    private static Tensor weights(Shape shape, Random random) {
        float[] values = new float[shape.size()];
        double scale = Math.sqrt(2.0 / Math.max(1, shape.size() / shape.dim(0)));
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (scale * random.nextGaussian());
        }
        return Tensor.of(shape, values);
    }

    /** The pools above are really of several kinds. */
    @Test
    void poisonReachesTheBuffers() {
        Map.of("", 0f, "nan", Float.NaN, "1", 1f, "1e-40", 1e-40f).forEach((poison, value) -> {
            try (Engine engine = open(poison.isEmpty() ? null : poison)) {
                float[] array = Execution.of(engine).acquire(100);
                assertEquals(value, array[99]);
                Arrays.fill(array, 2);
                Execution.of(engine).release(array);
                assertEquals(poison.isEmpty() ? 2 : value, Execution.of(engine).acquire(100)[99]);
            }
        });
    }

    @Test
    void noProductReadsStaleElements() {
        for (int side : new int[] {20, SIDE}) {
            try (Engine engine = open("nan", FreshOperands::open);
                    Network network = side == SIDE ? large(engine, new Random(5)) : Samples.mobile(engine,
                            new Random(5))) {
                Tensor image = Values.SIGNED.tensor(Shape.of(3, side, side), new Random(6));
                for (Methods.Entry entry : Methods.all()) {
                    if (side == 20 || ONE_PASS.contains(entry.name())) {
                        entry.method().explainAll(network, image, List.of(Target.top(1), Target.of(2)));
                    }
                }
            }
        }
    }

    @Test
    void theCheckOfOperandsNoticesStaleOnes() {
        try (Engine engine = open("nan", FreshOperands::open)) {
            Kernels kernels = Execution.of(engine).kernels();
            float[] a = new float[100];
            float[] b = Execution.of(engine).acquire(2 * kernels.nr());
            float[] c = new float[kernels.mr() * kernels.nr()];
            int[] rows = new int[kernels.mr()];
            assertThrows(AssertionError.class, () ->
                    kernels.gemmMicroKernel(a, rows, 0, 0, b, 0, 2, kernels.nr(), null, 0, 0, Float.NEGATIVE_INFINITY,
                            Float.POSITIVE_INFINITY, c, 0, kernels.nr()));
        }
    }
}
