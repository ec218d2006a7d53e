package dev.sectional.evaluation;

import dev.sectional.core.Tensor;
import dev.sectional.evaluation.data.Sample;
import dev.sectional.evaluation.data.Truth;
import dev.sectional.nn.Network;
import java.util.List;

/**
 * One class of one image, explained by one method: what a metric judges.
 *
 * @param sample the image with all that is known of it
 * @param truth the class that is explained
 * @param network null for an explainer that looks at none
 * @param input {@code (3, H, W)}, the image as the network took it
 * @param target the network's class for the truth's
 * @param present the network's classes for all truths of the sample that it knows, {@code target} among them, in the sample's order
 * @param explainer the method
 * @param relevance what it gave for the target
 * @param map the same as one value a place, H x W
 */
public record Case(Sample sample, Truth truth, Network network, Tensor input, int target, List<Integer> present, Explainer explainer,
                   Tensor relevance, Saliency map) {
    /** Copies the list. */
    public Case {
        present = List.copyOf(present);
    }
}
