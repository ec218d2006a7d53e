package dev.sectional.testing;

import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.Methods;
import dev.sectional.core.io.Safetensors;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.Models;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** AttnLRP on a small vision transformer against the relevance that LXT, the authors' program, computes in float64. */
class AttnLrpTest {
    /**
     * LXT adds its epsilons (1e-6 and 1e-8) to denominators of either sign. On this network they account for 1.1e-4 of
     * its relevance; the script that wrote the values states it.
     */
    private static final double OTHER_STABILISERS = 2e-4;
    /** With the same stabiliser the rest is rounding: some hundred operations in float32. */
    private static final double ROUNDING = 1e-5;
    private static final double LOGITS = 1e-6;

    private static Path file(String name) throws Exception {
        return Path.of(AttnLrpTest.class.getResource("/attn_lrp/" + name + ".safetensors").toURI());
    }

    private static Attribution explained(Network network, Safetensors values, String method) {
        Target target = Target.of((int) values.doubles("target")[0]);
        return Methods.named(method).explain(network, values.tensor("image"), target);
    }

    @Test
    void agreesWithTheAuthorsProgram() throws Exception {
        try (Network network = Models.load(file("attn_lrp_vit"));
             Safetensors values = Safetensors.open(file("attn_lrp_values"))) {
            Attribution ours = explained(network, values, "attn-lrp");
            Golden.requireClose("logits", values.doubles("logits"), ours.logits(), LOGITS);
            Golden.requireClose("relevance", values.doubles("relevance"), ours.relevance(), OTHER_STABILISERS);
            Golden.requireClose("relevance, same stabiliser", values.doubles("relevance_signed_epsilon"),
                    ours.relevance(), ROUNDING);
            Attribution other = explained(network, values, "lrp-epsilon");
            assertThrows(AssertionError.class, () -> Golden.requireClose("another method",
                    values.doubles("relevance"), other.relevance(), 0.5));
        }
    }
}
