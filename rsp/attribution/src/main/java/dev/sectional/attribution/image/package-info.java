/**
 * Pixels, with {@code java.base} alone: from an image to a network's input, and from relevance to a PNG file.
 *
 * <table>
 * <caption>Classes</caption>
 * <tr><td>{@link dev.sectional.attribution.image.PilResize}</td><td>bilinear resizing, byte for byte as
 * Pillow's</td></tr>
 * <tr><td>{@link dev.sectional.attribution.image.ImageTensors}</td><td>RGB bytes to normalised tensors and
 * back</td></tr>
 * <tr><td>{@link dev.sectional.attribution.image.Heatmap}</td><td>relevance as colours, alone or over an
 * image</td></tr>
 * <tr><td>{@link dev.sectional.attribution.image.PngWriter}</td><td>pixels to a PNG stream</td></tr>
 * <tr><td>{@link dev.sectional.attribution.image.Pixels}</td><td>{@code 0xRRGGBB} to bytes and back</td></tr>
 * </table>
 *
 * <p>Decoding of image files needs {@code java.desktop} and belongs to the module {@code dev.sectional.images}.
 */
package dev.sectional.attribution.image;
