package dev.sectional.weights;

import dev.sectional.core.Engine;
import dev.sectional.core.InputException;
import dev.sectional.core.Provider;
import dev.sectional.nn.Network;
import dev.sectional.weights.fixtures.Resources;
import dev.sectional.weights.internal.common.FileBytes;
import dev.sectional.weights.internal.common.ZipArchive;
import dev.sectional.weights.internal.format.FormatDetector;
import dev.sectional.weights.internal.format.OpenedFile;
import dev.sectional.weights.internal.onnx.OnnxMutator;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BinaryOperator;

/**
 * Opens changed files and reads every tensor, for as long as it is told. Allowed are success and an
 * {@link InputException} of one line, within two seconds of the processor. A changed file joins those that are changed
 * further if it reaches a branch of the readers that none reached before (with JaCoCo's agent), or comes to an end that
 * was not seen before. That leads the search deeper into the readers. Each round begins with the files of former
 * rounds.
 *
 * <p>{@code weights-import/fuzz MINUTES [FORMAT...]} runs it with the agent and a heap of 256 MB. It leaves in its
 * folder what it finds, and the files that a later round begins with.
 */
final class Fuzz {
    private static final Map<String, List<String>> FORMATS = new LinkedHashMap<>();
    private static final long SLOWEST_NANOS = 2_000_000_000L;
    private static final int MOST_KEPT = 4000;
    private static final int MOST_PROBLEMS = 10;
    private static final int MOST_STORED = 1000;

    static {
        FORMATS.put("safetensors", List.of("vgg_tiny.safetensors"));
        FORMATS.put("sharded", List.of("index.json"));
        FORMATS.put("pth-zip", List.of("vgg_tiny.zip.pth", "vgg_tiny.checkpoint.pth.tar", "vgg_tiny.half.pth",
                "zip64.pth", "torch/lightning.pth"));
        FORMATS.put("pth-legacy", List.of("vgg_tiny.legacy.pth", "torch/side_entries.legacy.pth"));
        FORMATS.put("hdf5", List.of("vgg_tiny.keras.h5", "vgg_tiny.weights.h5", "vgg_tiny.latest.h5", "layouts.h5",
                "latest.h5"));
        FORMATS.put("keras", List.of("vgg_tiny.keras", "keras/digits.keras", "keras/attention.keras",
                "keras/channels_first.keras", "keras/sequential_nested.h5", "keras/caffe_inside_k2.h5"));
        FORMATS.put("npz", List.of("vgg_tiny.npz"));
        FORMATS.put("npy", List.of("array.npy"));
        FORMATS.put("onnx", OnnxMutator.seeds());
    }

    private final Path folder;
    private final Engine engine;
    private final SplittableRandom random;
    private final BinaryOperator<byte[]> mutator;
    private final FuzzCoverage coverage = FuzzCoverage.start();
    private final Map<String, byte[]> seeds = new LinkedHashMap<>();
    private final List<byte[]> corpus = new ArrayList<>();
    private final List<byte[]> deepest = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private final Set<Integer> ends = new HashSet<>();
    private final AtomicLong since = new AtomicLong(Long.MAX_VALUE);
    private long tries;
    private long read;
    private long slowest;

    private Fuzz(String format, Path folder, Engine engine, long seed) {
        this.folder = folder;
        this.engine = engine;
        this.random = new SplittableRandom(seed);
        Mutator plain = new Mutator(seed);
        this.mutator = format.equals("onnx") ? new OnnxMutator(seed, plain::change) : plain::change;
    }

    /** Names of the formats. */
    static Set<String> formats() {
        return FORMATS.keySet();
    }

    /** {@code MINUTES SEED FOLDER [FORMAT...]}: exit status 1 if anything was found, which is then in the folder. */
    public static void main(String[] args) throws IOException {
        List<String> formats = args.length > 3 ? Arrays.asList(args).subList(3, args.length)
                : List.copyOf(FORMATS.keySet());
        boolean found = false;
        for (String format : formats) {
            String problem = run(format, (long) (Double.parseDouble(args[0]) * 60e9), Long.parseLong(args[1]),
                    Path.of(args[2]), true);
            found |= problem != null;
            System.out.println(format + ": " + (problem == null ? "nothing found" : problem));
        }
        System.exit(found ? 1 : 0);
    }

