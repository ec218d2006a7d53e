/**
 * Models of Keras, with their own graph or as weights alone.
 *
 * <table>
 * <caption>Classes, from the file down to the nodes</caption>
 * <tr><th>class</th><th>purpose</th></tr>
 * <tr><td>{@code KerasClassifier}</td><td>a model with its configuration as a network's weights and graph</td></tr>
 * <tr><td>{@code ConfigJson}, {@code KerasModel}, {@code LayerConfig}</td><td>the configuration: layers, their calls
 * and settings, as Keras 1, 2 and 3 write them</td></tr>
 * <tr><td>{@code KerasWeights}: {@code ArchiveWeights}, {@code LegacyWeights}</td><td>the weights of each layer, in the
 * two layouts of HDF5</td></tr>
 * <tr><td>{@code GraphBuilder}, {@code GraphNodes}, {@code KerasValue}</td><td>runs the calls and collects the nodes;
 * {@code BatchNormFolding} simplifies them</td></tr>
 * <tr><td>{@code LayerTable}, {@code LayerCall}</td><td>the supported classes of layers; code per class in
 * {@code KernelLayers}, {@code NormalizationLayers}, {@code ActivationLayers} with {@code Activations},
 * {@code WindowLayers} with {@code SamePadding}, {@code ShapeLayers}, {@code MergeLayers}, {@code SequenceLayers},
 * {@code WrapperLayers}, {@code AttentionLayers}, and {@code TensorCalls} with {@code TensorFunctions}</td></tr>
 * <tr><td>{@code KerasPreprocessing}</td><td>how pixels become inputs, where the model tells</td></tr>
 * <tr><td>{@code KerasApplications}</td><td>graphs of {@code keras.applications} for weights alone, by the names of
 * their layers</td></tr>
 * <tr><td>{@code KerasVggNames}</td><td>weights of a VGG without a configuration, under torchvision's names</td></tr>
 * <tr><td>{@code PermutedTensor}</td><td>kernels stored with the output channel last</td></tr>
 * </table>
 *
 * <p>To add a layer, add a line to the table of the class that it belongs to, and a model to
 * {@code src/test/oracle/keras_models.py}. The file formats are read in {@code internal.hdf5} and
 * {@code internal.common}.
 */
package dev.sectional.weights.internal.keras;
