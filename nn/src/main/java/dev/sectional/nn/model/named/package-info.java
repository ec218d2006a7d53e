/**
 * Named tensors of a model, as a state dict has them, with the checks that every loader needs:
 * {@link dev.sectional.nn.model.named.ModelTensors} checks names and shapes and finds tensors that a loader did not
 * read; {@link dev.sectional.nn.model.named.FiniteTensorSource} refuses weights that are infinite or NaN. For the
 * loaders of this module and of weights-import alone.
 */
package dev.sectional.nn.model.named;
