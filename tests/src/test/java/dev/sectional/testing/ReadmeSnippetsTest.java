package dev.sectional.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.image.PngWriter;
import dev.sectional.testing.Readme.Block;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compiles every Java block of every README as written, and runs the statements among them, one after the other, in a
 * program whose variables are {@link #SURROUNDINGS}. A line of three dots stands for the reader's code and is left out.
 */
class ReadmeSnippetsTest {
    private static final List<String> IMPORTS = List.of("dev.sectional.core.*", "dev.sectional.core.io.*",
            "dev.sectional.nn.*", "dev.sectional.nn.layer.*", "dev.sectional.nn.model.*", "dev.sectional.nn.rule.*",
            "dev.sectional.attribution.*", "dev.sectional.attribution.method.*", "dev.sectional.attribution.image.*",
            "dev.sectional.images.*", "dev.sectional.weights.*", "dev.sectional.viewer.*", "dev.sectional.laws.*",
            "java.io.*", "java.nio.file.*", "java.util.*", "net.jqwik.api.*");
    /** What the blocks take for granted: variables, a rule and a layer of the reader. */
    private static final String SURROUNDINGS = """
                static Network network = ModelFiles.load(Path.of("model.onnx"),
                        LoadOptions.builder().mean(0.485, 0.456, 0.406).std(0.229, 0.224, 0.225).build());
                static Tensor image = ImageFile.read(Path.of("photo.jpg")).input(network.card());
                static Method method = Rsp.reference();
                static Target target = Target.top(1);
                static Composite mine = Composite.epsilonPlus();
                static Tensor weight = Tensor.zeros(Shape.of(4, 3, 3, 3));
                static Tensor bias = Tensor.zeros(Shape.of(4));
                static Tensor matrix = Tensor.zeros(Shape.of(2, 256));

                static class MyRule implements Rule {
                    public String name() { return "mine"; }
                    public boolean fits(Layer layer) { return layer instanceof Conv2d; }
                    public Propagated propagate(Engine engine, Layer layer, Tensor x, Tensor r) { return null; }
                }

                static class MyLayer implements Layer {
                    MyLayer(Tensor weights) { }
                    public Shape outputShape(Shape input) { return input; }
                    public Tensor forward(Engine engine, Tensor x) { return x; }
                    public Tensor gradient(Engine engine, Tensor x, Tensor y, Tensor r) { return r; }
                }
            """;
    /** Pages whose blocks need more than the class path here, and what holds them instead. */
    private static final Map<String, String> ELSEWHERE = Map.of(
            "rsp/spark/README.md", "needs Spark; ExplanationsTest makes the same calls");
    private static final Pattern DECLARATION = Pattern.compile("^(?:final )?class ", Pattern.MULTILINE);

    @TempDir
    Path folder;

    private static List<Block> blocks() {
        return Readme.blocks("java").stream().filter(block -> !ELSEWHERE.containsKey(block.page().toString())).toList();
    }

    private static String program(List<Block> blocks) {
        StringBuilder program = new StringBuilder();
        IMPORTS.forEach(each -> program.append("import ").append(each).append(";\n"));
        program.append("public class Snippets {\n").append(SURROUNDINGS);
        List<String> calls = new ArrayList<>();
        for (int i = 0; i < blocks.size(); i++) {
            String text = String.join("\n", blocks.get(i).lines()).replaceAll("(?m)^\\s*\\.\\.\\.\\s*$", "");
            String from = "    // " + blocks.get(i).page() + "\n";
            if (DECLARATION.matcher(text).find()) {
                program.append("static class Block").append(i).append(" {\n").append(from)
                        .append(DECLARATION.matcher(text).replaceAll("static $0")).append("\n}\n");
            } else {
                calls.add("System.out.println(\"block " + i + "\"); block" + i + "();");
                program.append("static void block").append(i).append("() throws Exception {\n").append(from)
                        .append(text).append("\n}\n");
            }
        }
        return program.append("public static void main(String[] args) throws Exception {\n")
                .append(String.join("\n", calls)).append("\nSystem.out.println(\"done\");\n}\n}\n").toString();
    }

    @Test
    void everyBlockCompilesAndItsStatementsRun() throws Exception {
        List<Block> blocks = blocks();
        assertTrue(blocks.size() >= 8, "the pages have blocks: " + blocks.size());
        Path source = Files.writeString(folder.resolve("Snippets.java"), program(blocks));
        StringWriter errors = new StringWriter();
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        boolean compiled = compiler.getTask(errors, null, null, List.of("-proc:none", "-cp",
                System.getProperty("java.class.path"), "-d", folder.toString()), null,
                compiler.getStandardFileManager(null, null, null).getJavaFileObjects(source)).call();
        assertTrue(compiled, errors + Files.readString(source));

        prepare();
        Path out = folder.resolve("stdout");
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g", "-cp", folder + ":" + System.getProperty("java.class.path"), "Snippets")
                .directory(folder.toFile()).redirectErrorStream(true).redirectOutput(out.toFile()).start();
        assertTrue(process.waitFor(5, TimeUnit.MINUTES), "it ends");
        String printed = Files.readString(out);
        assertEquals(0, process.exitValue(), printed);
        assertTrue(printed.endsWith("done\n") && !printed.contains("BROKEN") && printed.contains(" holds"), printed);
        assertTrue(Files.size(folder.resolve("map.png")) > 100, "the map of the first page");
    }

    private void prepare() throws IOException {
        Files.copy(Readme.top().resolve("tests/src/test/resources/agreement/vgg.onnx"), folder.resolve("model.onnx"));
        int[] pixels = new int[40 * 30];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = i * 0x010305;
        }
        try (OutputStream photo = Files.newOutputStream(folder.resolve("photo.jpg"))) {   // found out by its content
            PngWriter.write(photo, 40, 30, pixels);
        }
    }
}
