package dev.sectional.cli.internal.command;

import dev.sectional.cli.internal.output.Console;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Exit status and output of one command. */
record Ran(int status, String out, String err) {
    /** A small VGG16 of 20 classes, one of them face. */
    static final String SLIM = "src/test/resources/vgg16-slim.safetensors";
    /** A photograph that the small network explains as a face. */
    static final String FACE = "src/test/resources/face.png";

    /** Returns the lines of standard output. */
    List<String> lines() {
        return out.lines().toList();
    }

    /** Runs a command in this process with the small network, unless the arguments name another. */
    static Ran withSlim(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        if (!all.contains("--weights")) {
            all.addAll(1, List.of("--weights", SLIM));
        }
        return of(all.toArray(String[]::new));
    }

    /** Runs a command in this process, without a terminal. */
    static Ran of(String... arguments) {
        return bytes(new byte[1][], arguments);
    }

    /** Does the same and gives standard output as bytes. */
    static Ran bytes(byte[][] result, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int status = Commands.run(arguments, new Console(new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8), null));
        result[0] = out.toByteArray();
        return new Ran(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** Does the same and writes standard output to a file, which can be read while the command runs. */
    static Ran into(Path file, String... arguments) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        try (PrintStream out = new PrintStream(Files.newOutputStream(file), true, StandardCharsets.UTF_8)) {
            int status = Commands.run(arguments, new Console(out, new PrintStream(err, true, StandardCharsets.UTF_8),
                    null));
            return new Ran(status, "", err.toString(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
