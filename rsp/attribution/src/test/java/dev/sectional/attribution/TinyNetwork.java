package dev.sectional.attribution;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.ReLU;
import java.util.Map;

/** A 1x1 convolution of weight 1, ReLU and a head without bias, for images of 2 x 2 pixels and one channel. */
public final class TinyNetwork {
    public static final Tensor IMAGE = Tensor.of(Shape.of(1, 2, 2), 1, 2, 3, 4);

    private TinyNetwork() {
    }

    /**
     * Returns the network.
     *
     * @param labels a JSON array; "[]" for none
     * @param head the weights of each class, four each
     */
    public static Network of(String labels, float... head) {
        ModelCard card = ModelCard.fromMetadata(Map.of("sectional.input", "1,2,2", "sectional.mean", "0",
                "sectional.std", "1", "sectional.labels", labels));
        return Network.builder().card(card)
                .add("conv", Conv2d.of(Tensor.of(Shape.of(1, 1, 1, 1), 1)))
                .add("relu", new ReLU())
                .add("flatten", new Flatten())
                .add("head", Linear.of(Tensor.of(Shape.of(head.length / 4, 4), head)))
                .build();
    }
}
