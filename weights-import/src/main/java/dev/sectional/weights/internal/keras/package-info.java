/**
 * Keras' names and layouts as torchvision's: {@code KerasVggNames} for the VGG networks of {@code keras.applications},
 * {@code PermutedTensor} for kernels stored with the output channel last. The file formats are read in
 * {@code internal.hdf5} and {@code internal.common}.
 */
package dev.sectional.weights.internal.keras;
