package com.example;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.image.Heatmap;
import dev.sectional.attribution.method.Rsp;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.Models;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Explains one image with a model from a stream, on the module path: {@code ModulePath MODEL PNG}. */
public final class ModulePath {
    private ModulePath() {
    }

    public static void main(String[] arguments) throws IOException {
        try (InputStream model = Files.newInputStream(Path.of(arguments[0])); Network network = Models.load(model)) {
            Tensor image = Tensor.zeros(network.inputShape());
            for (int i = 0; i < image.data().length; i++) {
                image.data()[i] = (float) Math.sin(0.37 * i);
            }
            Attribution explained = Rsp.reference().explain(network, image, Target.top(1));
            Files.write(Path.of(arguments[1]), Heatmap.of(explained.relevance()).png());
            System.out.println("class " + explained.target() + ", relevance " + explained.relevance().shape() + " "
                    + Integer.toHexString(Arrays.hashCode(explained.relevance().data())));
        }
        if (!ModulePath.class.getModule().isNamed() || !Network.class.getModule().isNamed()) {
            throw new IllegalStateException("not on the module path: " + ModulePath.class.getModule());
        }
    }
}
