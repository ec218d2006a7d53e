package dev.sectional.nn;

import static dev.sectional.nn.TestTensors.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.ReLU;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Who closes what, what works afterwards, and whose memory is reused. */
class NetworkLifecycleTest {
    private static final Shape INPUT = Shape.of(3, 4, 4);
    private final Tensor image = random(INPUT, 1);

    private static NetworkBuilder small() {
        return Network.builder(INPUT).name("small")
                .add("conv", Conv2d.of(random(Shape.of(2, 3, 3, 3), 2)).padding(1))
                .add("relu", new ReLU())
                .add("flatten", new Flatten())
                .add("head", Linear.of(random(Shape.of(5, 32), 3)));
    }

    private static AutoCloseable failing(List<String> closed, String name) {
        return () -> {
            closed.add(name);
            throw new IOException(name);
        };
    }

    @Test
    void opensAnEngineOfItsOwnAndClosesIt() {
        Network network = small().build();
        Engine engine = network.engine();
        Tensor x = random(Shape.of(4, 4, 3), 1);
        Layer conv = network.nodes().get(0).layer();
        conv.forward(engine, x);
        assertEquals(5, network.classify(image).size());
        network.close();
        assertThrows(IllegalStateException.class, () -> conv.forward(engine, x), "the engine is closed");
    }

