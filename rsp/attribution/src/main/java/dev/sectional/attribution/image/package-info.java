/**
 * Pixels, with {@code java.base} alone: a network's input as an image, and relevance as a PNG file.
 *
 * <table>
 * <caption>Classes</caption>
 * <tr><td>{@link dev.sectional.attribution.image.ImageTensors}</td><td>RGB bytes to normalised tensors and
 * back</td></tr>
 * <tr><td>{@link dev.sectional.attribution.image.Heatmap}</td><td>relevance as colours, alone or over an
 * image</td></tr>
 * <tr><td>{@link dev.sectional.attribution.image.PngWriter}</td><td>pixels to a PNG stream</td></tr>
 * <tr><td>{@link dev.sectional.attribution.image.Pixels}</td><td>{@code 0xRRGGBB} to bytes and back</td></tr>
 * </table>
 *
 * <p>{@code PngFilters} and {@code PngBlocks} filter and compress the rows of a PNG file.
 * {@link dev.sectional.nn.ModelCard#input(byte[], int, int)} makes a network's input of an image. Decoding of image
 * files needs {@code java.desktop} and belongs to the module {@code dev.sectional.images}.
 */
package dev.sectional.attribution.image;
