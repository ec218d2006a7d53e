/**
 * The commands that {@code spark-submit} starts: {@link dev.sectional.spark.submit.Main} with {@code explain},
 * {@code evaluate} and {@code estimate}. The first two read options, run one job in one session, and report; the jobs
 * themselves are in {@code dev.sectional.spark}. {@code Jobs} opens the session, {@code ImageFiles} lists images,
 * {@code OutputFolder} resumes by what {@code --out} contains, {@code ReportFolder} writes reports, {@code ProgressLog}
 * logs the progress.
 */
package dev.sectional.spark.submit;
