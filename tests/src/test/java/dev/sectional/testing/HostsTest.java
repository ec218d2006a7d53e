package dev.sectional.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.io.SafetensorsWriter;
import dev.sectional.nn.model.Vgg;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The hosts that the embedding page lists, each a JVM of its own with a verdict. The programs in
 * {@code src/test/embedder} embed the three modules; a host passes if its JVM ends well and its program prints the bits
 * of a JVM without restrictions. {@link ReloadTest} has the host that loads the library again and again.
 */
class HostsTest {
    private static final String VECTOR = "jdk.incubator.vector";
    private static final List<String> WITH_VECTOR = List.of("--add-modules", VECTOR);
    private static final List<String> EMBEDDED = List.of("dev.sectional.attribution", "dev.sectional.core",
            "dev.sectional.nn", "embedder", "java.base");
    private static final Path WEIGHTS = Path.of("../weights-import/src/test/resources/vgg_tiny.safetensors");
    private static final String SECTIONAL = Stream.of("core", "nn", "attribution")
            .map(name -> CompiledModule.onClassPath().get(name).location().toString())
            .collect(Collectors.joining(File.pathSeparator));
    private static final int VERSION = Runtime.version().feature();

    @TempDir
    private static Path folder;
    private static String path;
    private static Path smallest;
    /** Decisions of JVMs without restrictions, by provider and network. */
    private static final Map<String, String> PLAIN = new HashMap<>();

    /** What one JVM printed: the text after the first word of each line, by that word. */
    private record Output(Map<String, String> lines) {
        String decision() {
            return lines.get("class") + " " + lines.get("logits") + " " + lines.get("relevance");
        }

        String provider() {
            return lines.get("provider").split("[ ,]")[0];
        }
    }

    @BeforeAll
    static void compile() throws IOException {
        Path classes = folder.resolve("classes");
        List<String> arguments = new ArrayList<>(List.of("-p", SECTIONAL, "-d", classes.toString(), "--release", "17"));
        try (Stream<Path> sources = Files.walk(Path.of("src/test/embedder"))) {
            sources.map(Path::toString).filter(file -> file.endsWith(".java")).forEach(arguments::add);
        }
        assertEquals("", tool("javac", arguments), "the exported packages are enough to compile against");
        path = SECTIONAL + File.pathSeparator + classes;
        Files.copy(WEIGHTS, classes.resolve("model.safetensors"));
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        Vgg.parameters(List.of("4", "M"), 3, 5, 2).forEach((name, shape) -> tensors.put(name, ones(shape)));
        smallest = folder.resolve("smallest.safetensors");
        SafetensorsWriter.write(smallest, Map.of("sectional.layers", "4,M", "sectional.input", "3,4,4"), tensors);
    }

    private static Tensor ones(Shape shape) {
        Tensor tensor = Tensor.zeros(shape);
        Arrays.fill(tensor.data(), 0.1f);
        return tensor;
    }

    /** Runs a tool of this JDK and returns what it printed if it failed. */
    private static String tool(String name, List<String> arguments) {
        ByteArrayOutputStream messages = new ByteArrayOutputStream();
        PrintWriter out = new PrintWriter(messages, true);
        int status = ToolProvider.findFirst(name).orElseThrow().run(out, out, arguments.toArray(String[]::new));
        return status == 0 ? "" : name + " ended with " + status + ": " + messages;
    }

    @Test
    void javaBaseIsEnough() throws IOException, InterruptedException {
        Output output = run(List.of("--limit-modules", "embedder", "-p", path, "-m", "embedder/embedder.Main"));

        assertEquals(EMBEDDED, modules(output));
        assertEquals("scalar", output.provider());
        assertEquals("0", output.lines.get("threads"), "close leaves no thread");
        Output plain = run(List.of("-cp", path, "embedder.Main"));
        assertEquals(plain.decision(), output.decision(), "module path and class path give the same bits");
    }

