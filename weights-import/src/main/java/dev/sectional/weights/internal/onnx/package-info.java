/**
 * Imports ONNX graphs as networks. The way from bytes to graph:
 * <ol>
 * <li>{@code ModelDescriptionReader} walks the mapped file along the protobuf schema and copies everything but the
 *     elements of tensors to a small message, in which each run of elements is replaced by its position.
 * <li>{@code OnnxModel} parses that message and checks version, inputs and outputs; {@code InputChecks} says
 *     which inputs take images. {@code FunctionInliner} replaces
 * calls of the model's own functions. {@code TensorReader} finds the elements
 *     of each initializer, in the file ({@code VarintArray} where they are varints) or beside it
 * ({@code ExternalData}).
 * <li>{@code GraphImporter} visits the nodes that lead to the output, in order. Edges carry a {@code GraphValue}: a
 *     {@code ConstantValue}, known at import, or a {@code DynamicValue}, computed from the image. {@code GraphLimits}
 *     bounds what a graph may ask for; {@code NodeNames} names the network's nodes.
 * <li>{@code Layouts} decides how values lie in memory. Feature maps have their channels last. A reshape or transpose
 *     of ONNX only changes how a {@code DynamicValue} is read; a node is added where an operator needs another order.
 * <li>{@code ConstantFolder}, {@code ConstantMovers} and {@code ConstantNorms} compute nodes whose inputs are all
 *     constant, as {@code ConstantArray}s: weights that are normalised, and the arithmetic on shapes.
 * <li>{@code OperatorTable} finds the operator of a node and runs it on an {@code OperatorCall}, which gives it the
 * node's
 *     inputs and {@code NodeAttributes} and takes its result: a node of the network, a constant, or another shape.
 * <li>{@code OnnxModel.classifier} returns the nodes and weights with a model card; {@code PreprocessingMetadata} reads
 *     means and deviations from the file's metadata.
 * </ol>
 *
 * <p>A new operator is one method and one line in {@code addTo} of the class of its kind: {@code WindowOperators}
 * (convolution, pooling), {@code PadOperators} (padding, resizing), {@code LinearOperators} (matrices),
 * {@code AttentionOperators}, {@code ArithmeticOperators} (two values, or one and a constant, which {@code Constants}
 * arranges and {@code ChannelFolding} folds into weights), {@code NormOperators}, {@code ReduceOperators},
 * {@code ActivationOperators}, {@code MovementOperators} (selecting and joining; {@code SliceRange}),
 * {@code ShapeOperators}, {@code QuantizationOperators} or {@code ConstantOperators}. {@code Patterns} recognises
 * functions that exporters spell out. A kind of layer that the networks lack is added in {@code nn.model} first. The
 * schema is {@code src/main/proto/onnx.proto}.
 */
package dev.sectional.weights.internal.onnx;
