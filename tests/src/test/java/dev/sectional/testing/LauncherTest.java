package dev.sectional.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the launcher as a user does. */
class LauncherTest {
    @TempDir
    private Path folder;

    private record Run(int status, String out, String err) {
    }

    private static Path top() {
        Path top = Path.of("").toAbsolutePath();
        while (!Files.exists(top.resolve("sectional"))) {
            top = top.getParent();
        }
        return top;
    }

    private Run run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(top().resolve("sectional").toString()));
        command.addAll(List.of(arguments));
        return run(folder.resolve("stdout"), command);
    }

    private Run run(Path out, List<String> command) throws IOException, InterruptedException {
        Path err = folder.resolve("stderr");
        ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process = builder.start();
        assertTrue(process.waitFor(5, TimeUnit.MINUTES), "the launcher did not end in 5 minutes");
        return new Run(process.exitValue(), Files.isRegularFile(out) ? Files.readString(out) : "",
                Files.readString(err));
    }

    @Test
    void explainsTheSamples() throws IOException, InterruptedException {
        Path maps = folder.resolve("the maps");
        Run run = run("explain", top().resolve("rsp/cli/samples").toString(), "--out", maps.toString());
        assertEquals(0, run.status, run.err);
        assertTrue(run.out.contains("coffee.png: espresso") && run.out.contains("chelsea.png: Egyptian cat"), run.out);
        for (String name : List.of("coffee.rsp.png", "montage.rsp.png", "chelsea.rsp.png")) {
            assertTrue(Files.size(maps.resolve(name)) > 1000, name);
        }
    }

    @Test
    void bothProvidersGiveTheSameDecision() throws IOException, InterruptedException {
        String image = top().resolve("rsp/cli/samples/coffee.png").toString();
        for (String provider : List.of("scalar", "simd")) {
            Run run = run("explain", image, "--backend", provider, "--json", "--out", folder.toString());
            assertEquals(0, run.status, run.err);
            assertTrue(run.out.contains("\"espresso\""), run.out);
        }
    }

    /** Vector code takes longer to compile than plain loops take for one image; who wants it asks for it. */
    @Test
    void oneImageIsExplainedByPlainJavaAndSaysSo() throws IOException, InterruptedException {
        String image = top().resolve("rsp/cli/samples/coffee.png").toString();
        Run plain = run("explain", image, "--panel", "none");
        assertTrue(plain.err.contains("; scalar, ") && plain.err.contains("--backend simd"), plain.err);
        Run vectors = run("explain", image, "--panel", "none", "--backend", "simd");
        assertTrue(vectors.err.contains("; simd, ") && !vectors.err.contains("plain Java"), vectors.err);
    }

    /** A small file of weights is compiled sooner as plain loops; several classes are more work. */
    @Test
    void oneImageByASmallFileIsExplainedByPlainJava() throws IOException, InterruptedException {
        String image = top().resolve("rsp/cli/samples/coffee.png").toString();
        String weights = top().resolve("weights-import/src/test/resources/vgg_tiny.onnx").toString();
        String[] command = {"explain", image, "--weights", weights, "--panel", "none", "--preset", "unit"};
        Run plain = run(command);
        assertEquals(0, plain.status, plain.err);
        assertTrue(plain.err.contains("; scalar, ") && plain.err.contains("--backend simd"), plain.err);
        for (String[] more : new String[][] {{"--target", "top2"}, {"--target", "0", "--target", "1"},
            {image.replace("coffee", "chelsea")}}) {
            List<String> all = new ArrayList<>(List.of(command));
            all.addAll(List.of(more));
            Run vectors = run(all.toArray(String[]::new));
            assertTrue(vectors.err.contains("; simd, "), String.join(" ", more) + ": " + vectors.err);
        }
    }

    /** A start for one image computes matrix products in small tiles. */
    @Test
    void smallTilesGiveTheSameBits() throws IOException, InterruptedException {
        String image = top().resolve("rsp/cli/samples/coffee.png").toString();
        List<byte[]> saved = new ArrayList<>();
        for (String tiles : List.of("", "-Dsectional.kernel.tiles=small")) {
            Path file = folder.resolve("relevance" + saved.size() + ".npy");
            Run run = run(folder.resolve("stdout"), List.of("env", "JAVA_OPTS=" + tiles,
                    top().resolve("sectional").toString(), "explain", image, "--panel", "none", "--save-relevance",
                    file.toString()));
            assertEquals(0, run.status, run.err);
            saved.add(Files.readAllBytes(file));
        }
        assertArrayEquals(saved.get(0), saved.get(1));
    }

    /** Java ends at once if it is told of two collectors. */
    @Test
    void theUserChoosesTheCollector() throws IOException, InterruptedException {
        Run run = run(folder.resolve("stdout"), List.of("env", "JAVA_OPTS=-XX:+UseSerialGC",
                top().resolve("sectional").toString(), "--version"));
        assertEquals(0, run.status, run.out + run.err);
    }

    @Test
    void saysItsVersion() throws IOException, InterruptedException {
        Run run = run("--version");
        assertEquals(0, run.status, run.err);
        assertTrue(run.out.contains(System.getProperty("sectional.version")), run.out);
    }

    @Test
    void verifies() throws IOException, InterruptedException {
        Run run = run("verify");
        assertEquals(0, run.status, run.out + run.err);
        assertTrue(run.out.contains("_conv_stem.conv"), run.out);
    }

    @Test
    void badInputIsOneLineAndStatusTwo() throws IOException, InterruptedException {
        Path empty = Files.createFile(folder.resolve("empty.png"));
        String image = top().resolve("rsp/cli/samples/coffee.png").toString();
        Path out = folder.resolve("none");
        for (String[] arguments : new String[][] {{"nowhere.png"}, {empty.toString()}, {image, "--threads", "0"},
                {image, "--target", "unicorn"},
            {image, "--target", "1000"}, {image, "--weights", empty.toString()},
            {image, "--method", "rsp:start=relative,classes=espresso"}}) {
            List<String> all = new ArrayList<>(List.of("explain", "--out", out.toString()));
            all.addAll(List.of(arguments));
            Run run = run(all.toArray(String[]::new));
            assertEquals(2, run.status, String.join(" ", arguments) + ": " + run.err);
            assertEquals(1, run.err.strip().lines().filter(line -> !line.contains("preparing this Java")).count(),
                    run.err);
            assertTrue(Files.notExists(out), "no file may remain");
        }
    }

    /** As {@code cat} and its kin: no message, the status that the signal of a closed pipe gives, and at once. */
    @Test
    void endsSilentlyWithTheReaderOfItsResults() throws IOException, InterruptedException {
        String tensors = top().resolve("rsp/cli/src/test/resources/vgg16-slim.safetensors").toString();
        Run run = run(folder.resolve("stdout"), List.of("bash", "-c",
                "\"$0\" inspect \"$1\" | true; echo ${PIPESTATUS[0]}", top().resolve("sectional").toString(), tensors));
        assertEquals("141", run.out.strip());
        assertEquals("", run.err);
    }

    /** Without JAVA_HOME, the Java that the user's shell would start comes before any other on the machine. */
    @Test
    void startsTheJavaOfThePath() throws IOException, InterruptedException {
        Path java = Files.createDirectories(folder.resolve("jdk/bin")).resolve("java");
        Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"17.0.99\"\n");
        Files.writeString(java, "#!/bin/sh\necho the one of the path\n");
        assertTrue(java.toFile().setExecutable(true));
        ProcessBuilder builder = new ProcessBuilder(top().resolve("sectional").toString(), "methods")
                .redirectOutput(folder.resolve("stdout").toFile());
        builder.environment().remove("JAVA_HOME");
        builder.environment().put("XDG_CACHE_HOME", folder.toString());
        builder.environment().merge("PATH", java.getParent().toString(), (old, first) -> first + ":" + old);
        assertEquals(0, builder.start().waitFor());
        assertEquals("the one of the path\n", Files.readString(folder.resolve("stdout")));
    }

    /** Each build has archives of its own; those of earlier builds must not fill the disk. */
    @Test
    void keepsFewArchivesOfLoadedClasses() throws IOException, InterruptedException {
        Path caches = Files.createDirectories(folder.resolve("caches/sectional"));
        for (int i = 0; i < 12; i++) {
            Path old = Files.createFile(caches.resolve("17.0.1+1-" + i + "-explain.jsa"));
            assertTrue(old.toFile().setLastModified(1_000_000_000_000L + 60_000L * i));
        }
        Files.createFile(caches.resolve("vgg16.safetensors"));
        ProcessBuilder builder = new ProcessBuilder(top().resolve("sectional").toString(), "convert", "--help")
                .redirectErrorStream(true).redirectOutput(folder.resolve("stdout").toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("XDG_CACHE_HOME", caches.getParent().toString());
        assertEquals(0, builder.start().waitFor());
        List<String> left = Stream.of(caches.toFile().list()).sorted().toList();
        assertEquals(13, left.size(), left.toString());
        assertTrue(left.contains("vgg16.safetensors") && left.contains("17.0.1+1-11-explain.jsa")
                && !left.contains("17.0.1+1-0-explain.jsa"), left.toString());
        assertEquals(1, left.stream().filter(name -> name.endsWith("-convert.jsa")).count(), left.toString());
    }

    /** On Linux this device answers each write as a full disk does. */
    @Test
    void lostResultsAreAnError() throws IOException, InterruptedException {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.exists(full), "there is no /dev/full to write to");
        Run run = run(full, List.of(top().resolve("sectional").toString(), "methods"));
        assertEquals(2, run.status, run.err);
        assertTrue(run.err.contains("cannot write to standard output"), run.err);
    }

    /** In a folder of its own, with no Java but those that the test makes and no program but those of the list. */
    private Run bare(String shell, List<String> javas, String... programs) throws IOException, InterruptedException {
        Path bare = Files.createTempDirectory(folder, "bare");
        Path tools = Files.createDirectory(bare.resolve("tools"));
        for (String program : programs) {
            Path tool = Files.writeString(tools.resolve(program), "#!/bin/sh\nexec \"$(PATH=/usr/bin:/bin command -v "
                    + program + ")\" \"$@\"\n");
            assertTrue(tool.toFile().setExecutable(true));
        }
        for (String java : javas) {
            Path bin = Files.createDirectories(bare.resolve("jvm/" + java + "/bin"));
            Files.writeString(bin.resolveSibling("release"), "JAVA_VERSION=\"" + java.replaceAll("-.*", "") + "\"\n");
            for (String program : List.of("java", java.endsWith("-jre") ? "keytool" : "javac")) {
                assertTrue(Files.createFile(bin.resolve(program)).toFile().setExecutable(true));
            }
        }
        Path launcher = bare.resolve("sectional");
        Files.writeString(launcher, Files.readString(top().resolve("sectional")).replace("/usr/lib/jvm/",
                bare + "/jvm/").replace("/Library/Java/", bare + "/none/"));
        ProcessBuilder builder = new ProcessBuilder(shell, launcher.toString(), "--version")
                .redirectError(folder.resolve("stderr").toFile());
        builder.environment().clear();
        builder.environment().put("PATH", tools.toString());
        int status = builder.start().waitFor();
        return new Run(status, "", Files.readString(folder.resolve("stderr")));
    }

    /** One line for each thing that may be missing, in the smallest shells of the machine. */
    @Test
    void saysWhatItMisses() throws IOException, InterruptedException {
        String[] tools = {"dirname", "readlink", "find", "sed", "ls", "stat"};
        List<String> shells = Stream.of("/bin/dash", "/bin/bash", "/bin/ash", "/bin/yash", "/bin/mksh")
                .filter(shell -> Files.isExecutable(Path.of(shell))).toList();
        assumeTrue(!shells.isEmpty());
        for (String shell : shells) {
            misses(bare(shell, List.of(), tools), "no Java was found; a JDK of version 17 or later is needed to build");
            misses(bare(shell, List.of("1.8.0_392", "11.0.2"), tools), "Java 11 in .*/jvm/11.0.2 is too old; a JDK of");
            misses(bare(shell, List.of("21.0.1-jre"), tools), "Java 21 in .* has no compiler \\(javac\\); a JDK of");
            misses(bare(shell, List.of("11.0.2", "17.0.9"), tools), "not built yet, and Maven is needed to build");
        }
    }

    private static void misses(Run run, String message) {
        assertEquals(2, run.status, run.err);
        assertTrue(run.err.matches("(?s)sectional: [^\n]*" + message + "[^\n]*\n"), run.err);
    }

    /** The launcher is a program of POSIX: a small shell starts it as the one of the system does. */
    @Test
    void startsFromDash() throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(Path.of("/bin/dash")), "there is no dash");
        Path spaces = Files.createDirectory(folder.resolve("a folder"));
        Path link = Files.createSymbolicLink(spaces.resolve("the launcher"), top().resolve("sectional"));
        Run run = run(folder.resolve("stdout"), List.of("/bin/dash", link.toString(), "explain", "no such image.png"));
        assertEquals(2, run.status, run.err);
        assertEquals(1, run.err.lines().count(), run.err);
        assertTrue(run.err.contains("no such image.png"), run.err);
    }
}
