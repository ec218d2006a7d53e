package dev.sectional.spark.submit;

import dev.sectional.core.InputException;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Computes the time and the price of a job from the time of one image. Starts no session. */
@Command(name = "estimate", mixinStandardHelpOptions = true, sortOptions = false,
        description = "Computes the time and the price of a job from the seconds of a core for each image, which "
                + "explain prints at its end.")
final class EstimateCommand implements Callable<Integer> {
    private static final double HOUR = 3600;

    @Option(names = "--core-seconds", required = true, paramLabel = "S",
            description = "Seconds of a core for each image.")
    private double coreSeconds;

    @Option(names = "--images", paramLabel = "N", defaultValue = "1000000",
            description = "Number of images; default: ${DEFAULT-VALUE}.")
    private long images;

    @Option(names = "--cores", paramLabel = "N", defaultValue = "100",
            description = "Number of cores; default: ${DEFAULT-VALUE}.")
    private int cores;

    @Option(names = "--price", paramLabel = "P", description = "Price of a core for an hour, in any currency.")
    private Double price;

    @Option(names = "--start", paramLabel = "S", defaultValue = "60",
            description = "Seconds that every core is paid for before and after its images: starting Java and Spark, "
                    + "opening the weights, waiting for the last task; default: ${DEFAULT-VALUE}.")
    private double start;

    @Override
    public Integer call() {
        require(coreSeconds > 0 && coreSeconds < Double.POSITIVE_INFINITY, "--core-seconds " + coreSeconds);
        require(images > 0, "--images " + images);
        require(cores > 0, "--cores " + cores);
        require(price == null || price > 0 && price < Double.POSITIVE_INFINITY, "--price " + price);
        if (!(start >= 0 && start < Double.POSITIVE_INFINITY)) {
            throw new InputException("--start " + start + ": give a number of seconds, 0 or more");
        }
        double work = images * coreSeconds / HOUR;
        double hours = work / cores + start / HOUR;
        System.out.printf(Locale.ROOT, "%d images x %s s = %.1f core hours; on %d cores %.2f h with %.0f s of "
                + "starting%n", images, coreSeconds, work, cores, hours, start);
        System.out.printf(Locale.ROOT, "paid: %.1f core hours%s%n", hours * cores, price == null ? ""
                : String.format(Locale.ROOT, " x %s = %.2f", price, hours * cores * price));
        return 0;
    }

    private static void require(boolean holds, String option) {
        if (!holds) {
            throw new InputException(option + ": give a number above 0");
        }
    }
}
