package dev.sectional.cli.internal.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import dev.sectional.cli.internal.output.Console;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code inspect --plan} predicts and what {@code explain --json-layers} says was run. */
class PlanTest {
    private static final String FACE = "src/test/resources/face.png";
    private static final String SLIM = "src/test/resources/vgg16-slim.safetensors";
    private static final int CONVOLUTIONS = 13;

    @TempDir
    Path folder;

    private static String run(String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int status = Commands.run(args, new Console(new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8), null));
        assertEquals(0, status, err.toString(StandardCharsets.UTF_8));
        return out.toString(StandardCharsets.UTF_8);
    }

    private static List<String> values(String json, String field) throws IOException {
        List<String> values = new ArrayList<>();
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            while (parser.nextToken() != null) {
                if (parser.currentToken().isScalarValue() && field.equals(fieldOf(parser))) {
                    values.add(parser.getText());
                }
            }
        }
        return values;
    }

    /** The name of the field that a value, or the array around it, belongs to. */
    private static String fieldOf(JsonParser parser) throws IOException {
        return parser.getParsingContext().inArray() ? parser.getParsingContext().getParent().getCurrentName()
                : parser.currentName();
    }

    private static long number(String cell) {
        return Long.parseLong(cell.replace(",", ""));
    }

    @Test
    void inspectPrintsThePlanAsATable() {
        List<String> lines = run("inspect", SLIM, "--plan", "--input-size", "64x96", "--provider",
                "scalar").lines().toList();

        assertTrue(lines.get(0).startsWith(SLIM + ": image 3x64x96, "), lines.get(0));
        assertEquals("layer kind output algorithm multiply-adds weight bytes activation bytes LRP rule RSP rule",
                lines.get(1).replaceAll(" +", " "));
        List<String> first = List.of(lines.get(2).split(" +"));
        assertEquals(List.of("features.0", "Conv2d", "64x96x16", "direct"), first.subList(0, 4));
        assertEquals(27L * 64 * 96 * 16, number(first.get(4)));
        assertEquals(4L * 27 * 16, number(first.get(5)));
        assertEquals(4L * 64 * 96 * (3 + 16), number(first.get(6)));
        long[] sums = new long[3];
        List<String[]> layers = lines.subList(2, lines.size() - 1).stream().map(line -> line.split(" +")).toList();
        layers.forEach(cells -> Arrays.setAll(sums, i -> sums[i] + number(cells[4 + i])));
        assertEquals(CONVOLUTIONS,
                layers.stream().filter(cells -> cells[1].equals("Conv2d") && !cells[3].equals("-")).count());
        String[] total = lines.get(lines.size() - 1).split(" +");
        assertEquals("total", total[0]);
        assertEquals(Arrays.stream(sums).boxed().toList(),
                List.of(number(total[4]), number(total[5]), number(total[6])));
    }

    @Test
    void inspectPrintsThePlanAsJson() throws IOException {
        String json = run("inspect", SLIM, "--plan", "--json");

        assertEquals(1, json.lines().count());
        assertEquals(List.of("3", "128", "128"), values(json, "image"));
        assertEquals(CONVOLUTIONS, values(json, "kind").stream().filter("Conv2d"::equals).count());
        assertEquals(2 * CONVOLUTIONS, values(json, "rules").size());
    }

    @Test
    void explainTellsWhichAlgorithmsRan() throws IOException {
        String json = run("explain", FACE, "--weights", SLIM, "--json-layers", "--target", "face", "--out",
                folder.toString());

        List<String> layers = values(run("inspect", SLIM, "--plan", "--json"), "name");
        List<String> names = values(json, "name");
        assertEquals(layers, names.subList(names.size() - layers.size(), names.size()),
                "the forward pass, in its order");
        List<String> ran = values(json, "algorithms");
        assertEquals(CONVOLUTIONS, ran.size(), "one algorithm for each convolution's rule");
        assertTrue(Set.of("direct", "winograd", "gram", "sparse").containsAll(ran), ran.toString());
        assertEquals("direct", ran.get(CONVOLUTIONS - 1), "z^B at the first convolution, which relevance reaches last");
        assertTrue(ran.contains("gram"), "deep layers have few positions: " + ran);
        assertEquals(CONVOLUTIONS, values(json, "algorithm").size());
    }

    @Test
    void explainLeavesTheLayersOutByDefault() {
        String json = run("explain", FACE, "--weights", SLIM, "--json", "--target", "face", "--out", folder.toString());

        assertFalse(json.contains("\"layers\"") || json.contains("algorithm"), json);
    }
}
