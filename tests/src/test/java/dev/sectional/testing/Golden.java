package dev.sectional.testing;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Tensor;
import dev.sectional.core.io.Safetensors;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.Models;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Opens the golden files and compares tensors with them. */
final class Golden {
    private Golden() {
    }

    static Safetensors open(String name) {
        try {
            return Safetensors.open(Path.of(Golden.class.getResource("/golden/" + name + ".safetensors").toURI()));
        } catch (URISyntaxException e) {
            throw new InputException("golden file " + name, e);
        }
    }

    /** Creates the generated network that the metadata of a golden file describes. */
    static Network network(Safetensors golden, Engine engine) {
        Map<String, String> about = golden.metadata();
        List<String> layers = Arrays.stream(about.get("cfg").replaceAll("[\\[\\]' ]", "").split(",")).toList();
        int size = Integer.parseInt(about.get("size"));
        int grid = size >> layers.stream().filter("M"::equals).count();
        return Models.of("generated", Det.vgg(Long.parseLong(about.get("seed")), layers,
                Integer.parseInt(about.get("classes")),
                Integer.parseInt(about.get("hidden")), grid)).model("slim").engine(engine).load();
    }

    /**
     * Requires {@code ||ours - golden|| <= limit * ||golden||}.
     *
     * @return the relative error {@code ||ours - golden|| / ||golden||}
     * @throws AssertionError with the position of the greatest difference
     */
    static double requireClose(String what, double[] golden, Tensor ours, double limit) {
        float[] got = ours.data();
        if (got.length != golden.length) {
            throw new AssertionError(what + ": expected " + golden.length + " elements, got " + got.length);
        }
        double difference = 0;
        double norm = 0;
        int worst = 0;
        for (int i = 0; i < got.length; i++) {
            double d = got[i] - golden[i];
            difference += d * d;
            norm += golden[i] * golden[i];
            worst = Math.abs(d) > Math.abs(got[worst] - golden[worst]) ? i : worst;
        }
        double error = difference == 0 ? 0 : Math.sqrt(difference / norm);
        if (!(error <= limit)) {
            throw new AssertionError(what + ": relative error " + error + " exceeds " + limit
                    + "; greatest difference at " + worst
                    + " of shape " + ours.shape() + ": expected " + golden[worst] + ", got " + got[worst]);
        }
        return error;
    }
}
