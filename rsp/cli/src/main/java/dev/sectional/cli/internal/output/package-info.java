/**
 * What commands print and how they name files.
 *
 * <ul>
 *   <li>{@link dev.sectional.cli.internal.output.Console}: results, messages and progress bars without mixed lines
 *   <li>{@link dev.sectional.cli.internal.output.OneBehind}: results written while the next is computed
 *   <li>{@link dev.sectional.cli.internal.output.OneLine}: texts from a file, made safe for a terminal
 *   <li>{@link dev.sectional.cli.internal.output.Pace}: the time that is left of many steps
 *   <li>{@link dev.sectional.cli.internal.output.PlanTable}: the plan of a network as a table or JSON
 *   <li>{@link dev.sectional.cli.internal.output.Progress}: progress bars
 *   <li>{@link dev.sectional.cli.internal.output.ResultLine}: JSON objects
 *   <li>{@link dev.sectional.cli.internal.output.ResultNames}: file names from images and targets
 * </ul>
 *
 * <p>Files themselves are written by {@code dev.sectional.images}, reports by {@code dev.sectional.evaluation}.
 */
package dev.sectional.cli.internal.output;
