package dev.sectional.attribution.internal;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.LayerAccount;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Classification;
import dev.sectional.nn.Tape;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes results out of a tape. */
public final class Attributions {
    private Attributions() {
    }

    /**
     * Returns the result of a method that does not propagate relevance.
     *
     * @param target index of the class
     * @param start relevance where it starts, in the network's layout
     * @param relevance {@code (C, H, W)}
     */
    public static Attribution of(String method, Tape tape, int target, Tensor start, Tensor relevance) {
        return of(method, tape, target, start, relevance, List.of(), Map.of());
    }

    /**
     * Returns a result.
     *
     * @param target index of the class
     * @param start relevance where it starts, in the network's layout
     * @param relevance {@code (C, H, W)}
     * @param layers the account of every layer
     * @param layerRelevances by the layers' names, channels first
     */
    public static Attribution of(String method, Tape tape, int target, Tensor start, Tensor relevance,
                                 List<LayerAccount> layers, Map<String, Tensor> layerRelevances) {
        Classification.Entry entry = tape.classification().get(target);
        return new Attribution(method, target, entry.label(), entry.logit(), entry.probability(), tape.logits().copy(),
                channelsFirst(start), relevance, layers, layerRelevances, Optional.empty());
    }

    /** Returns a copy of a tensor: {@code (H, W, C)} becomes {@code (C, H, W)}, vectors keep their shape. */
    public static Tensor channelsFirst(Tensor tensor) {
        return tensor.shape().rank() == 3 ? tensor.toChannelsFirst() : tensor.copy();
    }
}
