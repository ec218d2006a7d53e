package dev.sectional.spark.submit;

import java.util.Locale;
import org.apache.spark.Success$;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs the progress of a job as one JSON object per line, at most every ten seconds and at the end of each stage:
 * {@code {"event": "progress", "job": ..., "stage": ..., "tasks_done": ..., "tasks": ..., "failed_attempts": ...,
 * "seconds": ...}}. Spark calls it from one thread.
 */
final class ProgressLog extends SparkListener {
    private static final Logger LOG = LoggerFactory.getLogger(ProgressLog.class);
    private static final long INTERVAL_NANOS = 10_000_000_000L;

    private final String job;
    private final long began = System.nanoTime();
    private long logged = began;
    private int stage;
    private int tasks;
    private int done;
    private int failed;

    /** @param job the name of the job */
    ProgressLog(String job) {
        this.job = job;
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
        if (done == tasks || System.nanoTime() - logged > INTERVAL_NANOS) {
            logged = System.nanoTime();
            LOG.info(line());
        }
    }

    String line() {
        return String.format(Locale.ROOT, "{\"event\": \"progress\", \"job\": \"%s\", \"stage\": %d, "
                + "\"tasks_done\": %d, \"tasks\": %d, \"failed_attempts\": %d, \"seconds\": %.1f}", job, stage, done,
                        tasks, failed,
                (System.nanoTime() - began) / 1e9);
    }
}
