/**
 * Figures of explanations, drawn with {@code java.base} alone: no fonts, no windows.
 *
 * <table>
 * <caption>Classes</caption>
 * <tr><td>{@link dev.sectional.images.figure.Figures}</td><td>draws a panel, a contact sheet, a heatmap or an
 * overlay</td></tr>
 * <tr><td>{@link dev.sectional.images.figure.Subject}</td><td>the photo and the part that the network saw</td></tr>
 * <tr><td>{@link dev.sectional.images.figure.MethodMaps}</td><td>the maps of one method and their scale</td></tr>
 * <tr><td>{@link dev.sectional.images.figure.Units}</td><td>what the values of a method's maps mean</td></tr>
 * <tr><td>{@link dev.sectional.images.figure.RelevanceMap}</td><td>one value per pixel of the network's input</td></tr>
 * <tr><td>{@link dev.sectional.images.figure.Look}, {@link dev.sectional.images.figure.ColourMap}</td><td>colours and
 * opacity</td></tr>
 * <tr><td>{@link dev.sectional.images.figure.PageStyle}</td><td>the style sheet of pages that show figures</td></tr>
 * <tr><td>{@link dev.sectional.images.figure.Canvas}</td><td>the pixels drawn</td></tr>
 * </table>
 *
 * <p>{@code Strokes} holds the letters, {@code Lettering} draws them; {@code Panel} and {@code Sheet} lay figures out
 * of {@code Tile}s and {@code Parts}. Explaining images, and choosing what is drawn, does not belong here.
 */
package dev.sectional.images.figure;
