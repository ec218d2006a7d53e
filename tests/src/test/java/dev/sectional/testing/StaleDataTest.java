package dev.sectional.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.Methods;
import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.internal.exec.Execution;
import dev.sectional.core.internal.runtime.BufferPool;
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
import org.junit.jupiter.api.Test;

/**
 * No bit depends on what pooled buffers contain: one engine starts with zeros and continues with stale data, the
 * other one finds NaN in every buffer.
 */
class StaleDataTest {
    private static final int SIDE = 47;

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

    /** The methods of one pass; the others repeat it. */
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
        List<String> some = List.of("rsp", "rap", "lrp-gamma", "lrp-alpha-beta", "excitation-backprop");
        List<Methods.Entry> methods = Methods.all().stream().filter(entry -> some.contains(entry.name())).toList();
        assertEquals(some.size(), methods.size(), Methods.all().toString());
        compare(StaleDataTest::large, Shape.of(3, SIDE, SIDE), 9, methods);
    }

    private static void compare(NetworkOf networks, Shape input, int seed, List<Methods.Entry> methods) {
        Map<String, float[]> clean = maps(null, networks, input, seed, methods);
        Map<String, float[]> poisoned = maps("nan", networks, input, seed, methods);
        poisoned.forEach((name, map) -> {
            assertArrayEquals(map, clean.get(name + ", round 0"), name);
            assertArrayEquals(map, clean.get(name + ", round 1"), name);
        });
    }

    /** Relevance of all methods, and the logits, for two classes together: once with poisoned buffers, else twice. */
    private static Map<String, float[]> maps(String poison, NetworkOf networks, Shape input, int seed,
                                             List<Methods.Entry> methods) {
        Map<String, float[]> maps = new TreeMap<>();
        Random random = new Random(seed);
        try (Engine engine = open(poison); Network network = networks.on(engine, random)) {
            Tensor image = Samples.tensor(input, Samples.Values.SIGNED, random);
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
        String given = System.getProperty(BufferPool.POISON);
        set(poison);
        try {
            return Engine.open(Provider.configured(), 2);
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

    /** The pools above are really of two kinds. */
    @Test
    void poisonReachesTheBuffers() {
        for (String poison : new String[] {null, "nan"}) {
            try (Engine engine = open(poison)) {
                float[] array = Execution.of(engine).acquire(100);
                assertEquals(poison == null ? 0 : Float.NaN, array[99]);
                Arrays.fill(array, 1);
                Execution.of(engine).release(array);
                assertEquals(poison == null ? 1 : Float.NaN, Execution.of(engine).acquire(100)[99]);
            }
        }
    }
}
