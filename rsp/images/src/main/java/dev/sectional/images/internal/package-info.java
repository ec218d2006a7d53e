/**
 * Decoding behind {@link dev.sectional.images.ImageFile} and {@link dev.sectional.images.Image}:
 * {@link dev.sectional.images.internal.ImageDecoder} runs javax.imageio and reads EXIF,
 * {@link dev.sectional.images.internal.PixelRows} turns any colour model and orientation into rows of RGB. Not
 * exported.
 */
package dev.sectional.images.internal;