    /**
     * Tries one format.
     *
     * @param folder where the changed file is written; what is found stays there
     * @return what was found; null for nothing
     */
    static String run(String format, long nanos, long seed, Path folder, boolean report) throws IOException {
        try (Engine engine = Engine.open(Provider.SCALAR, 1)) {
            Fuzz fuzz = new Fuzz(format, Files.createDirectories(folder), engine, seed);
            for (String name : FORMATS.get(format)) {
                fuzz.seeds.put(name, fuzz.seed(name));
            }
            fuzz.corpus.addAll(fuzz.seeds.values());
            fuzz.corpus.addAll(FuzzCorpus.unpack(Resources.bytes("fuzz/" + format + ".corpus"), fuzz.seeds));
            fuzz.corpus.addAll(fuzz.found(format));
            Thread reader = Thread.currentThread();
            Thread watch = new Thread(() -> fuzz.watch(format, reader), "watch");
            watch.setDaemon(true);
            watch.start();
            fuzz.replay(format);
            fuzz.loop(format, System.nanoTime() + nanos);
            watch.interrupt();
            if (report) {
                Files.write(folder.resolve(format + ".corpus"), FuzzCorpus.pack(fuzz.best(), fuzz.seeds));
                System.out.printf("%s: %d files in %d s, %d of them read, %d kept, %d branches, slowest %d ms%n",
                        format, fuzz.tries, nanos / 1_000_000_000, fuzz.read, fuzz.corpus.size(),
                        fuzz.coverage.branches(), fuzz.slowest / 1_000_000);
            }
            return fuzz.problems.isEmpty() ? null : String.join("\n", fuzz.problems);
        }
    }

    /** Returns what is worth keeping: what was found, and what reached a new branch; without the agent, a new end. */
    private List<byte[]> best() {
        return deepest.isEmpty() ? corpus.subList(seeds.size(), Math.min(corpus.size(), seeds.size() + MOST_STORED))
                : deepest.subList(0, Math.min(deepest.size(), MOST_STORED));
    }

    /** Returns the files that former rounds left, which are tried again. */
    private List<byte[]> found(String format) throws IOException {
        List<byte[]> files = new ArrayList<>();
        try (DirectoryStream<Path> former = Files.newDirectoryStream(folder, format + ".found.*")) {
            for (Path file : former) {
                files.add(Files.readAllBytes(file));
                Files.delete(file);
            }
        }
        return files;
    }

    private void replay(String format) throws IOException {
        for (byte[] file : List.copyOf(corpus)) {
            attempt(format, file);
        }
    }

    private byte[] seed(String name) throws IOException {
        if (name.equals("index.json")) {
            Files.write(folder.resolve("a.safetensors"), Resources.bytes("vgg_tiny.safetensors"));
            Files.write(folder.resolve("b.npz"), Resources.bytes("vgg_tiny.npz"));
            return ("{\"metadata\": {\"total_size\": 1234, \"x\": 1.5e3}, \"weight_map\": {\"features.0.weight\": "
                    + "\"a.safetensors\","
                    + " \"features.0.bias\": \"b.npz\"}}").getBytes();
        }
        if (name.equals("array.npy")) {
            ZipArchive zip = new ZipArchive(name, FileBytes.of(Resources.bytes("vgg_tiny.npz")));
            FileBytes array = zip.contents("features.2.weight.npy");
            return array.copy(0, (int) array.length());
        }
        return Resources.bytes(name);
    }

    private void loop(String format, long end) throws IOException {
        while (System.nanoTime() < end && problems.size() < MOST_PROBLEMS) {
            byte[] from = corpus.get(random.nextInt(random.nextBoolean() ? Math.min(corpus.size(), 8) : corpus.size()));
            byte[] changed = mutator.apply(from, corpus.get(random.nextInt(corpus.size())));
            if (changed.length <= 1 << 20 && attempt(format, changed) && corpus.size() < MOST_KEPT) {
                corpus.add(changed);
            }
        }
        Files.deleteIfExists(folder.resolve(format + ".tried"));
    }

