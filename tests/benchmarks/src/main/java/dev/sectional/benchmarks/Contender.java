package dev.sectional.benchmarks;


/** One engine doing one job, over and over. */
interface Contender {
    /** What is timed, for the table: engine and job. */
    String name();

    /**
     * Does the job once, from the image to values on the Java side, and returns the logits, or what else can be
     * compared.
     */
    float[] run() throws Exception;

    /**
     * How much one run does, in the unit that its time is told for: images, or millions of floating-point operations.
     */
    default double amount() {
        return 1;
    }

    /** A contender of its parts. */
    static Contender of(String name, double amount, Work work) {
        return new Contender() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public float[] run() throws Exception {
                return work.run();
            }

            @Override
            public double amount() {
                return amount;
            }
        };
    }

    /** What {@link #run} does. */
    @FunctionalInterface
    interface Work {
        float[] run() throws Exception;
    }
}
