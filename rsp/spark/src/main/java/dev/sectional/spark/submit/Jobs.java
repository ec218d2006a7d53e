package dev.sectional.spark.submit;

import dev.sectional.core.InputException;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.SparkSession;

/** What the commands have in common: a session, and Spark's complaints about paths as one line. */
final class Jobs {
    /** Parts of the work for each core: the slowest image then delays the end by little. */
    private static final int PARTS_PER_CORE = 4;

    private Jobs() {
    }

    /** A job. */
    interface Job {
        int run(SparkSession session, int partitions) throws Exception;
    }

    /**
     * Runs a job in a session that is stopped afterwards.
     *
     * @param partitions null for the usual number
     */
    static int run(String name, Integer partitions, Job job) {
        if (partitions != null && partitions < 1) {
            throw new InputException("--partitions " + partitions + ": give at least 1");
        }
        SparkSession session = SparkSession.builder().appName(name).getOrCreate();
        try {
            return job.run(session, partitions == null ? PARTS_PER_CORE * session.sparkContext().defaultParallelism()
                    : partitions);
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
}
