package dev.sectional.cli.internal.command;

import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.Rsp;
import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.Models;
import dev.sectional.nn.model.Vgg;
import dev.sectional.nn.rule.rsp.RspRule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Explains a tiny network over and over while the command line is read, the network opened and the image decoded. Vector code
 * that the JIT compiler has not reached yet runs a hundred times slower; this way it is reached by the time that the real
 * work begins.
 */
final class WarmUp {
    private static final List<String> LAYERS = List.of("16", "16", "M", "32", "M");
    private static final int CLASSES = 4;
    private static final int HIDDEN = 16;
    private static final int SIDE = 16;
    private static final int CHANNELS = 32;

    private static volatile boolean over;

    private WarmUp() {
    }

    /**
     * Begins, on a thread that does not keep Java running; not where it would take the only core, or warm up what is not
     * going to calculate.
     *
     * @param args the command line
     */
    static void begin(String[] args) {
        if (Runtime.getRuntime().availableProcessors() < 2 || Stream.of(args).anyMatch(arg -> arg.startsWith("--provider"))) {
            return;
        }
        over = false;
        boolean large = Stream.of(args).anyMatch(arg -> arg.startsWith("--weights"));
        Thread thread = new Thread(() -> explain(large), "sectional-warm-up");
        thread.setDaemon(true);
        thread.setUncaughtExceptionHandler((failed, e) -> { });   // whatever it is, the real work will say so
        thread.start();
    }

    /** Ends it, after the explanation that is under way. */
    static void end() {
        over = true;
    }

    /** @param large whether the network is not the built-in one, whose layers are too small for Winograd's form */
    private static void explain(boolean large) {
        try (Engine engine = Engine.open(Provider.configured(), 1);
             Network network = Models.of("warm-up", tensors()).engine(engine).load()) {
            Tensor image = values(Shape.of(3, SIDE, SIDE), -1);
            Tensor map = values(Shape.of(SIDE, SIDE, CHANNELS), -2);
            while (!over) {
                if (large) {
                    RspRule.warmUp(engine, map);
                }
                Rsp.reference().explainAll(network, image, List.of(Target.top(1)));
            }
        }
    }

    private static Map<String, Tensor> tensors() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        Vgg.parameters(LAYERS, CLASSES, HIDDEN, SIDE / 4).forEach((name, shape) -> tensors.put(name, values(shape, tensors.size())));
        return tensors;
    }

    private static Tensor values(Shape shape, long seed) {
        Random random = new Random(seed);
        Tensor values = Tensor.zeros(shape);
        for (int i = 0; i < shape.size(); i++) {
            values.data()[i] = random.nextFloat() - 0.4f;
        }
        return values;
    }
}
