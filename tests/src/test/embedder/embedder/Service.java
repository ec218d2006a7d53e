package embedder;

import dev.sectional.attribution.Target;
import dev.sectional.attribution.method.Rsp;
import dev.sectional.core.Engine;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Cancellation;
import dev.sectional.nn.Network;
import dev.sectional.nn.model.Models;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/** A long-running process: many callers, interrupts, and networks that come and go. Prints one line for each. */
public final class Service {
    private static final int CALLERS = 8;
    private static final int LOADS = 10_000;
    private final Path weights;
    private final Network network;
    private final Tensor image;
    private final String expected;

    private Service(Path weights, Network network) {
        this.weights = weights;
        this.network = network;
        this.image = Main.image(network);
        this.expected = explained(network);
    }

    public static void main(String[] args) throws Exception {
        Path weights = Path.of(args[0]);
        try (Network network = Models.load(weights)) {
            Service service = new Service(weights, network);
            System.out.println("callers " + service.callers(Executors.newFixedThreadPool(CALLERS)));
            System.out.println("virtual " + (Runtime.version().feature() < 21 ? "none"
                    : service.callers(virtualThreads())));
            System.out.println("interrupt " + service.interrupted());
            System.out.println("loads " + service.loads());
        }
    }

    private String explained(Network network) {
        return Main.bits(Rsp.reference().explain(network, image, Target.top(1)).relevance());
    }

    /** Java 17, for which this is compiled, does not have the method. */
    private static ExecutorService virtualThreads() throws ReflectiveOperationException {
        return (ExecutorService) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    }

    /** Returns how many of the callers' results are the expected ones. */
    private String callers(ExecutorService threads) throws Exception {
        List<Future<String>> results = new ArrayList<>();
        for (int i = 0; i < 3 * CALLERS; i++) {
            results.add(threads.submit(() -> explained(network)));
        }
        int right = 0;
        for (Future<String> result : results) {
            right += result.get().equals(expected) ? 1 : 0;
        }
        threads.shutdown();
        return right + " of " + results.size();
    }

    /** An interrupt alone changes nothing; on request it ends the call; both leave network and file usable. */
    private String interrupted() {
        Thread.currentThread().interrupt();
        try (Network loaded = Models.load(weights)) {
            boolean same = explained(loaded).equals(expected) && explained(network).equals(expected);
            boolean ended = false;
            try {
                explained(network.cancelledBy(Cancellation.byInterrupt()));
            } catch (CancellationException e) {
                ended = true;
            }
            boolean kept = Thread.interrupted();
            return "same " + same + ", ended " + ended + ", kept " + kept + ", usable "
                    + explained(network).equals(expected);
        }
    }

    /** Opens and closes; returns how many files and mappings of the weights are left. */
    private String loads() throws IOException, InterruptedException {
        try (Engine engine = Engine.open()) {
            for (int i = 0; i < LOADS; i++) {
                Models.load(weights, engine).close();
            }
        }
        String name = weights.getFileName().toString();
        long mappings = Long.MAX_VALUE;
        for (int tries = 0; mappings > 1 && tries < 50; tries++) {
            System.gc();
            Thread.sleep(20);
            try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
                mappings = maps.filter(line -> line.endsWith(name)).count();
            }
        }
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            long open = files.filter(file -> isTo(file, name)).count();
            return LOADS + ", mappings " + mappings + ", files " + open;
        }
    }

    private static boolean isTo(Path link, String name) {
        try {
            return Files.readSymbolicLink(link).endsWith(name);
        } catch (IOException e) {
            return false;   // closed meanwhile
        }
    }
}
