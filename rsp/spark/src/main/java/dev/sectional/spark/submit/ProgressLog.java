package dev.sectional.spark.submit;

import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.spark.Success$;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs the progress of a job as one JSON object per line, at most every ten seconds and at the end of each stage:
 * {@code {"event": "progress", "job": ..., "stage": ..., "tasks_done": ..., "tasks": ..., "failed_attempts": ...,
 * "rows": ..., "seconds": ...}}. Spark calls it from one thread. Also adds up what tasks that wrote rows needed.
 */
final class ProgressLog extends SparkListener {
    private static final Logger LOG = LoggerFactory.getLogger(ProgressLog.class);
    private static final long INTERVAL_NANOS = 10_000_000_000L;
    private static final int LONGEST_WAIT_SECONDS = 10;

    private final String job;
    private final long began = System.nanoTime();
    private final CountDownLatch ended = new CountDownLatch(1);
    private long logged = began;
    private int stage;
    private int tasks;
    private int done;
    private int failed;
    private volatile Written written = new Written(0, 0, 0);

    /**
     * Rows that tasks wrote, and what these tasks needed.
     *
     * @param rows number of rows
     * @param coreSeconds time during which the tasks had a core, in seconds
     * @param processorSeconds processor time of the tasks' threads, in seconds
     */
    record Written(long rows, double coreSeconds, double processorSeconds) {
        private Written plus(TaskMetrics task) {
            return new Written(rows + task.outputMetrics().recordsWritten(),
                    coreSeconds + task.executorRunTime() / 1e3, processorSeconds + task.executorCpuTime() / 1e9);
        }
    }

    /** @param job the name of the job */
    ProgressLog(String job) {
        this.job = job;
    }

    /** Returns what the job that wrote rows needed. Another job must have started since. */
    Written written() {
        try {
            if (!ended.await(LONGEST_WAIT_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("Spark has not reported the end of the job: the times of its last tasks are missing");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return written;
    }

    /** Spark reports in order: when another job starts, all tasks that wrote rows have been reported. */
    @Override
    public void onJobStart(SparkListenerJobStart start) {
        if (written.rows > 0) {
            ended.countDown();
        }
    }

    @Override
    public void onStageSubmitted(SparkListenerStageSubmitted submitted) {
        stage = submitted.stageInfo().stageId();
        tasks = submitted.stageInfo().numTasks();
        done = 0;
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
        if (end.reason() != Success$.MODULE$) {
            failed++;
        } else if (end.stageId() == stage) {
            done++;
        }
        if (end.taskMetrics() != null && end.taskMetrics().outputMetrics().recordsWritten() > 0) {
            written = written.plus(end.taskMetrics());
        }
        if (done == tasks || System.nanoTime() - logged > INTERVAL_NANOS) {
            logged = System.nanoTime();
            LOG.info(line());
        }
    }

    String line() {
        return String.format(Locale.ROOT, "{\"event\": \"progress\", \"job\": \"%s\", \"stage\": %d, "
                + "\"tasks_done\": %d, \"tasks\": %d, \"failed_attempts\": %d, \"rows\": %d, \"seconds\": %.1f}",
                job, stage, done, tasks, failed, written.rows, (System.nanoTime() - began) / 1e9);
    }
}
