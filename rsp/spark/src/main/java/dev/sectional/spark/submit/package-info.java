/**
 * The commands that {@code spark-submit} starts: {@link dev.sectional.spark.submit.Main} with {@code explain} and
 * {@code evaluate}. They read options, run one job in one session, and report; the jobs themselves are in
 * {@code dev.sectional.spark}.
 */
package dev.sectional.spark.submit;
