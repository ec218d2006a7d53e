package dev.sectional.weights.internal.common;

import java.util.Map;

/**
 * Weights in the form that a network is built from.
 *
 * @param tensors under torchvision's names and in its layout, or under the names of an imported graph's nodes
 * @param metadata {@code sectional.*} keys of a model card, and whatever else the file says
 */
public record ModelWeights(Map<String, StoredTensor> tensors, Map<String, String> metadata) {}