    /** Returns whether reading a file reached a branch or came to an end that was not seen before. */
    private boolean attempt(String format, byte[] changed) throws IOException {
        Path file = Files.write(folder.resolve(format + ".tried"), changed);
        Throwable ended = null;
        long took = Long.MAX_VALUE;
        for (int i = 0; i < 3 && took > SLOWEST_NANOS; i++) {   // again, in case the collector or compiler had it
            long start = processorNanos();
            since.set(System.nanoTime());
            ended = open(file);
            since.set(Long.MAX_VALUE);
            took = Math.min(took, processorNanos() - start);
        }
        tries++;
        slowest = Math.max(slowest, tries < 100 ? 0 : took);   // the first ones load classes
        String problem = problem(ended, tries < 100 ? 0 : took);
        boolean grew = coverage.grew();
        boolean fresh = ends.add(end(ended));
        if (grew || problem != null && fresh) {
            deepest.add(changed);
        }
        if (problem != null && fresh) {
            Path kept = folder.resolve(format + ".found." + problems.size());
            problems.add(problem + ", see " + Files.move(file, kept, StandardCopyOption.REPLACE_EXISTING));
        }
        return fresh || grew;
    }

    /** Returns the time of the processor that this process had: other programs may have it for seconds. */
    private static long processorNanos() {
        return ProcessHandle.current().info().totalCpuDuration().map(Duration::toNanos).orElseGet(System::nanoTime);
    }

    /** What opening and reading a file threw; null if it was read. */
    private Throwable open(Path file) {
        try (OpenedFile weights = FormatDetector.open(file)) {
            weights.modelWeights(Map.of(), "").tensors().values().forEach(stored -> stored.values().tensor());
            read++;
            try (Network network = ModelFiles.load(file.toString(), weights, engine, LoadOptions.none())) {
                return network.classes() > 0 ? null : new IllegalStateException("a network without classes");
            }
        } catch (Throwable thrown) {
            return thrown;
        }
    }

    private static String problem(Throwable ended, long took) {
        if (took > SLOWEST_NANOS) {
            return "took " + took / 1_000_000 + " ms";
        }
        if (ended != null && String.valueOf(ended.getMessage()).contains(OpenedFile.UNEXPECTED)) {
            return problem(ended.getCause(), took);   // the readers' last line of defence
        }
        boolean fault = ended instanceof InputException && ended.getCause() instanceof IllegalArgumentException inner
                && inner.getCause() instanceof RuntimeException reason   // an importer's last line of defence
                && !(reason instanceof IllegalArgumentException || reason instanceof InputException);
        if (ended instanceof InputException e && !fault) {
            return e.getMessage().lines().count() == 1 ? null : "a message of several lines: " + e.getMessage();
        }
        if (ended == null) {
            return null;
        }
        if (fault) {
            ended = ended.getCause().getCause();
        }
        StringBuilder trace = new StringBuilder(ended.toString());
        for (int i = 0; i < Math.min(12, ended.getStackTrace().length); i++) {
            trace.append("\n    at ").append(ended.getStackTrace()[i]);
        }
        return trace.toString();
    }

    /** Where a file's reading ended: the way there through the program, and the message without its numbers. */
    private static int end(Throwable ended) {
        if (ended == null) {
            return 0;
        }
        int hash = ended.getMessage() == null ? 0 : ended.getMessage().replaceAll("[0-9]+|'[^']*'", "").hashCode();
        for (StackTraceElement each : ended.getStackTrace()) {
            if (each.getClassName().startsWith("dev.sectional.")) {
                hash = 31 * hash + each.hashCode();
            }
        }
        return hash;
    }

    /** Ends the process when one file takes for ever; what it hangs in is printed. */
    private void watch(String format, Thread reader) {
        try {
            while (true) {
                Thread.sleep(500);
                long start = since.get();
                StackTraceElement[] trace = reader.getStackTrace();
                if (System.nanoTime() - start > 10 * SLOWEST_NANOS && start == since.get()) {
                    System.out.println(format + ": hangs, see " + folder.resolve(format + ".tried"));
                    Arrays.stream(trace).limit(20).forEach(frame -> System.out.println("    at " + frame));
                    Runtime.getRuntime().halt(1);
                }
            }
        } catch (InterruptedException finished) {
            // the round is over
        }
    }
}
