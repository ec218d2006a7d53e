/**
 * Groups of options that commands share, each with what the options stand for.
 *
 * <ul>
 *   <li>{@link dev.sectional.cli.internal.option.ModelOptions}: the network
 *   <li>{@link dev.sectional.cli.internal.option.PreprocessingOptions}: how images become the network's input
 *   <li>{@link dev.sectional.cli.internal.option.MethodOptions}: the method, its start and its targets
 *   <li>{@link dev.sectional.cli.internal.option.EngineOptions}: threads and provider
 *   <li>{@link dev.sectional.cli.internal.option.DatasetOptions}: images with ground truth
 *   <li>{@link dev.sectional.cli.internal.option.ImageList}: the files that the user names as images
 * </ul>
 *
 * <p>Options of a single command belong to that command.
 */
package dev.sectional.cli.internal.option;
