package dev.sectional.cli.internal.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.images.files.Npy;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The three commands that open a network judge every file alike: {@code inspect} shows a network where {@code explain}
 * explains with it, {@code convert} writes a file that {@code explain} takes, and what one refuses all refuse, for the
 * same reason. The files are fixtures of the repository, those that are refused included, and damaged ones: every
 * sixth, with {@code -Dsectional.fixtures=all} each.
 */
class SameVerdictTest {
    private static final String MODELS = ".*\\.(pth|tar|h5|keras|npz|npy|onnx|safetensors|zip|corpus)";
    private static final List<String> FIXTURES = List.of("../../weights-import/src/test/resources",
            "../../tests/src/test/resources", "src/test/resources");

    private static final Pattern NETWORK = Pattern.compile("\nnetwork: .*input (\\d+)x(\\d+)x(\\d+), ");
    private static final Pattern NONE = Pattern.compile("\nnetwork: none that explain supports \\((.*)\\)\n");

    @TempDir
    Path folder;

    private int explained;
    private int refused;

    @Test
    void commandsAgreeOnEveryFixture() throws IOException {
        List<String> disagreements = new ArrayList<>();
        List<Path> files = files();
        int step = "all".equals(System.getProperty("sectional.fixtures")) ? 1 : 6;
        for (int i = 0; i < files.size(); i += step) {
            judge(files.get(i), disagreements);
        }
        assertEquals(List.of(), disagreements);
        assertTrue(explained > 100 / step && refused > 50 / step, explained + " explained, " + refused + " refused");
    }

    @Test
    void commandsAgreeOnDamagedFiles() throws IOException {
        List<String> disagreements = new ArrayList<>();
        for (String name : List.of("vgg_tiny.safetensors", "vgg_tiny.zip.pth", "vgg_tiny.keras", "vgg_tiny.onnx",
                "vgg_tiny.npz")) {
            byte[] bytes = Files.readAllBytes(Path.of(FIXTURES.get(0), name));
            for (int cut : new int[] {0, 7, bytes.length / 2, bytes.length - 1}) {
                Path file = folder.resolve(cut + name);
                judge(Files.write(file, Arrays.copyOf(bytes, cut)), disagreements);
            }
            byte[] wrong = bytes.clone();
            Arrays.fill(wrong, bytes.length / 2, bytes.length / 2 + 4, (byte) -1);   // a NaN among the weights, if any
            judge(Files.write(folder.resolve("wrong" + name), wrong), disagreements);
        }
        assertEquals(List.of(), disagreements);
        assertTrue(refused >= 15, refused + " refused");
    }

    private static List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        for (String fixtures : FIXTURES) {
            try (Stream<Path> found = Files.walk(Path.of(fixtures))) {
                found.filter(path -> path.toString().matches(MODELS)).forEach(files::add);
            }
        }
        files.sort(Comparator.comparing(SameVerdictTest::ending).thenComparing(Comparator.naturalOrder()));
        return files;
    }

    /** Networks often have a file of expected values beside them, so every sixth by name may miss one kind. */
    private static String ending(Path file) {
        return file.toString().substring(file.toString().lastIndexOf('.'));
    }

    private void judge(Path file, List<String> disagreements) throws IOException {
        Ran inspected = Ran.of("inspect", file.toString());
        Matcher network = NETWORK.matcher(inspected.out());
        boolean finite = !inspected.out().contains("\nnot finite: ");
        boolean shown = network.find() && finite;
        Shape shape = shown ? Shape.of(number(network, 1), number(network, 2), number(network, 3))
                : Shape.of(3, 32, 32);
        Ran explanation = explain(file, shape);
        Matcher none = NONE.matcher(inspected.out());
        String problem = none.find() ? none.group(1) : inspected.err().strip();
        if (shown != (explanation.status() == 0) || finite && !shown && !explanation.err().contains(problem)) {
            disagreements.add(file + ": inspect " + (shown ? "shows a network" : "refuses: " + problem)
                    + ", explain: " + explanation.err());
            return;
        }
        Path converted = folder.resolve("converted.safetensors");
        Ran conversion = Ran.of("convert", file.toString(), converted.toString());
        boolean noted = conversion.err().contains("but no network that explain supports");
        boolean taken = conversion.status() == 0 && explain(converted, shape).status() == 0;
        if (taken != shown || finite && conversion.status() == 0 && taken == noted) {
            disagreements.add(file + ": explain " + (shown ? "takes" : "refuses") + " it, and "
                    + (taken ? "takes" : "refuses") + " what convert made of it: " + conversion.err());
        }
        explained += shown ? 1 : 0;
        refused += shown ? 0 : 1;
    }

    private static int number(Matcher matcher, int group) {
        return Integer.parseInt(matcher.group(group));
    }

    private Ran explain(Path file, Shape shape) throws IOException {
        Tensor image = Tensor.zeros(shape);
        for (int i = 0; i < image.data().length; i++) {
            image.data()[i] = (float) Math.sin(i);
        }
        Path array = folder.resolve("input.npy");
        try (OutputStream out = Files.newOutputStream(array)) {
            Npy.write(out, image);
        }
        return Ran.of("explain", array.toString(), "--weights", file.toString(), "--method", "gradient", "--threads",
                "1", "--out", folder.toString());
    }
}
