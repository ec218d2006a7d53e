package dev.sectional.benchmarks;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** Jobs in turns: everyone begins a round and follows everyone, so that none has the cooler machine. */
final class Turns {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Turns() {
    }

    /**
     * Runs every job once per round and measures elapsed time.
     *
     * @param warmup rounds that are not counted
     * @param pause milliseconds before each run
     */
    static Map<Job, Measurements> run(Map<Job, Contender> contenders, int warmup, int rounds, long pause)
            throws Exception {
        return run(contenders, warmup, rounds, pause, false);
    }

    /**
     * Runs every job once per round.
     *
     * @param processorTime whether the processor time of this thread is measured, which waits for other programs do not
     *     lengthen, instead of elapsed time; only for jobs that run on this thread alone
     */
    static Map<Job, Measurements> run(Map<Job, Contender> contenders, int warmup, int rounds, long pause,
                                      boolean processorTime) throws Exception {
        Map<Job, Measurements> all = new EnumMap<>(Job.class);
        contenders.forEach((job, each) -> all.put(job, new Measurements(each.name(), each.amount(), rounds)));
        List<Job> jobs = new ArrayList<>(contenders.keySet());
        for (int round = -warmup; round < rounds; round++) {
            for (int i = 0; i < jobs.size(); i++) {
                Job job = jobs.get(Math.floorMod(i + round, jobs.size()));
                Thread.sleep(pause);
                long allocated = allocated();
                long start = processorTime ? THREADS.getCurrentThreadCpuTime() : System.nanoTime();
                float[] output = contenders.get(job).run();
                long time = (processorTime ? THREADS.getCurrentThreadCpuTime() : System.nanoTime()) - start;
                if (round >= 0) {
                    all.get(job).add(round, time, allocated() - allocated, output);
                }
            }
        }
        return all;
    }

    /** Bytes that all threads which still run have allocated so far. */
    private static long allocated() {
        return LongStream.of(THREADS.getThreadAllocatedBytes(THREADS.getAllThreadIds())).filter(bytes -> bytes > 0)
                .sum();
    }
}
