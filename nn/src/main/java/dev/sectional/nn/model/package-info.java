/**
 * Known architectures and the formats that describe a network in a file.
 *
 * <ul>
 * <li>{@link dev.sectional.nn.model.Models} opens a safetensors file; {@link dev.sectional.nn.model.ModelLoader} loads
 *     named tensors of any source with options.
 * <li>{@link dev.sectional.nn.model.Vgg}, {@link dev.sectional.nn.model.ResNet} and
 *     {@link dev.sectional.nn.model.SqueezeNet} build the network that torchvision's tensor names describe, through
 *     {@code named.ModelTensors}, which checks names and shapes. The module weights-import tells other architectures by
 *     their names, so that a host without state dicts of them need not carry them.
 * <li>{@link dev.sectional.nn.model.GraphFormat} reads and writes networks of any topology as a list of
 *     {@link dev.sectional.nn.model.NodeSpec}s; {@code LayerRegistry} lists the kinds of layers and creates them.
 * </ul>
 *
 * <p>What does not belong here: other file formats, which are in the module weights-import, and layers themselves.
 */
package dev.sectional.nn.model;
