/**
 * The entry point of the command line: {@link dev.sectional.cli.Main}. The resources of this package are the built-in
 * model, its card, and the sample that {@code verify} explains. Commands, their options and their output are internal.
 */
package dev.sectional.cli;
