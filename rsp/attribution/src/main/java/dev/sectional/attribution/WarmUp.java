package dev.sectional.attribution;

import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Cancellation;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.Models;
import dev.sectional.nn.model.Vgg;
import dev.sectional.nn.rule.rsp.RspRule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Explains images of noise until the JIT compiler has compiled what the given methods run. Vector code that is not
 * compiled yet runs a hundred times slower, so the first explanation of a process takes seconds that later ones do not.
 *
 * <p>An application that starts calls it while it does other work, and ends it when the first image arrives:
 *
 * <pre>{@code
 * try (WarmUp warmUp = WarmUp.of(List.of(Rsp.reference())).start()) {
 *     network = Models.load(path);
 *     image = read(file);
 * }
 * }</pre>
 *
 * <p>{@link #run(int)} does the same in the caller's thread. Results do not depend on it. Instances are safe for use by
 * several threads; each runs once.
 */
public final class WarmUp implements AutoCloseable {
    private static final String THREAD = "sectional-warm-up";
    private static final List<String> LAYERS = List.of("16", "16", "M", "32", "M");
    private static final int CLASSES = 4;
    private static final int HIDDEN = 16;
    private static final int SIDE = 16;
    private static final int CHANNELS = 32;
    private static final List<Target> TARGETS = List.of(Target.top(1));
    /** The rule may be wrapped by purging, whose name begins with that of the rule inside. */
    private static final String RSP = new RspRule().name();

    /** The network to warm up with; null for one that the run opens. */
    private final Network network;
    private final Function<Engine, Network> opening;
    private final List<Method> methods;
    private final boolean largeLayers;
    private Thread thread;
    private final Cancellation cancellation = Cancellation.create();

    private WarmUp(Network network, Function<Engine, Network> opening, List<Method> methods, boolean largeLayers) {
        this.network = network;
        this.opening = opening;
        this.methods = List.copyOf(methods);
        this.largeLayers = largeLayers;
        if (methods.isEmpty()) {
            throw new IllegalArgumentException("wanted at least one method to warm up, got none");
        }
    }

    /**
     * Warms up with a network, at its own input size: exactly the algorithms that its layers use. Each round takes as
     * long as one explanation with each method.
     *
     * @param network must stay open until the warm-up has ended
     * @param methods at least one; each must fit the network
     * @return a warm-up that has not begun
     */
    public static WarmUp of(Network network, List<Method> methods) {
        return new WarmUp(Objects.requireNonNull(network, "network"), null, methods, false);
    }

    /**
     * Warms up with a network of the caller's making that is opened when the warm-up runs and closed at its end, on an
     * engine of one thread.
     *
     * @param opening builds the network on the given engine
     * @param methods at least one; each must fit the network
     * @return a warm-up that has not begun
     */
    public static WarmUp of(Function<Engine, Network> opening, List<Method> methods) {
        return new WarmUp(null, Objects.requireNonNull(opening, "opening"), methods, false);
    }

    /**
     * Warms up without a network, with a VGG of three small convolutions and an engine of one thread, both opened when
     * the warm-up runs and closed at its end. Each round takes milliseconds once compiled, so it fits while the real
     * network is being loaded.
     *
     * @param methods at least one; each must fit a VGG
     * @return a warm-up that has not begun
     */
    public static WarmUp of(List<Method> methods) {
        return of(WarmUp::vgg, methods);
    }

    /**
     * {@return a warm-up that also runs the algorithms for layers larger than those of the small network, on small
     * feature maps: Winograd convolution and RSP's rule by Winograd and by nonzeros} Choose it for networks such as
     * VGG16.
     */
    public WarmUp withLargeLayers() {
        return new WarmUp(network, opening, methods, true);
    }

    /**
     * Runs in the caller's thread.
     *
     * @param rounds explanations with each method, at least 1; fewer run if another thread calls {@link #cancel}
     */
    public void run(int rounds) {
        if (rounds < 1) {
            throw new IllegalArgumentException("wanted at least 1 round, got " + rounds);
        }
        if (network != null) {
            run(network, rounds);
            return;
        }
        try (Engine engine = Engine.open(Provider.configured(), 1);
             Network opened = opening.apply(engine)) {
            run(opened, rounds);
        }
    }

    /**
     * Runs on a daemon thread until {@link #cancel} or {@link #close}. An exception ends the thread silently: the first
     * real explanation throws it again.
     *
     * @return this
     * @throws IllegalStateException if it was started before
     */
    public synchronized WarmUp start() {
        if (thread != null) {
            throw new IllegalStateException("the warm-up was started before: create another");
        }
        thread = new Thread(() -> run(Integer.MAX_VALUE), THREAD);
        thread.setDaemon(true);
        thread.setUncaughtExceptionHandler((failed, e) -> { });
        thread.start();
        return this;
    }

    /** Ends the warm-up after the layer under way, without waiting for it. */
    public void cancel() {
        cancellation.cancel();
    }

    /**
     * Ends the warm-up after the layer under way and waits for its thread, unless the caller's thread is interrupted.
     */
    @Override
    public void close() {
        cancel();
        Thread running;
        synchronized (this) {
            running = thread;
        }
        if (running != null) {
            try {
                running.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void run(Network network, int rounds) {
        try {
            explain(network.cancelledBy(cancellation), rounds);
        } catch (CancellationException e) {
            // The warm-up was wanted no longer.
        }
    }

    private void explain(Network network, int rounds) {
        Tensor image = noise(network.inputShape(), -1);
        Tensor featureMap = noise(Shape.of(SIDE, SIDE, CHANNELS), -2);
        boolean rspLayers = largeLayers && methods.stream().anyMatch(method -> followsRsp(method, network));
        for (int round = 0; round < rounds; round++) {
            if (rspLayers && !cancellation.isCancelled()) {
                RspRule.warmUp(network.engine(), featureMap);
            }
            for (Method method : methods) {
                if (cancellation.isCancelled()) {
                    return;
                }
                method.explainAll(network, image, TARGETS);
            }
        }
    }

    private static boolean followsRsp(Method method, Network network) {
        return method instanceof PropagationMethod propagation && IntStream.rangeClosed(0, propagation.start(network))
                .anyMatch(node -> propagation.composite().rule(network, node).name().startsWith(RSP));
    }

    private static Network vgg(Engine engine) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        Map<String, Shape> shapes = Vgg.parameters(LAYERS, CLASSES, HIDDEN, SIDE / 4);
        shapes.forEach((name, shape) -> tensors.put(name, noise(shape, tensors.size())));
        return Models.of("warm-up", tensors).model("slim").engine(engine).load();
    }

    /** Returns values from -0.4 to 0.6: both signs, and after a ReLU more than half of them above 0. */
    private static Tensor noise(Shape shape, long seed) {
        Random random = new Random(seed);
        Tensor noise = Tensor.zeros(shape);
        for (int i = 0; i < shape.size(); i++) {
            noise.data()[i] = random.nextFloat() - 0.4f;
        }
        return noise;
    }
}
