package dev.sectional.attribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.method.Rsp;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WarmUpTest {
    private final AtomicInteger explained = new AtomicInteger();
    private final CountDownLatch twice = new CountDownLatch(2);

    /** Counts its explanations. */
    private final Method counting = new Method() {
        @Override
        public String name() {
            return "counting";
        }

        @Override
        public List<Attribution> explainAll(Network network, Tensor image, List<Target> targets) {
            explained.incrementAndGet();
            twice.countDown();
            return List.of();
        }
    };

    @Test
    void runsAsManyRoundsAsAsked() {
        try (Network network = TinyNetwork.of("[]", 1, 2, 3, 4)) {
            WarmUp.of(network, List.of(counting, Rsp.reference())).run(3);
        }
        assertEquals(3, explained.get());
    }

    @Test
    void theSmallNetworkSuitsRspAndItsLargeLayers() {
        WarmUp.of(List.of(Rsp.reference(), counting)).withLargeLayers().run(1);
        assertEquals(1, explained.get());
    }

    @Test
    void closingEndsTheThread() throws InterruptedException {
        WarmUp warmUp = WarmUp.of(List.of(counting)).start();
        assertTrue(twice.await(30, TimeUnit.SECONDS), "more than one round");
        assertThrows(IllegalStateException.class, warmUp::start);
        warmUp.close();
        int atClose = explained.get();
        assertTrue(Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("sectional-warm-up")));
        assertEquals(atClose, explained.get());
    }

    @Test
    void refusesNothingToDo() {
        assertThrows(IllegalArgumentException.class, () -> WarmUp.of(List.of()));
        assertThrows(IllegalArgumentException.class, () -> WarmUp.of(List.of(counting)).run(0));
    }
}
