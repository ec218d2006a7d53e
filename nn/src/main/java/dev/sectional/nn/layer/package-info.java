/**
 * The layers, named as PyTorch's modules. Each class is immutable and holds shape, forward pass and gradient of one
 * operation.
 *
 * <ul>
 * <li>With weights: {@link dev.sectional.nn.layer.Conv2d}, {@link dev.sectional.nn.layer.Linear},
 *     {@link dev.sectional.nn.layer.BatchNorm2d}, {@link dev.sectional.nn.layer.ConvTranspose2d}.
 * <li>Pooling: {@link dev.sectional.nn.layer.MaxPool2d}; {@link dev.sectional.nn.layer.AveragePooling} with
 *     {@link dev.sectional.nn.layer.AvgPool2d} and {@link dev.sectional.nn.layer.AdaptiveAvgPool2d}.
 * <li>Activations: {@link dev.sectional.nn.layer.ReLU}, {@link dev.sectional.nn.layer.LeakyReLU},
 *     {@link dev.sectional.nn.layer.Clip}, {@link dev.sectional.nn.layer.LocalResponseNorm},
 *     {@link dev.sectional.nn.layer.PReLU}, {@link dev.sectional.nn.layer.Quantize}, and
 *     {@link dev.sectional.nn.layer.Pointwise} for every {@link dev.sectional.nn.layer.ScalarFunction}.
 * <li>Several inputs: {@link dev.sectional.nn.layer.Add}, {@link dev.sectional.nn.layer.Arithmetic},
 *     {@link dev.sectional.nn.layer.MatMul}, {@link dev.sectional.nn.layer.Concat}.
 * <li>Constants: {@link dev.sectional.nn.layer.AddConstant}, {@link dev.sectional.nn.layer.MultiplyConstant},
 *     {@link dev.sectional.nn.layer.Constant}.
 * <li>Any rank: {@link dev.sectional.nn.layer.Permute}, {@link dev.sectional.nn.layer.Reshape},
 *     {@link dev.sectional.nn.layer.Slice}, {@link dev.sectional.nn.layer.Gather},
 *     {@link dev.sectional.nn.layer.Expand}, {@link dev.sectional.nn.layer.Pad},
 *     {@link dev.sectional.nn.layer.Reduce}, {@link dev.sectional.nn.layer.Softmax},
 *     {@link dev.sectional.nn.layer.Normalization}, {@link dev.sectional.nn.layer.Linear}.
 * <li>Shape: {@link dev.sectional.nn.layer.Flatten}, {@link dev.sectional.nn.layer.Unflatten},
 *     {@link dev.sectional.nn.layer.Pad2d}, {@link dev.sectional.nn.layer.Resize}. Padding by the size of the input:
 *     {@link dev.sectional.nn.layer.AutoPadding}. Unchanged:
 *     {@link dev.sectional.nn.layer.Dropout} outside training, {@link dev.sectional.nn.layer.FixedSize}.
 * </ul>
 *
 * <p>Inside the package: {@code ConvolutionRows} computes several convolutions together, {@code ConvolutionGradients}
 * their gradients.
 *
 * <p>Layout: feature maps {@code (H, W, C)}; every other value in the order of axes of the framework that trained it,
 * without the batch; weights as PyTorch stores them, {@code (O, C, kernel height, kernel width)} and
 * {@code (outputs, inputs)}.
 *
 * <h2>Steps to add a layer</h2>
 * <ol>
 * <li>Write the class here. Implement {@link dev.sectional.nn.Layer}, or {@link dev.sectional.nn.Activation},
 *     {@link dev.sectional.nn.Merge} or {@link dev.sectional.nn.WeightedLayer} if it is one, and
 *     {@link dev.sectional.nn.PureLayer}.
 * <li>Add a line to the table and to the map of {@code LayerRegistry} in {@code nn.model}, and a node of that kind to
 *     {@code GraphFormatTest}, so that files can hold the layer.
 * <li>Add examples to {@code LayerGradientTest}: its contract compares outputs and gradients with float64 loops or
 *     differences.
 * <li>Decide which relevance rule fits it: {@code Rule.fits} in {@code nn.rule}; state the property of the rule at this
 *     layer and add a generator to {@code Cases}, from which {@code WeightedLayerRulePropertiesTest} draws.
 * <li>Map the operators of file formats to it in weights-import, if they have one.
 * </ol>
 *
 * <p>What does not belong here: algorithms that run on arrays ({@code core.internal}), the choice between them
 * ({@code nn.plan}).
 */
package dev.sectional.nn.layer;
