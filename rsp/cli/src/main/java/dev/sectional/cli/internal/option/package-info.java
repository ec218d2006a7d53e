/**
 * Groups of options that commands share, each with what the options stand for.
 *
 * <ul>
 *   <li>{@link dev.sectional.cli.internal.option.ModelOptions}: the network
 *   <li>{@link dev.sectional.cli.internal.option.WeightsCache}: published weights by name, downloaded once
 *   <li>{@link dev.sectional.cli.internal.option.PreprocessingOptions}: how images become the network's input
 *   <li>{@link dev.sectional.cli.internal.option.InputSizeOption},
 *       {@link dev.sectional.cli.internal.option.OutputOption}: what a graph leaves open
 *   <li>{@link dev.sectional.cli.internal.option.MethodOptions}: methods and targets
 *   <li>{@link dev.sectional.cli.internal.option.EngineOptions}: threads and provider
 *   <li>{@link dev.sectional.cli.internal.option.DatasetOptions}: images with ground truth
 *   <li>{@link dev.sectional.cli.internal.option.FitOption}, {@link dev.sectional.cli.internal.option.ProfileOption}:
 *       how an image gets the network's size, and its colour profile
 *   <li>{@link dev.sectional.cli.internal.option.FigureOptions}: which figures are drawn, and how
 *   <li>{@link dev.sectional.cli.internal.option.ImageList}, {@link dev.sectional.cli.internal.option.ImageSource},
 *       {@link dev.sectional.cli.internal.option.ImagesAhead}: the images that the user names, decoded one ahead
 *   <li>{@link dev.sectional.cli.internal.option.VerbosityOptions},
 *       {@link dev.sectional.cli.internal.option.DeprecatedOptions}: messages, and names that still work
 *   <li>{@link dev.sectional.cli.internal.option.UnusedOptions}: refuses options that would do nothing
 * </ul>
 *
 * <p>Options of a single command belong to that command.
 */
package dev.sectional.cli.internal.option;
