/**
 * Files that a user names, read and written with one-line errors.
 *
 * <table>
 * <caption>Classes</caption>
 * <tr><td>{@link dev.sectional.images.files.InputFiles}</td><td>checks that a file can be read</td></tr>
 * <tr><td>{@link dev.sectional.images.files.OutputFiles}</td><td>writes several result files, all or none</td></tr>
 * <tr><td>{@link dev.sectional.images.files.Npy}</td><td>reads and writes .npy arrays</td></tr>
 * <tr><td>{@link dev.sectional.images.files.Reasons}</td><td>puts the cause of a failure into words</td></tr>
 * </table>
 *
 * <p>Nothing here decodes images.
 */
package dev.sectional.images.files;
