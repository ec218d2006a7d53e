package dev.sectional.attribution.method;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sectional.attribution.Target;
import dev.sectional.attribution.TinyNetwork;
import dev.sectional.nn.Network;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PassesTest {
    @ParameterizedTest
    @ValueSource(strings = {"smooth-grad:samples=3", "integrated-gradients:steps=3"})
    void everyPassIsReportedAndTheResultIsTheSame(String method) {
        try (Network network = TinyNetwork.of("[]", 1, 2, 3, 4)) {
            List<String> passes = new ArrayList<>();
            float[] followed = Methods.named(method).explainAll(network, TinyNetwork.IMAGE, List.of(Target.of(0)),
                    (done, total) -> passes.add(done + "/" + total)).get(0).relevance().data();
            assertEquals(List.of("1/3", "2/3", "3/3"), passes);
            assertArrayEquals(Methods.named(method).explain(network, TinyNetwork.IMAGE, Target.of(0)).relevance()
                    .data(), followed);
        }
    }

    @Test
    void anExceptionOfTheListenerEndsTheExplanation() {
        try (Network network = TinyNetwork.of("[]", 1, 2, 3, 4)) {
            List<Integer> passes = new ArrayList<>();
            assertThrows(CancellationException.class, () -> Methods.named("smooth-grad:samples=1000")
                    .explainAll(network, TinyNetwork.IMAGE, List.of(Target.of(0)), (done, total) -> {
                        passes.add(done);
                        throw new CancellationException();
                    }));
            assertEquals(List.of(1), passes);
        }
    }

    @Test
    void methodsOfOnePassReportNone() {
        try (Network network = TinyNetwork.of("[]", 1, 2, 3, 4)) {
            List<Integer> passes = new ArrayList<>();
            assertEquals(1, Methods.named("grad-cam").explainAll(network, TinyNetwork.IMAGE, List.of(Target.of(0)),
                    (done, total) -> passes.add(done)).size());
            assertEquals(List.of(), passes);
        }
    }
}