    @Test
    void theVectorModuleOnTheModulePath() throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(WITH_VECTOR);
        command.addAll(List.of("-p", path, "-m", "embedder/embedder.Main", WEIGHTS.toString()));
        Output output = output(java(), command);
        assertEquals("simd", output.provider());
        assertEquals(plain("simd", WEIGHTS), output.decision(), "module path and class path give the same bits");
    }

    /** Images of java.base, and of it and the vector module, with this program in them. */
    @ParameterizedTest
    @MethodSource("images")
    void linkedImages(List<String> added, String provider) throws IOException, InterruptedException {
        assumeTrue(ToolProvider.findFirst("jlink").isPresent(), "this JDK has no jlink");
        Path image = folder.resolve("image-" + provider);
        String modules = Stream.concat(Stream.of("embedder"), added.stream()).collect(Collectors.joining(","));
        String failure = tool("jlink", List.of("--module-path", path, "--add-modules", modules, "--output",
                image.toString(), "--strip-debug", "--no-header-files", "--no-man-pages"));
        assumeTrue(!failure.contains("does not have the packaged modules"), failure);
        assertEquals("", failure);
        List<String> command = new ArrayList<>(added.isEmpty() ? List.of() : WITH_VECTOR);
        command.addAll(List.of("-m", "embedder/embedder.Main", WEIGHTS.toString()));
        Output output = output(image.resolve("bin/java"), command);
        assertEquals(Stream.concat(EMBEDDED.stream(), added.stream()).toList(), modules(output));
        assertEquals(plain(provider, WEIGHTS), output.decision());
    }

    static Stream<Arguments> images() {
        return Stream.of(Arguments.of(List.of(), "scalar"), Arguments.of(List.of(VECTOR), "simd"));
    }

    private static List<String> modules(Output output) {
        return Arrays.asList(output.lines.get("modules").split(" "));
    }

    @Test
    void aPluginInALayerOfItsOwn() throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(WITH_VECTOR);
        command.addAll(List.of("-cp", path.substring(SECTIONAL.length() + 1), "embedder.Plugins", WEIGHTS.toString()));
        command.addAll(List.of(path.split(File.pathSeparator)));
        Output output = output(java(), command);
        assertEquals(plain(output.provider(), WEIGHTS), output.decision());
    }

    /** The program of ten lines that the embedding page shows. */
    @Test
    void aResourceAndBytesGiveADecisionAndAPicture() throws IOException, InterruptedException {
        Path picture = folder.resolve("map.png");
        List<String> lines = printed(java(), List.of("--limit-modules", "embedder", "-p", path, "-m",
                "embedder/embedder.TenLines", picture.toString()));
        assertEquals(5, lines.size(), lines.toString());
        double sum = lines.stream().mapToDouble(line -> Double.parseDouble(line.split(" ")[1])).sum();
        assertTrue(sum > 0.5 && sum <= 1, lines.toString());
        BufferedImage map = ImageIO.read(picture.toFile());
        assertEquals("16 x 16", map.getWidth() + " x " + map.getHeight());
    }

    /** Flags of restricted hosts, and the provider that runs there. */
    static Stream<Arguments> hosts() throws IOException {
        List<String> small = List.of("-Xmx32m", "-Xss256k", "-XX:+UseSerialGC", "-Djava.io.tmpdir=/nowhere");
        Stream.Builder<Arguments> hosts = Stream.builder();
        hosts.add(Arguments.of("interpreter", List.of("-Xint"), "scalar", smallest));
        hosts.add(Arguments.of("C1 alone", List.of("-XX:TieredStopAtLevel=1"), "scalar", WEIGHTS));
        hosts.add(Arguments.of("32 MB of heap, small stacks, serial collector, no temporary files", small, "simd",
                WEIGHTS));
        if (VERSION < 24) {   // later versions have no security manager
            hosts.add(Arguments.of("a security manager that permits one file", managed("one", "permission"
                    + " java.io.FilePermission \"" + WEIGHTS + "\", \"read\";"), "scalar", WEIGHTS));
            hosts.add(Arguments.of("a security manager that permits nothing", managed("none", ""), "scalar", null));
        }
        if (VERSION >= 24) {
            List<String> natives = List.of("--illegal-native-access=deny", "--sun-misc-unsafe-memory-access=deny");
            List<String> agents = List.of("-XX:-EnableDynamicAgentLoading", "-XX:+DisableAttachMechanism");
            hosts.add(Arguments.of("native access and Unsafe denied", natives, "simd", WEIGHTS));
            hosts.add(Arguments.of("agents disabled", agents, "simd", WEIGHTS));
            hosts.add(Arguments.of("all of these together", Stream.of(natives, agents, small).flatMap(List::stream)
                    .toList(), "simd", WEIGHTS));
        }
        return hosts.build();
    }

    private static List<String> managed(String name, String permissions) throws IOException {
        Path policy = Files.writeString(folder.resolve(name + ".policy"), "grant { " + permissions + " };");
        return List.of("-Djava.security.manager", "-Djava.security.policy==" + policy);
    }

    /** @param weights the file of the network; null for the resource of the program */
    @ParameterizedTest(name = "{0}")
    @MethodSource("hosts")
    void restrictedHosts(String host, List<String> flags, String provider, Path weights)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(WITH_VECTOR);
        command.addAll(flags);
        command.addAll(List.of("-cp", path, "embedder.Main"));
        if (weights != null) {
            command.add(weights.toString());
        }
        Output output = output(java(), command);
        assertEquals(provider, output.provider(), host);
        assertEquals(plain(provider, weights == null ? WEIGHTS : weights), output.decision(), host);
        assertTrue(List.of("0", "denied").contains(output.lines.get("threads")), host + ": close leaves no thread");
    }

    /** Many callers, interrupts, 10,000 networks opened and closed. */
    @Test
    void aServiceThatRunsLong() throws IOException, InterruptedException {
        assumeTrue(Files.isReadable(Path.of("/proc/self/maps")), "this system does not list mappings");
        Output output = output(java(), List.of("-XX:+UseSerialGC", "-Xmx128m", "--add-modules", VECTOR, "-cp", path,
                "embedder.Service", smallest.toString()));
        assertEquals("24 of 24", output.lines.get("callers"));
        assertEquals(VERSION < 21 ? "none" : "24 of 24", output.lines.get("virtual"));
        assertEquals("same true, ended true, kept true, usable true", output.lines.get("interrupt"));
        assertEquals("10000, mappings 1, files 1", output.lines.get("loads"), "those of the network that is open");
    }

    @Test
    void aHeapThatIsFullInTheMiddle() throws IOException, InterruptedException {
        Output output = output(java(), List.of("-XX:+UseSerialGC", "-Xmx16m", "-XX:TieredStopAtLevel=1", "-cp", path,
                "embedder.FullHeap", smallest.toString()));
        assertEquals(Map.of("ended", "some", "wrong", "0", "after", "true"), output.lines);
    }

    @Test
    void anEarlyAccessJdk() throws IOException, InterruptedException {
        Optional<Path> early = Optional.empty();
        for (Path release : releases()) {
            if (Files.readString(release).contains("-ea")) {
                early = Optional.of(release.resolveSibling("bin/java"));
            }
        }
        assumeTrue(early.isPresent(), "no early-access JDK in /usr/lib/jvm");
        List<String> command = new ArrayList<>(WITH_VECTOR);
        command.addAll(List.of("-cp", path, "embedder.Main", WEIGHTS.toString()));
        Output output = output(early.get(), command);
        assertEquals(plain(output.provider(), WEIGHTS), output.decision());
    }

    private static List<Path> releases() throws IOException {
        Path installed = Path.of("/usr/lib/jvm");
        if (!Files.isDirectory(installed)) {
            return List.of();
        }
        try (Stream<Path> homes = Files.list(installed)) {
            return homes.map(home -> home.resolve("release")).filter(Files::isRegularFile).toList();
        }
    }

    @Test
    void aNativeImage() throws IOException, InterruptedException {
        Optional<Path> builder = Stream.concat(Stream.of(System.getenv("PATH").split(File.pathSeparator)).map(Path::of),
                releases().stream().map(release -> release.resolveSibling("bin")))
                .map(bin -> bin.resolve("native-image")).filter(Files::isExecutable).findAny();
        assumeTrue(builder.isPresent(), "GraalVM's native-image is not installed");
        Path program = folder.resolve("program");
        printed(builder.get(), List.of("-cp", path, "embedder.Main", "-o", program.toString()));
        assertEquals(plain("scalar", WEIGHTS), output(program, List.of(WEIGHTS.toString())).decision());
    }

    /** Returns the decision of a JVM without restrictions. */
    private static String plain(String provider, Path weights) throws IOException, InterruptedException {
        String known = provider + " " + weights;
        if (!PLAIN.containsKey(known)) {
            List<String> command = new ArrayList<>(WITH_VECTOR);
            command.addAll(List.of("-Dsectional.provider=" + provider, "-cp", path, "embedder.Main",
                    weights.toString()));
            PLAIN.put(known, output(java(), command).decision());
        }
        return PLAIN.get(known);
    }

    private static Path java() {
        return Path.of(System.getProperty("java.home"), "bin", "java");
    }

    private static Output run(List<String> options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(options);
        command.add(WEIGHTS.toString());
        return output(java(), command);
    }

    private static Output output(Path program, List<String> options) throws IOException, InterruptedException {
        return new Output(printed(program, options).stream().map(line -> line.split(" ", 2))
                .collect(Collectors.toMap(words -> words[0], words -> words[1])));
    }

    /** Runs a program and returns the lines of its standard output. */
    private static List<String> printed(Path program, List<String> options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(options);
        Path out = folder.resolve("out.txt");
        Path err = folder.resolve("err.txt");
        Process process = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        assertTrue(process.waitFor(5, TimeUnit.MINUTES), "it ends");
        assertEquals(0, process.exitValue(), () -> String.join(" ", command) + "\n" + read(err) + read(out));
        return Files.readAllLines(out);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
