package dev.sectional.benchmarks;

/** One engine doing one job on VGG16, over and over. */
interface Contender {
    /** What is timed, for the table: engine and job. */
    String name();

    /** Does the job once, from the image to values on the Java side, and returns the logits. */
    float[] run() throws Exception;
}
