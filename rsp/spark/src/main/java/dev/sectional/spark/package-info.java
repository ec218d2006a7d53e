/**
 * Explanations and evaluations as Spark DataFrame jobs, for Java, Scala and Python programs.
 *
 * <ul>
 *   <li>{@link dev.sectional.spark.Explanations} with {@link dev.sectional.spark.ExplainSettings}: one row for each
 *       image, method and target
 *   <li>{@link dev.sectional.spark.Evaluations} with {@link dev.sectional.spark.EvaluationSettings}: the measurements
 *       and tables of {@code sectional evaluate}
 *   <li>{@link dev.sectional.spark.SqlFunctions}: the SQL function {@code explain}
 * </ul>
 *
 * <p>Settings contain names and numbers only, because Spark sends them with every task. The commands that
 * {@code spark-submit} starts are in {@code submit}; what the tasks of one JVM share is in {@code internal}.
 */
package dev.sectional.spark;
