/**
 * Explanations and evaluations as Spark DataFrame jobs, for Java programs.
 *
 * <ul>
 *   <li>{@link dev.sectional.spark.Explanations} with {@link dev.sectional.spark.ExplainSettings}: one row for each
 * image,
 *       method and target
 *   <li>{@link dev.sectional.spark.Evaluations} with {@link dev.sectional.spark.EvaluationSettings}: the measurements
 * and
 *       tables of {@code sectional evaluate}
 * </ul>
 *
 * <p>Settings hold names and numbers only, because Spark sends them with every task. The commands that
 * {@code spark-submit} starts are in {@code submit}; what the tasks of one JVM share is in {@code internal}.
 */
package dev.sectional.spark;
