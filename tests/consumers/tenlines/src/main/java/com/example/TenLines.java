package com.example;

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

/**
 * Explains an image in memory with a model from the class path, without files or java.desktop: {@code TenLines PNG}.
 */
public final class TenLines {
    private final byte[] rgb = new byte[3 * 320 * 240];

    private TenLines() {
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (i / 3 * (i % 3 + 1));
        }
    }

    public static void main(String[] arguments) throws IOException {
        new TenLines().explain(320, 240, Path.of(arguments[0]));
    }

    private void explain(int width, int height, Path out) throws IOException {
        try (Network net = Models.load(getClass().getResourceAsStream("/model.safetensors"))) {
            Tensor x = net.card().input(rgb, width, height);
            net.classify(x).top(5).forEach(c -> System.out.println(c.label() + " " + c.probability()));
            Attribution a = Rsp.reference().explain(net, x, Target.top(1));
            Files.write(out, Heatmap.of(a.relevance()).png());
        }
    }
}
