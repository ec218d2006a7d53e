package dev.sectional.evaluation;

import dev.sectional.core.Tensor;
import dev.sectional.evaluation.data.Sample;
import dev.sectional.evaluation.data.Truth;
import dev.sectional.nn.Network;
import java.util.List;

/**
 * One class of one image, explained with one method: the input of a metric.
 *
 * @param sample the image and its ground truth
 * @param truth the explained class of the dataset
 * @param network the explained network; null for an explainer that needs none
 * @param input {@code (C, H, W)}, the network's input
 * @param target the network's class that stands for {@code truth}
 * @param present the network's classes for all truths of the sample that it knows, in the sample's order; contains
 *     {@code target}
 * @param explainer the method
 * @param relevance the method's result for {@code target}
 * @param map the same, one value per pixel, H x W
 */
public record Case(Sample sample, Truth truth, Network network, Tensor input, int target, List<Integer> present,
                   Explainer explainer, Tensor relevance, Saliency map) {
    /**
     * Copies the list.
     *
     * @param sample the component {@code sample}
     * @param truth the component {@code truth}
     * @param network the component {@code network}
     * @param input the component {@code input}
     * @param target the component {@code target}
     * @param present the component {@code present}
     * @param explainer the component {@code explainer}
     * @param relevance the component {@code relevance}
     * @param map the component {@code map}
     */
    public Case {
        present = List.copyOf(present);
    }
}