    @Test
    void leavesAnEngineOfTheCallersOpen() {
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            float[] logits;
            try (Network network = small().engine(engine).build()) {
                logits = network.logits(image).data();
            }
            try (Network again = small().engine(engine).build()) {
                assertArrayEquals(logits, again.classify(image).logits());
            }
        }
    }

    @Test
    void closesEverythingOnceEvenIfSomethingFails() {
        List<String> closed = new ArrayList<>();
        try (Engine engine = Engine.open(Provider.configured(), 1)) {
            Network network = small().engine(engine).closeWithNetwork(failing(closed, "first"), () ->
                    closed.add("second"),
                    failing(closed, "third")).build();
            IllegalStateException e = assertThrows(IllegalStateException.class, network::close);
            assertEquals(List.of("first", "second", "third"), closed);
            assertTrue(e.getMessage().startsWith("network 'small': cannot close "), e.getMessage());
            assertEquals("first", e.getCause().getMessage());
            assertEquals(1, e.getSuppressed().length);
            assertEquals("third", e.getSuppressed()[0].getMessage());
            network.close();
            assertEquals(3, closed.size(), "once");
        }
    }

    @Test
    void refusesToRunAfterCloseByName() {
        Network network = small().build();
        Tape tape = network.forward(image);
        network.close();
        Tensor one = Tensor.of(Shape.of(5), 1, 0, 0, 0, 0);
        assertClosed("network 'small' is closed", () -> network.classify(image));
        assertClosed("network 'small' is closed", () -> network.forward(image));
        assertClosed("network 'small' is closed", () -> network.logits(List.of(image, image)));
        assertClosed("network 'small' is closed", () -> tape.gradient(one, Network.IMAGE_INDEX));
        assertEquals(5, tape.classification().size(), "what was computed stays");
    }

    @Test
    void aNetworkWithReplacedLayersSaysThatItNeedsTheFirstOne() {
        Network network = small().build();
        Network changed = network.replacing(Map.of("head", Linear.of(random(Shape.of(5, 32), 4))));
        Network twice = changed.replacing(Map.of("relu", new ReLU()));
        Network closed = network.replacing(Map.of());
        closed.close();
        assertClosed("network 'small with replaced layers' is closed", () -> closed.forward(image));
        assertArrayEquals(changed.classify(image).logits(), twice.classify(image).logits());
        network.close();
        for (Network each : List.of(changed, twice)) {
            IllegalStateException e = assertThrows(IllegalStateException.class, () -> each.classify(image));
            assertTrue(e.getMessage()
                    .contains("shares the engine and files of network 'small', which is closed: keep that one open"),
                    e.getMessage());
        }
    }

    @Test
    void closeWaitsForTheCallsOfOtherThreads() throws InterruptedException {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        List<String> events = Collections.synchronizedList(new ArrayList<>());
        Network network = small().closeWithNetwork(() -> events.add("closed")).build();
        Network changed = network.replacing(Map.of());
        Thread caller = new Thread(() -> changed.use(() -> {
            inside.countDown();
            await(leave);
            return events.add(changed.classify(image).size() + " classes");   // a call inside the call, close waiting
        }));
        caller.start();
        inside.await();
        Thread closing = new Thread(network::close);
        closing.start();
        while (closing.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        closing.interrupt();
        assertClosed("network 'small' is closed", () -> network.classify(image));
        leave.countDown();
        caller.join();
        closing.join();
        assertEquals(List.of("5 classes", "closed"), events);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void refusesToBeClosedByItsOwnCall() {
        try (Network network = small().build()) {
            assertClosed("network 'small' cannot be closed by a call that uses it: close it when the call has returned",
                    () -> network.use(() -> {
                        network.close();
                        return null;
                    }));
            assertEquals(5, network.classify(image).size());
        }
    }

    @Test
    void describesItselfAfterCloseAndReplacesNothing() {
        Network network = small().build();
        network.close();
        assertEquals(Shape.of(5), network.outputShape(INPUT));
        assertEquals(4, network.plan(INPUT).layers().size());
        assertEquals(4, network.shapes(INPUT).length);
        assertClosed("network 'small' is closed", () -> network.replacing(Map.of()));
        assertClosed("network 'small' is closed", () -> network.cancelledBy(Cancellation.create()));
    }

    @Test
    void namesItselfIfItsEngineIsClosed() {
        Engine engine = Engine.open(Provider.configured(), 2);
        Network network = small().engine(engine).build();
        Tape tape = network.forward(image);
        engine.close();
        for (Runnable use : List.<Runnable>of(() -> network.logits(image),
                () -> tape.gradient(tape.logits(), Network.IMAGE_INDEX))) {
            assertClosed(
                    "network 'small' runs on an engine that is closed: keep it open as long as the network is used",
                    use);
        }
    }

    /** Cancels or interrupts when it runs. */
    private record Trigger(Runnable action) implements Layer {
        @Override
        public Shape outputShape(Shape input) {
            return input;
        }

        @Override
        public Tensor forward(Engine engine, Tensor x) {
            action.run();
            return x;
        }

        @Override
        public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
            action.run();
            return outputGradient;
        }
    }

    @Test
    void aTokenEndsCallsBetweenLayers() {
        Cancellation token = Cancellation.create();
        try (Network network = small().build()) {
            float[] expected = network.logits(image).data();
            Tape tape = network.cancelledBy(token).forward(image);
            Network ended = network.replacing(Map.of("relu", new Trigger(token::cancel))).cancelledBy(token);
            for (Runnable call : List.<Runnable>of(() -> ended.logits(image), () -> ended.forward(image),
                    () -> tape.gradient(tape.logits(), Network.IMAGE_INDEX))) {
                String message = assertThrows(CancellationException.class, call::run).getMessage();
                assertTrue(message.endsWith(": the call was cancelled"), message);
            }
            assertArrayEquals(expected, network.logits(image).data(), "the network stays usable");
        }
    }

    @Test
    void anInterruptEndsCallsOnlyIfThatIsAskedFor() {
        try (Network network = small().build()) {
            float[] expected = network.logits(image).data();
            Thread.currentThread().interrupt();
            assertArrayEquals(expected, network.logits(image).data());
            assertArrayEquals(expected, network.cancelledBy(Cancellation.create()).logits(image).data());
            Network ended = network.cancelledBy(Cancellation.byInterrupt());
            assertThrows(CancellationException.class, () -> ended.logits(image));
            assertTrue(Thread.interrupted(), "the interrupt stays");
            assertArrayEquals(expected, ended.logits(image).data(), "another call runs");
        }
    }

    private static void assertClosed(String message, Runnable use) {
        assertEquals(message, assertThrows(IllegalStateException.class, use::run).getMessage());
    }

    @Test
    void needsAnInputShapeAndAsManyLabelsAsClasses() {
        NetworkBuilder nothing = Network.builder().add("flatten", new Flatten());
        assertTrue(assertThrows(IllegalStateException.class, nothing::build).getMessage()
                .contains("Network.builder(Shape)"));
        ModelCard two = ModelCard.builder(INPUT).labels(List.of("a", "b")).build();
        assertEquals("small: has 5 classes and 2 labels; give one label for each class",
                assertThrows(InputException.class, () -> small().card(two).build()).getMessage());
    }

    /** Returns its input, as Dropout does, and keeps it: what a user's layer may do to look at feature maps. */
    private static final class Probe implements Layer {
        private Tensor seen;

        @Override
        public Shape outputShape(Shape input) {
            return input;
        }

        @Override
        public Tensor forward(Engine engine, Tensor x) {
            seen = x;
            return x;
        }

        @Override
        public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor outputGradient) {
            return outputGradient;
        }
    }

    @Test
    void memoryThatALayerMayHoldIsNotReused() {
        Probe probe = new Probe();
        try (Engine engine = Engine.open(Provider.configured(), 2);
             Network plain = small().engine(engine).build();
             Network probed = Network.builder(INPUT).addAll(plain.nodes()).add("probe", probe).engine(engine).build()) {
            assertTrue(plain.reusesMemory());
            assertFalse(probed.reusesMemory());
            Network inner = Network.builder(INPUT)
                    .add("conv", plain.nodes().get(0).layer())
                    .add("relu", new ReLU())
                    .add("probe", probe)
                    .add("flatten", new Flatten())
                    .add("head", plain.nodes().get(3).layer()).engine(engine).build();
            float[] logits = inner.classify(image).logits();
            Tensor seen = probe.seen;
            float[] before = seen.data().clone();
            for (int i = 0; i < 4; i++) {
                plain.logits(random(INPUT, 20 + i));   // acquires buffers of the size of the one that the probe holds
            }
            assertArrayEquals(before, seen.data());
            assertArrayEquals(logits, plain.classify(image).logits());
            inner.logits(image);
            assertTrue(seen != probe.seen);
        }
    }

    @Test
    void tensorsOfATapeAndLogitsStayTheCallers() {
        try (Network network = small().build()) {
            Tape tape = network.forward(image);
            Tensor logits = network.logits(image);
            List<float[]> before = new ArrayList<>();
            for (int node = 0; node < network.nodes().size(); node++) {
                before.add(tape.output(node).data().clone());
            }
            float[] first = logits.data().clone();
            for (int i = 0; i < 4; i++) {
                network.logits(random(INPUT, 30 + i));
                network.forward(random(INPUT, 40 + i));
            }
            for (int node = 0; node < network.nodes().size(); node++) {
                assertArrayEquals(before.get(node), tape.output(node).data(), "node " + node);
            }
            assertArrayEquals(first, logits.data());
            assertSame(tape.output(network.nodes().size() - 1), tape.logits());
        }
    }
}
