package dev.sectional.spark.submit;

import dev.sectional.core.InputException;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.SparkSession;

/** Runs the job of a command in a session, and turns Spark's complaints about paths into one line. */
final class Jobs {
    /** Exit status of a job that is done, but could not use every image. */
    static final int INCOMPLETE = 3;
    /** Tasks for each core: the slowest image then delays the end by little. */
    private static final int TASKS_PER_CORE = 4;
    /** Images of a task at most: a stopped job loses the unfinished tasks. */
    private static final int IMAGES_PER_TASK = 200;
    /**
     * Defaults that move a task away from an executor on which it failed, such as one that does not see the weights.
     * {@code spark-submit --conf} overrides them.
     */
    private static final Map<String, String> FAIL_OVER = Map.of("spark.excludeOnFailure.enabled", "true",
            "spark.task.maxFailures", "8");

    private Jobs() {
    }

    /** A job. */
    interface Job {
        /** Returns the exit status. */
        int run(SparkSession session, ProgressLog progress) throws Exception;
    }

    /** Runs a job in a session that is stopped afterwards. */
    static int run(String name, Job job) {
        SparkSession.Builder builder = SparkSession.builder().appName(name);
        SparkConf given = new SparkConf();
        FAIL_OVER.forEach((key, value) -> builder.config(key, given.get(key, value)));
        SparkSession session = builder.getOrCreate();
        ProgressLog progress = new ProgressLog(name);
        session.sparkContext().addSparkListener(progress);
        try {
            return job.run(session, progress);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {   // Spark throws checked exceptions that its methods do not declare
            if (e instanceof AnalysisException) {
                throw new InputException(e.getMessage().lines().findFirst().orElse(e.toString()), e);
            }
            throw new IllegalStateException(e);
        } finally {
            session.stop();
        }
    }

    /**
     * Returns the number of tasks.
     *
     * @param wanted the value of {@code --partitions}; null for the usual number
     */
    static int tasks(Integer wanted, SparkSession session, long images) {
        if (wanted != null) {
            return wanted;
        }
        long byImages = Math.min(Integer.MAX_VALUE, (images + IMAGES_PER_TASK - 1) / IMAGES_PER_TASK);
        return (int) Math.max(byImages, TASKS_PER_CORE * session.sparkContext().defaultParallelism());
    }

    /** @throws InputException if the number of tasks is below 1 */
    static void requirePartitions(Integer partitions) {
        if (partitions != null && partitions < 1) {
            throw new InputException("--partitions " + partitions + ": give at least 1");
        }
    }
}
