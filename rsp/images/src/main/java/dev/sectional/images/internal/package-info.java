/**
 * Decoding behind {@link dev.sectional.images.ImageFile} and {@link dev.sectional.images.Image}. Not exported.
 *
 * <table>
 * <caption>Classes</caption>
 * <tr><td>{@code ImageDecoder}</td><td>runs javax.imageio, reads EXIF, turns failures into one line</td></tr>
 * <tr><td>{@code TiffSamples}</td><td>the kinds of TIFF that are read</td></tr>
 * <tr><td>{@code TiffStrips}</td><td>whether the compressed data of a TIFF file are all there</td></tr>
 * <tr><td>{@code UnreadFormats}</td><td>names formats that are not read</td></tr>
 * <tr><td>{@code Frames}</td><td>which image of an animation or of several pages is read</td></tr>
 * <tr><td>{@code GifCanvas}</td><td>the first frame of a GIF file on its canvas</td></tr>
 * <tr><td>{@code JpegHeader}, {@code WebpHeader}</td><td>part an ICC profile from the file; tell whether it is
 * whole</td></tr>
 * <tr><td>{@code ColourProfiles}</td><td>converts pixels from a profile to sRGB</td></tr>
 * <tr><td>{@code PixelRows}</td><td>rows of RGB from any colour model and orientation</td></tr>
 * </table>
 */
package dev.sectional.images.internal;
