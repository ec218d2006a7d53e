package dev.sectional.evaluation.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
}
