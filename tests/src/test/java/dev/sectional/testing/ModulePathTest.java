package dev.sectional.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs a program that embeds the three modules in JVMs of its own, with the flags that an embedder uses. The program is
 * in {@code src/test/embedder}.
 */
class ModulePathTest {
    private static final String VECTOR = "jdk.incubator.vector";
    private static final List<String> EMBEDDED = List.of("dev.sectional.attribution", "dev.sectional.core",
            "dev.sectional.nn", "embedder", "java.base");
    private static final Path SOURCES = Path.of("src/test/embedder");
    private static final Path WEIGHTS = Path.of("../weights-import/src/test/resources/vgg_tiny.safetensors");
    private static final String SECTIONAL = Stream.of("core", "nn", "attribution")
            .map(name -> CompiledModule.onClassPath().get(name).location().toString())
            .collect(Collectors.joining(File.pathSeparator));

    @TempDir
    private static Path folder;
    private static String path;

    /** What one JVM printed: the text after the first word of each line, by that word. */
    private record Output(Map<String, String> lines) {
        String decision() {
            return lines.get("class") + " " + lines.get("logits") + " " + lines.get("relevance");
        }

        List<String> modules() {
            return Arrays.asList(lines.get("modules").split(" "));
        }
    }

    @BeforeAll
    static void compile() throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        Path classes = folder.resolve("classes");
        ByteArrayOutputStream messages = new ByteArrayOutputStream();
        int status = compiler.run(null, messages, messages, "-p", SECTIONAL, "-d", classes.toString(),
                SOURCES.resolve("module-info.java").toString(), SOURCES.resolve("embedder/Main.java").toString(),
                SOURCES.resolve("embedder/TenLines.java").toString());
        assertEquals(0, status, () -> "the exported packages are enough to compile against: " + messages);
        path = SECTIONAL + File.pathSeparator + classes;
        Files.copy(WEIGHTS, classes.resolve("model.safetensors"));
    }

    /** The program of ten lines that the embedding page shows. */
    @Test
    void aResourceAndBytesGiveADecisionAndAPicture() throws IOException, InterruptedException {
        Path picture = folder.resolve("map.png");
        List<String> lines = printed(List.of("--limit-modules", "embedder", "-p", path, "-m",
                "embedder/embedder.TenLines", picture.toString()));
        assertEquals(5, lines.size(), lines.toString());
        double sum = lines.stream().mapToDouble(line -> Double.parseDouble(line.split(" ")[1])).sum();
        assertTrue(sum > 0.5 && sum <= 1, lines.toString());
        BufferedImage map = ImageIO.read(picture.toFile());
        assertEquals("16 x 16", map.getWidth() + " x " + map.getHeight());
    }

    @Test
    void javaBaseIsEnough() throws IOException, InterruptedException {
        Output output = run("--limit-modules", "embedder", "-p", path, "-m", "embedder/embedder.Main");

        assertEquals(EMBEDDED, output.modules());
        assertTrue(output.lines.get("provider").startsWith("scalar"), output.toString());
        assertEquals("0", output.lines.get("threads"), "close leaves no thread");
    }

    @Test
    void theVectorModuleIsAllThatSimdAdds() throws IOException, InterruptedException {
        assumeTrue(ModuleFinder.ofSystem().find(VECTOR).isPresent(), "this JDK has no " + VECTOR);
        Output output = run("--limit-modules", "embedder," + VECTOR, "--add-modules", VECTOR, "-p", path, "-m",
                "embedder/embedder.Main");

        assertEquals(Stream.concat(EMBEDDED.stream(), Stream.of(VECTOR)).toList(), output.modules());
        assertTrue(output.lines.get("provider").startsWith("simd"), output.toString());
    }

    @Test
    void modulePathAndClassPathGiveTheSameBits() throws IOException, InterruptedException {
        for (List<String> vector : List.of(List.<String>of(), List.of("--add-modules", VECTOR))) {
            Output onModulePath = run(with(vector, "-p", path, "-m", "embedder/embedder.Main"));
            Output onClassPath = run(with(vector, "-cp", path, "embedder.Main"));
            assertEquals(onClassPath.decision(), onModulePath.decision());
            assertEquals(onClassPath.lines.get("provider"), onModulePath.lines.get("provider"));
        }
    }

    /**
     * Restricted hosts: the flags of each, and what the engine reports. All of them give the bits
     * of that provider in a JVM without restrictions.
     */
    static Stream<Arguments> hosts() throws IOException {
        String policy = Files.writeString(folder.resolve("policy"), "grant { permission java.io.FilePermission \""
                + WEIGHTS + "\", \"read\"; permission java.lang.RuntimePermission \"getStackTrace\";"
                + " permission java.lang.RuntimePermission \"modifyThreadGroup\"; };").toString();
        Stream.Builder<Arguments> hosts = Stream.builder();
        hosts.add(Arguments.of("interpreter", List.of("-Xint"), "scalar"));
        hosts.add(Arguments.of("C1 alone", List.of("-XX:TieredStopAtLevel=1"), "scalar"));
        hosts.add(Arguments.of("32 MB of heap, small stacks, serial collector",
                List.of("-Xmx32m", "-Xss256k", "-XX:+UseSerialGC"), "simd"));
        hosts.add(Arguments.of("no folder for temporary files", List.of("-Djava.io.tmpdir=/nowhere"), "simd"));
        int version = Runtime.version().feature();
        if (version < 24) {   // later versions have no security manager
            hosts.add(Arguments.of("a security manager that permits one file",
                    List.of("-Djava.security.manager", "-Djava.security.policy==" + policy), "scalar"));
        } else {
            hosts.add(Arguments.of("native access, Unsafe and agents denied",
                    List.of("--illegal-native-access=deny", "--sun-misc-unsafe-memory-access=deny",
                            "-XX:-EnableDynamicAgentLoading", "-XX:+DisableAttachMechanism"), "simd"));
        }
        return hosts.build();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hosts")
    void restrictedHosts(String host, List<String> flags, String provider) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of("--add-modules", VECTOR));
        all.addAll(flags);
        Output output = run(with(all, "-cp", path, "embedder.Main"));
        assertTrue(output.lines.get("provider").startsWith(provider), host + ": " + output);
        Output plain = run("-Dsectional.provider=" + provider, "--add-modules", VECTOR, "-cp", path, "embedder.Main");
        assertEquals(plain.decision(), output.decision(), host);
        assertEquals("0", output.lines.get("threads"), host + ": close leaves no thread");
    }

    private static String[] with(List<String> first, String... others) {
        return Stream.concat(first.stream(), Stream.of(others)).toArray(String[]::new);
    }

    private static Output run(String... options) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of(options));
        all.add(WEIGHTS.toString());
        return new Output(printed(all).stream().map(line -> line.split(" ", 2))
                .collect(Collectors.toMap(words -> words[0], words -> words[1])));
    }

    /** Runs Java and returns the lines of its standard output. */
    private static List<String> printed(List<String> options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        Path out = folder.resolve("out.txt");
        Path err = folder.resolve("err.txt");
        Process process = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        assertTrue(process.waitFor(2, TimeUnit.MINUTES), "it ends");
        assertEquals(0, process.exitValue(), String.join(" ", command) + "\n" + Files.readString(err));
        return Files.readAllLines(out);
    }
}
