/**
 * 8-bit images on their way to a network: {@link dev.sectional.nn.image.PilResize} resizes them, and makes them grey,
 * byte for byte as Pillow does. Normalisation is in {@link dev.sectional.nn.ModelCard}, relevance as colours in the
 * module {@code dev.sectional.attribution}. This package depends on nothing.
 */
package dev.sectional.nn.image;
