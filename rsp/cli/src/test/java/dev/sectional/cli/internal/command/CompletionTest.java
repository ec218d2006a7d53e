package dev.sectional.cli.internal.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script for bash, in bash. */
class CompletionTest {
    @TempDir
    Path folder;

    @Test
    void bashCompletesCommandsAndOptions() throws Exception {
        assertEquals(List.of("explain"), completed("sectional", "exp"));
        List<String> options = completed("sectional", "explain", "--over");
        assertTrue(options.containsAll(List.of("--overlay-gamma", "--overlay-opacity")), options.toString());
        assertTrue(completed("sectional", "evaluate", "--data").contains("--data-dir"));
    }

    /** Returns what bash offers for the last word of a line. */
    private List<String> completed(String... words) throws IOException, InterruptedException {
        Path script = folder.resolve("completion.bash");
        Files.writeString(script, Ran.of("completion", "bash").out());
        Path asked = folder.resolve("ask.bash");
        Files.writeString(asked, "source " + script + "\nCOMP_WORDS=(" + String.join(" ", words) + ")\nCOMP_CWORD="
                + (words.length - 1) + "\n_complete_sectional\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n");
        Process bash = new ProcessBuilder("bash", asked.toString()).redirectErrorStream(true).start();
        String said = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, bash.waitFor(), said);
        return said.lines().map(String::strip).toList();
    }
}
