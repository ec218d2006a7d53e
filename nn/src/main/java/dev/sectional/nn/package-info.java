/**
 * Networks and the interfaces of their layers.
 *
 * <ul>
 * <li>{@link dev.sectional.nn.Network} classifies images; {@link dev.sectional.nn.NetworkBuilder} builds one from
 *     layers; {@link dev.sectional.nn.Node} is a layer in a network; {@link dev.sectional.nn.ModelCard} describes
 *     input, preprocessing and labels; {@link dev.sectional.nn.Classification} holds the result.
 * <li>{@link dev.sectional.nn.Weights} names the forms in which weights are kept.
 * <li>{@link dev.sectional.nn.Cancellation} ends calls of a network early.
 * <li>{@link dev.sectional.nn.Tape} records one forward pass, and propagates gradients and relevance backwards.
 * <li>{@link dev.sectional.nn.Layer} is one operation. Further interfaces say what a layer also is:
 *     {@link dev.sectional.nn.WeightedLayer} (linear in its weights), {@link dev.sectional.nn.Merge} (several inputs),
 *     {@link dev.sectional.nn.Activation} (keeps shape and positions), {@link dev.sectional.nn.Rearrangement} (moves
 *     values), {@link dev.sectional.nn.ActivationFusion}
 *     (computes the next layer too), {@link dev.sectional.nn.RowFusion} (computes several, some rows at a time),
 *     {@link dev.sectional.nn.GradientFusion} (computes gradients of the layers before it too),
 *     {@link dev.sectional.nn.PureLayer} (keeps no tensor, so that memory is reused).
 * </ul>
 *
 * <p>Inside the package: {@code NetworkGraph} (nodes in order), {@code ForwardPass} (runs them),
 * {@code GradientPass} (gradients from the logits to a node),
 * {@code FeatureMaps} (the last one before a classifier),
 * {@code MemoryNeed} (what a pass needs of the heap), {@code NetworkResources} (who uses and closes what),
 * {@code CardMetadata} (model cards as text), {@code Normalisation} (mean and standard deviation),
 * {@code ImageInput} (8-bit images as a network's input).
 *
 * <p>Layout: images are {@code (C, H, W)} at this package's entry points; feature maps inside a network are
 * {@code (H, W, C)}. Every other value has the order of axes of the framework that trained the network, without the
 * batch: tokens {@code (T, D)}, vectors {@code (N)}, values of any other rank.
 *
 * <p>What does not belong here: layers ({@code nn.layer}), architectures and loading ({@code nn.model}), the choice of
 * algorithms ({@code nn.plan}) and relevance rules ({@code nn.rule}). Those and the architectures depend on
 * this package; it depends on {@code core}, {@code nn.plan} and {@code nn.image}.
 */
package dev.sectional.nn;
