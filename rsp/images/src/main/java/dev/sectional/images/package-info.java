/**
 * Image files as pixels and as the input of a network.
 *
 * <table>
 * <caption>Classes</caption>
 * <tr><td>{@link dev.sectional.images.ImageFile}</td><td>reads PNG, JPEG, GIF, BMP, WebP and TIFF;
 * {@link dev.sectional.images.IccPolicy} decides about colour profiles</td></tr>
 * <tr><td>{@link dev.sectional.images.Image}</td><td>a decoded image, upright, at any size</td></tr>
 * <tr><td>{@link dev.sectional.images.Fit}, {@link dev.sectional.images.Seen}</td><td>ways to bring an image to a
 * network's size, and the part that remains</td></tr>
 * <tr><td>{@link dev.sectional.images.InputImage}</td><td>an image or a .npy array, prepared for a network</td></tr>
 * </table>
 *
 * <p>This package and its internal one need {@code java.desktop} for decoding. Conversions of pixels that need
 * {@code java.base} alone belong into {@code dev.sectional.attribution.image}; files as such into
 * {@link dev.sectional.images.files}; figures into {@link dev.sectional.images.figure}.
 */
package dev.sectional.images;
