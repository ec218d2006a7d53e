/**
 * The commands, one class each, named after what the user types.
 *
 * <ul>
 *   <li>{@link dev.sectional.cli.internal.command.Commands}: finds and runs the command, maps errors to exit statuses;
 *       {@code ParseErrors}: what is wrong with its words
 *   <li>{@code ExplainCommand}, {@code VerifyCommand}, {@code EvaluateCommand}, {@code MethodsCommand}: explain images
 *   <li>{@code ExplanationRun}, {@code ExplanationWriter}, {@code MethodRun}, {@code ResultLines}: the images of a run,
 *       the files of an image, the maps of a method, and the lines of output
 *   <li>{@code EvaluationMaps}: maps with live controls for the report of an evaluation
 *   <li>{@code ViewCommand}: serves the interactive page
 *   <li>{@code ConvertCommand}, {@code FetchCommand}, {@code InspectCommand}: read and write weights
 *   <li>{@code GroupedHelp}, {@code CompletionCommand}, {@code CompletionScripts}, {@code CompletionValues}: help
 *       texts in groups, and scripts for shells
 *   <li>{@code Version}: answers {@code --version}
 *   <li>{@code BackgroundWarmUp}: compiles a method while a command starts
 * </ul>
 *
 * <p>A command reads its options, calls other modules, and reports. Options that several commands share belong to
 * {@code option}, formatting to {@code output}, and anything that a Java program may want to {@code attribution},
 * {@code evaluation}, {@code images} or {@code weights}.
 */
package dev.sectional.cli.internal.command;
