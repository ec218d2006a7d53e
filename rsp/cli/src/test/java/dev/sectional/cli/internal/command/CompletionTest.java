package dev.sectional.cli.internal.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "explain --fit cr | crop",
        "explain -m grad-c | grad-cam",
        "explain --method=grad-c | grad-cam",
        "explain --preset im | imagenet",
        "explain --backend s | simd scalar",
        "explain --colours p | purple-orange",
        "explain --scale r | run",
        "explain --arch mobilenet_v3_s | mobilenet_v3_small",
        "explain --weights resnet1 | resnet18 resnet101 resnet152",
        "explain -w 'ph' | photo.png photos",
        "explain --out p | photos",
        "explain ph | photo.png photos",
        "explain --threads 1 | ''",
        "explain --method rsp:st | ''",
        "evaluate --metric p | pointing",
        "evaluate --dataset voc2 | voc2007 voc2012",
        "fetch vgg16 | vgg16 vgg16_bn",
        "help comp | completion",
        "completion z | zsh",
        "--vers | --version"})
    void bashCompletesValues(String line, String wanted) throws Exception {
        Files.createFile(folder.resolve("photo.png"));
        Files.createDirectory(folder.resolve("photos"));
        // Bash makes words of its own of these signs.
        String[] words = ("sectional " + line).replace("=", " = ").replace(":", " : ").split(" ");
        assertEquals(wanted, String.join(" ", completed(words)).strip());
    }

    @Test
    void scriptsHoldEveryOptionButNoDeprecatedName() {
        for (String shell : List.of("bash", "fish")) {
            String script = Ran.of("completion", shell).out();
            for (String name : List.of("arch", "backend", "percentile", "fit", "json-layers")) {
                assertTrue(script.contains((shell.equals("fish") ? "-l " : "--") + name + " "), shell + " " + name);
            }
            for (String name : List.of("model", "provider", "clip", "preprocess", "bgr")) {
                assertFalse(script.matches("(?s).*(-l |--)" + name + "[ |)'].*"), shell + " " + name);
            }
        }
        assertTrue(Ran.of("completion", "zsh").out().contains("bashcompinit"));
        assertTrue(Ran.of("completion", "fish").lines().stream().anyMatch(line -> line.contains("_from explain'")
                && line.contains(" -l fit -x -a 'squash crop pad torchray'")));
    }

    /** Returns what bash offers for the last word of a line. */
    private List<String> completed(String... words) throws IOException, InterruptedException {
        Path script = folder.resolve("completion.bash");
        Files.writeString(script, Ran.of("completion", "bash").out());
        Path asked = folder.resolve("ask.bash");
        Files.writeString(asked, "source " + script + "\nCOMP_WORDS=(" + String.join(" ", words) + ")\nCOMP_CWORD="
                + (words.length - 1) + "\n_complete_sectional\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n");
        Process bash = new ProcessBuilder("bash", asked.toString()).redirectErrorStream(true)
                .directory(folder.toFile()).start();
        String said = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, bash.waitFor(), said);
        return said.lines().map(String::strip).toList();
    }
}
