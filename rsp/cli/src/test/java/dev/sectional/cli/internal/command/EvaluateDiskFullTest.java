package dev.sectional.cli.internal.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sectional.cli.Main;
import dev.sectional.evaluation.data.SyntheticShapes;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file that cannot grow stands for a full disk: the shell limits the size of the files that the run may write. */
class EvaluateDiskFullTest {
    private static final int IMAGES = 12;

    @TempDir
    Path folder;

    @Test
    void aFailedWriteStopsTheRunWhichResumesToTheSameTables() throws Exception {
        assumeTrue(new File("/bin/bash").canExecute(), "the shell's ulimit is needed");
        Path whole = folder.resolve("whole");
        Path full = folder.resolve("full");
        assertEquals(0, Ran.of(arguments(whole)).status());

        String errors = limited(12, arguments(full));

        String progress = "sectional: \\d+ of \\d+ images.*";
        assertEquals(1, errors.lines().filter(line -> !line.matches(progress)).count(), errors);
        assertTrue(errors.contains("cannot write") && errors.contains("gradient.jsonl"), errors);
        List<String> gradient = lines(full.resolve("results/gradient.jsonl"));
        assertTrue(gradient.size() > 2 && gradient.size() < IMAGES, "it stopped in the middle: " + gradient.size());
        assertTrue(Files.readString(full.resolve("results/gradient.jsonl")).endsWith("}\n"), "the torn line was cut");
        assertEquals(gradient.size(), lines(full.resolve("results/center.jsonl")).size(),
                "nothing ran after the failure");

        Ran resumed = Ran.of(arguments(full));

        assertEquals(0, resumed.status(), resumed.err());
        assertEquals(gradient, lines(full.resolve("results/gradient.jsonl")).subList(0, gradient.size()));
        assertEquals(Files.readString(whole.resolve("tables.csv")), Files.readString(full.resolve("tables.csv")));
    }

    private static List<String> lines(Path file) throws IOException {
        return Files.readAllLines(file);
    }

    private String[] arguments(Path out) throws IOException {
        Path weights = folder.resolve("net.safetensors");   // built-in weights would be copied to a temporary file
        if (!Files.exists(weights)) {
            try (InputStream model = SyntheticShapes.model()) {
                Files.copy(model, weights);
            }
        }
        return new String[] {"evaluate", "--limit", String.valueOf(IMAGES), "--method", "gradient,center", "--metric",
            "pointing,deletion", "--weights", weights.toString(), "--out", out.toString()};
    }

    /** Runs a command that cannot write files of more than some kilobytes; returns its errors. */
    private String limited(int kilobytes, String... arguments) throws Exception {
        String provider = System.getProperty("sectional.provider", "auto");
        List<String> command = new ArrayList<>(List.of("/bin/bash", "-c", "ulimit -f " + kilobytes + "; exec \"$@\"",
                "bash",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:-UsePerfData"));
        if (provider.equals("simd")) {
            command.add("--add-modules=jdk.incubator.vector");
        }
        command.addAll(List.of("-Dsectional.provider=" + provider, "-cp", System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        Path log = folder.resolve("log");
        Process process = new ProcessBuilder(command).redirectError(log.toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        assertTrue(process.waitFor(2, TimeUnit.MINUTES), "it ends");
        String errors = Files.readString(log, StandardCharsets.UTF_8).lines()
                .filter(line -> !line.startsWith("WARNING: Using incubator modules"))
                        .reduce("", (a, b) -> a + b + "\n");
        assertEquals(2, process.exitValue(), errors);
        return errors;
    }
}
