package embedder;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.image.Heatmap;
import dev.sectional.attribution.method.Rsp;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.Models;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** From a network in a jar and the bytes of an image to a decision and a picture of it. */
public final class TenLines {
    public static void main(String[] args) throws IOException {
        new TenLines().explain(new byte[3 * 40 * 30], 40, 30, Path.of(args[0]));
    }

    void explain(byte[] rgb, int width, int height, Path out) throws IOException {
        try (Network net = Models.load(getClass().getResourceAsStream("/model.safetensors"))) {
            Tensor x = net.card().input(rgb, width, height);
            net.classify(x).top(5).forEach(c -> System.out.println(c.label() + " " + c.probability()));
            Attribution a = Rsp.reference().explain(net, x, Target.top(1));
            Files.write(out, Heatmap.of(a.relevance()).png());
        }
    }
}
