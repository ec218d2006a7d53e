package com.example;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.Rsp;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.weights.ModelFiles;
import java.nio.file.Path;
import java.util.Arrays;

/** Explains one image with a model file of any format, on the class path: {@code ClassPath MODEL}. */
public final class ClassPath {
    private ClassPath() {
    }

    public static void main(String[] arguments) {
        try (Network network = ModelFiles.load(Path.of(arguments[0]))) {
            Tensor image = Tensor.zeros(network.inputShape());
            for (int i = 0; i < image.data().length; i++) {
                image.data()[i] = (float) Math.sin(0.37 * i);
            }
            Attribution explained = Rsp.reference().explain(network, image, Target.top(1));
            System.out.println("class " + explained.target() + ", relevance " + explained.relevance().shape() + " "
                    + Integer.toHexString(Arrays.hashCode(explained.relevance().data())));
            if (explained.layers().stream().anyMatch(layer -> layer.residual() > 1e-5)) {
                throw new IllegalStateException("the account does not add up: " + explained.layers());
            }
        }
    }
}
