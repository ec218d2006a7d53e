package dev.sectional.evaluation.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import dev.sectional.evaluation.Metric;
import java.util.List;
import org.junit.jupiter.api.Test;

class MetricsTest {
    private final Metrics metrics = new Metrics(0, 1, null);

    @Test
    void everyMetricBearsTheNameThatItIsFoundBy() {
        assertEquals(metrics.names(), metrics.named("all").stream().map(Metric::name).toList());
    }

    @Test
    void theFormerNameOfModelRandomisationStillWorks() {
        List<Metric> named = metrics.named("pointing, sensitivity,model-randomisation,max-sensitivity");

        assertEquals(List.of("pointing", "model-randomisation", "max-sensitivity"), named.stream().map(Metric::name)
                .toList());
        assertEquals(List.of("metric 'sensitivity' is deprecated: use model-randomisation"),
                Metrics.deprecations("sensitivity,pointing,sensitivity"));
        assertEquals(List.of(), Metrics.deprecations("max-sensitivity,all"));
    }

    @Test
    void stepsAreThoseOfInsertionAndDeletion() {
        assertEquals("one per 224 pixels", metrics.named("deletion").get(0).settings().get("steps"));
        for (Metric metric : metrics.steps(1).named("insertion,deletion")) {
            assertEquals("1", metric.settings().get("steps"), metric.name());
        }
        assertThrows(IllegalArgumentException.class, () -> metrics.steps(0));
    }

    @Test
    void emptyNamesAreSkippedAndUnknownOnesRefused() {
        assertEquals(List.of("mass", "pointing"), metrics.named(",mass, ,pointing").stream().map(Metric::name)
                .toList());
        assertTrue(assertThrows(InputException.class, () -> metrics.named("mass,pointin")).getMessage()
                .startsWith("metric 'pointin' is unknown: use all, or some of pointing, "));
        assertTrue(assertThrows(InputException.class, () -> metrics.named(" , ")).getMessage()
                .startsWith("no metric is named"));
    }
}
