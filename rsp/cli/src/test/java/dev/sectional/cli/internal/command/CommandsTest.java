package dev.sectional.cli.internal.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.sectional.attribution.image.ImageTensors;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.io.SafetensorsWriter;
import dev.sectional.images.ImageFile;
import dev.sectional.images.files.Npy;
import dev.sectional.images.files.OutputFiles;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.model.Vgg;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandsTest {
    private static final String FACE = Ran.FACE;
    private static final String SLIM = Ran.SLIM;

    @TempDir
    Path folder;

    @Test
    void explainsAFolder() throws IOException {
        Path images = Files.createDirectory(folder.resolve("images"));
        Files.copy(Path.of(FACE), images.resolve("face.png"));
        Files.copy(Path.of("samples/coffee.png"), images.resolve("coffee.png"));
        Files.writeString(images.resolve("notes.txt"), "no image");

        Ran ended = run("explain", images.toString(), "--out", folder.toString());

        assertEquals(0, ended.status(), ended.err());
        assertEquals(2, ended.lines().size());
        assertTrue(ended.lines().get(1).startsWith(images.resolve("face.png") + ": face 1.000 -> "), ended.out());
        assertEquals(List.of("coffee.rsp.png", "face.rsp.png", "images"), names());
    }

    @Test
    void savesTheValuesThatItReports() throws IOException {
        Path pattern = folder.resolve("{image}-{target}.npy");

        Ran ended = run("explain", FACE, "--json-layers", "--target", "sea turtle", "--target", "2", "--method",
                "rsp:start=relative",
                "--out",
                folder.toString(), "--save-relevance", pattern.toString(), "--save-logits",
                        folder.resolve("logits.npy").toString());

        assertEquals(0, ended.status(), ended.err());
        assertEquals(List.of("face-face.npy", "face-sea-turtle.npy", "face.rsp-start=relative.png", "logits.npy"),
                names());
        assertEquals(2, ended.lines().size());
        assertTrue(ended.lines().get(0).contains("\"label\":\"sea turtle\""), ended.out());
        Tensor relevance = Npy.readImage(folder.resolve("face-face.npy"));
        double reported = lastNumber(ended.lines().get(1), "input_sum");
        assertEquals(reported, relevance.sum(), 1e-5 * relevance.sumOfAbsolutes());
        assertEquals(128 + 20 * Float.BYTES, Files.size(folder.resolve("logits.npy")));
    }

    /** An array is taken as it is: the image's own input saved and given back explains alike, to the bit. */
    @Test
    void takesAnArrayAsItIs() throws IOException {
        Path array = array(128);

        String name = folder.resolve("{image}.rel.npy").toString();
        Ran ended = run("explain", FACE, array.toString(), "--out", folder.toString(), "--save-relevance", name,
                "--panel", "separate");

        assertEquals(0, ended.status(), ended.err());
        assertArrayEquals(Files.readAllBytes(folder.resolve("face.rel.npy")),
                Files.readAllBytes(folder.resolve("array.rel.npy")));
        assertTrue(names().containsAll(List.of("face.face.rsp.heatmap.png", "face.face.rsp.overlay.png")), ended.out());
    }

    /**
     * What is given by hand wins over what the weights say: the built-in model's own settings, once more, on another
     * scale.
     */
    @Test
    void preparesImagesAsItIsTold() throws IOException {
        String name = folder.resolve("rel.npy").toString();
        List<byte[]> maps = new ArrayList<>();
        for (String[] options : new String[][] {{},
                {"--pixel-max", "255", "--mean", "123.675,116.28,103.53", "--std", "58.395,57.12,57.375"},
            {"--mean", "0.5", "--channel-order", "bgr"}, {"--preset", "imagenet"}}) {
            List<String> args = new ArrayList<>(List.of("explain", FACE, "--target", "face", "--out", folder.toString(),
                    "--save-relevance", name));
            args.addAll(List.of(options));
            Ran ended = run(args.toArray(String[]::new));
            assertEquals(0, ended.status(), ended.err());
            maps.add(Files.readAllBytes(Path.of(name)));
        }
        assertArrayEquals(maps.get(0), maps.get(1));
        assertArrayEquals(maps.get(0), maps.get(3));
        assertNotEquals(Arrays.hashCode(maps.get(0)), Arrays.hashCode(maps.get(2)));
    }

    /** The face at another size, normalised: small ones are explained in less time. */
    private Path array(int size) {
        byte[] rgb = ImageFile.read(Path.of(FACE)).resized(size, size);
        Tensor input = ImageTensors.normalised(rgb, size, size, ModelCard.fromMetadata(Map.of()));
        Path array = folder.resolve("array.npy");
        try (OutputFiles outputs = new OutputFiles()) {
            outputs.add(array, out -> Npy.write(out, input));
            outputs.keep();
        }
        return array;
    }

    @Test
    void everyOptionOfTheMapChangesIt() throws IOException {
        String array = array(64).toString();
        List<byte[]> maps = new ArrayList<>();
        for (String[] options : new String[][] {{}, {"--percentile", "100"}, {"--method", "rsp:purge=true"},
            {"--method", "rsp:layer=features.22"}, {"--scale", "0.5"}, {"--colours", "purple-orange"},
            {"--overlay-gamma", "0.5"}}) {
            List<String> args = new ArrayList<>(List.of("explain", array, "--target", "face", "--out",
                    folder.toString()));
            args.addAll(List.of(options));
            Ran ended = run(args.toArray(String[]::new));
            assertEquals(0, ended.status(), ended.err());
            byte[] map = Files.readAllBytes(figure());
            maps.forEach(other -> assertNotEquals(Arrays.hashCode(other), Arrays.hashCode(map)));
            maps.add(map);
        }
    }

    /** The one figure, under whatever name; it is deleted. */
    private Path figure() throws IOException {
        Path figure = folder.resolve("figure.data");
        List<String> drawn = names().stream().filter(name -> name.endsWith(".png")).toList();
        assertEquals(1, drawn.size(), drawn.toString());
        return Files.move(folder.resolve(drawn.get(0)), figure, StandardCopyOption.REPLACE_EXISTING);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--threads 0                            | --threads 0",
        "--threads two                          | --threads",
        "--pixel-max 100                        | --pixel-max 100.0: give 1 or 255",
        "--channel-order grb                    | --channel-order grb: use rgb or bgr",
        "--mean 1,2                             | one number, or one for each of the 3 channels",
        "--mean 1 --std 1,0,1                   | none of them 0",
        "--input-size 0                         | --input-size 0: give a number of pixels",
        "--input-size 2x3x4                     | --input-size 2x3x4",
        "--output y                             | it is not an ONNX graph, so it has no output 'y' to choose",
        "--backend gpu                          | gpu",
        "--target nosuch                        | nosuch",
        "--target 20                            | 0 to 19",
        "--target -1                            | 0 to 19",
        "--target top0                          | top0",
        "--method rsp:start=sideways            | sideways",
        "--method rsp:start=relative,classes=face | only class of interest",
        "--method rsp:start=relative,classes=p200 | p200",
        "--method rsp:classes=top3              | needs start=relative",
        "--method rsp:strat=relative            | did you mean 'start'?",
        "--method rps                           | did you mean 'rsp'?",
        "--target fase                          | did you mean 'face'?",
        "--method lrp                           | epsilon-plus",
        "--method epsilon-plus:products=half    | products=half is unknown: use signal or uniform",
        "--method lrp-epsilon:epsilon=-1        | epsilon is a number of at least 0",
        "--method lrp-alpha-beta:alpha=0.5      | alpha is a number of at least 1",
        "--method lrp-alpha-beta:alpha=3,beta=1 | beta is alpha - 1",
        "--method smooth-grad:seed              | NAME=VALUE",
        "--method smooth-grad:steps=5           | no setting 'steps'",
        "--method integrated-gradients:steps=0  | take 1 to 10000 steps",
        "--method grad-cam:layer=nosuch         | no layer 'nosuch'",
        "--method rsp:layer=nosuch              | nosuch",
        "--percentile 0                         | --percentile",
        "--percentile 101                       | --percentile",
        "--panel wide                           | --panel wide: use none, figure or separate",
        "--scale huge                           | --scale huge: use image, run",
        "--scale -1                             | --scale -1",
        "--colours rainbow                      | --colours rainbow is unknown",
        "--overlay-gamma 0                      | --overlay-gamma",
        "--fit stretch                          | --fit stretch is unknown",
        "--on-error ignore                      | --on-error ignore: use skip or fail",
        "--save-relevance r.npy --method all    | {method}",
        "--arch vgg16                           | vgg16-slim",
        "--weights nosuch.safetensors           | nosuch.safetensors",
        "--weights src/test/resources/face.png             | src/test/resources/face.png",
        "--labels nosuch.txt                    | nosuch.txt",
        "--labels pom.xml                       | 20 classes",
        "--save-relevance r.npy --target top2   | {target}",
        "--save-logits l.npy samples/coffee.png | {image}",
        "src/test/resources/face.png                       | named twice",
        "--nosuch                               | --nosuch",
        "--tagret 2                             | did you mean '--target'?",
    })
    void saysOnOneLineWhatIsWrong(String options, String said) throws IOException {
        List<String> args = new ArrayList<>(List.of("explain", FACE, "--out", folder.toString()));
        args.addAll(List.of(options.split(" +")));

        Ran ended = run(args.toArray(String[]::new));

        assertRefused(ended, said);
        assertEquals(List.of(), names());
    }

    @ParameterizedTest
    @ValueSource(strings = {"src/test/resources/face.png", "src/test/resources/face.png/below"})
    void needsAFolderForItsResults(String out) {
        assertRefused(run("explain", FACE, "--out", out), "--out");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"explain | IMAGE", "nosuch | nosuch", "explian x | did you mean 'explain'?",
                "completion cmd | use bash, zsh or fish", "convert a | OUT",
            "inspect nosuch | nosuch", "inspect vgg17 | vgg17: there is no file of that name, and fetch knows no such",
                "verify nosuch.png | nosuch.png", "verify --tolerance 0 | --tolerance",
                "verify src | the folder src holds no image: name a file or another folder",
                "explain samples/coffee.png samples/chelsea.png --out - | --out -: standard output takes one figure",
                "verify --method gradient | no property", "verify --method rsp --method rap | one method",
        "verify --random -1 | --random", 
                "convert nosuch x.safetensors | nosuch: there is no file of that name, and fetch knows no such model",
                "convert efficientnet-lite0 x.safetensors | efficientnet-lite0: that is the built-in network",
        "convert src/test/resources/face.png x.safetensors | face.png",
                "convert src/test/resources/face.png x.pth | .safetensors",
        "convert src/test/resources/face.png nosuch/x.safetensors | nosuch"})
    void refusesWrongCommands(String args, String said) {
        assertRefused(run(args.split(" ")), said);
        assertTrue(Files.notExists(Path.of("x.safetensors")));
    }

    @Test
    void takesLabelsFromAFile() throws IOException {
        Path labels = folder.resolve("labels.txt");
        Files.write(labels, Stream.iterate(0, i -> i + 1).limit(20).map(i -> i == 2 ? "Gesicht ü/x" : "nr " + i)
                .toList());

        Ran ended = run("explain", FACE, "--labels", labels.toString(), "--target", "gesicht ü/x", "--panel",
                "separate", "--out",
                folder.toString());

        assertEquals(0, ended.status(), ended.err());
        assertTrue(ended.out().contains("Gesicht ü/x 1.000"), ended.out());
        assertTrue(names().contains("face.Gesicht-ü-x.rsp.heatmap.png"), names().toString());
    }

    /** A plain line is not read by the library that reads all others. */
    @Test
    void convertsTheSameByAPlainLine() throws IOException {
        Path in = folder.resolve("in.safetensors");
        Files.copy(Path.of(SLIM), in);
        Path out = folder.resolve("out.safetensors");
        Ran plain = run("convert", in.toString(), out.toString());
        byte[] written = Files.readAllBytes(out);
        Files.delete(out);

        Ran parsed = run("convert", "--", in.toString(), out.toString());
        Ran told = run("convert", in.toString(), "--mean=0.5");

        assertEquals(0, plain.status(), plain.err());
        assertEquals(plain, parsed);
        assertArrayEquals(written, Files.readAllBytes(out));
        assertEquals(2, told.status());
        assertTrue(told.err().contains("OUT.safetensors"), told.err());
    }

    @Test
    void convertsAndInspects() throws IOException {
        Path copy = folder.resolve("copy.safetensors");

        Ran converted = run("convert", SLIM, copy.toString());
        Ran text = run("inspect", copy.toString());
        Ran json = run("inspect", copy.toString(), "--json");

        assertEquals(0, converted.status(), converted.err());
        assertEquals(0, text.status(), text.err());
        assertTrue(text.out().contains("features.0.weight") && text.out().contains("16x3x3x3"), text.out());
        assertTrue(text.out().contains("20 classes"), text.out());
        assertEquals(32, count(json.out(), "type"));
        String array = array(64).toString();
        assertEquals(run("explain", array, "--out", folder.toString()).out(),
                run("explain", array, "--out", folder.toString(), "--weights", copy.toString()).out());
    }

    @Test
    void convertsToHalfPrecision() throws IOException {
        Path whole = folder.resolve("whole.safetensors");
        Path half = folder.resolve("half.safetensors");
        Path labels = folder.resolve("labels.txt");
        Files.write(labels, Stream.iterate(0, i -> i + 1).limit(6).map(i -> "class " + i).toList());
        String onnx = "../../weights-import/src/test/resources/vgg_tiny.onnx";

        assertEquals(0, run("convert", onnx, whole.toString(), "--output", "logits").status());
        Ran unknown = run("convert", onnx, whole.toString(), "--output", "scores");
        assertEquals(2, unknown.status());
        assertTrue(unknown.err().contains("it has no output 'scores': it has logits"), unknown.err());
        assertTrue(run("inspect", onnx, "--output", "scores").out().contains("no output 'scores'"));
        Ran stated = run("inspect", onnx, "--probabilities", "sigmoid");
        assertTrue(stated.out().contains("classes, sigmoid") && !stated.out().contains("a softmax"), stated.out());
        assertTrue(run("inspect", onnx).out().contains("assumed: the outputs are logits, and their softmax"));
        Ran wrong = run("inspect", onnx, "--probabilities", "tanh");
        assertEquals("sectional: --probabilities tanh: use softmax, sigmoid or none", wrong.err().strip());
        Ran ended = run("convert", onnx, half.toString(), "--half", "--labels", labels.toString(), "--source", "ours");

        assertEquals(0, ended.status(), ended.err());
        String inspected = run("inspect", half.toString()).out();
        assertTrue(inspected.contains("F16") && inspected.contains("class 5") && inspected.contains("ours"), inspected);
        assertTrue(Files.size(half) < Files.size(whole));
    }

    /** Names are shown as text, whatever they hold, and a broken value is found without explaining anything. */
    @Test
    void inspectsWhatIsBroken() {
        Path odd = folder.resolve("odd.safetensors");
        SafetensorsWriter.write(odd, Map.of("note", "\u001b[2J"), Map.of("a\nb", Tensor.of(Shape.of(2), 1, Float.NaN)));

        Ran ended = run("inspect", odd.toString());

        assertEquals(0, ended.status(), ended.err());
        assertEquals(5, ended.lines().size(), ended.out());
        assertTrue(ended.out().contains("a\\u000ab  F32   2") && ended.out().contains("note = \\u001b[2J"),
                ended.out());
        assertTrue(ended.out().contains("holds NaN at element 1") && ended.out().contains("network: none"),
                ended.out());
    }

    @Test
    void verifiesEveryLayer() {
        Ran ended = run("verify");

        assertEquals(0, ended.status(), ended.err());
        assertEquals(30 + 30 + 21, ended.lines().stream().filter(line -> line.endsWith("holds")).count(), ended.out());
    }

    @Test
    void verifiesOtherMethodsOnRandomTensors() {
        Ran ended = run("verify", "--method", "epsilon-gamma-box", "--random", "1", "--seed", "3");

        assertEquals(0, ended.status(), ended.err());
        assertEquals(1, ended.lines().stream().filter(line -> line.startsWith("random tensor")).count());
        assertTrue(ended.lines().stream().anyMatch(line -> line.contains("classifier.6") && line.contains("epsilon")
                && line.endsWith("holds  holds")));
    }

    /** Several methods make one sheet; every method is listed by name. */
    @Test
    void listsTheMethodsAndExplainsWithEach() throws IOException {
        Ran listed = run("methods", "--json");
        Ran drawn = run("explain", array(32).toString(), "--method", "all", "--target", "face", "--target", "cup",
                "--out", folder.resolve("sheets").toString());

        assertEquals(0, drawn.status(), drawn.err());
        assertTrue(listed.out().contains("\"name\":\"integrated-gradients\""), listed.out());
        assertEquals(2 * listed.lines().size(), drawn.lines().size());
        try (Stream<Path> files = Files.list(folder.resolve("sheets"))) {
            assertEquals(List.of("array.sheet.png"), files.map(file -> file.getFileName().toString()).toList());
        }
    }

    @Test
    void theSameSeedGivesTheSameBits() throws IOException {
        String array = array(32).toString();
        List<byte[]> saved = new ArrayList<>();
        for (String seed : List.of("1", "1", "2")) {
            String file = folder.resolve("saved.npy").toString();
            Ran ended = run("explain", array, "--method", "smooth-grad:samples=3,seed=" + seed, "--out",
                    folder.toString(), "--save-relevance", file);
            assertEquals(0, ended.status(), ended.err());
            saved.add(Files.readAllBytes(Path.of(file)));
        }
        assertArrayEquals(saved.get(0), saved.get(1));
        assertNotEquals(Arrays.hashCode(saved.get(0)), Arrays.hashCode(saved.get(2)));
    }

    /**
     * A tolerance below rounding finds a property "broken", which shows that the report can say so. A folder stands for
     * the images in it.
     */
    @Test
    void tellsAPropertyThatDoesNotHold() {
        Path array = array(64);
        Ran ended = run("verify", array.getParent().toString(), "--tolerance", "1e-15");

        assertEquals(1, ended.status(), ended.err());
        assertEquals(array.toString(), ended.lines().get(0));
        assertTrue(ended.out().contains("BROKEN") && ended.err().contains("a property does not hold"), ended.out());
    }

    /** A network whose activations are all 0: every property holds of zeros, which proves nothing. */
    @Test
    void tellsAVacuousCheck() {
        Path dead = folder.resolve("dead.safetensors");
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        Vgg.parameters(List.of("4", "M"), 3, 5, 2).forEach((name, shape) -> {
            Tensor tensor = Tensor.zeros(shape);
            Arrays.fill(tensor.data(), name.endsWith("bias") ? -1 : 0.1f);
            tensors.put(name, tensor);
        });
        Arrays.fill(tensors.get("features.0.bias").data(), -1000);
        SafetensorsWriter.write(dead, Map.of("sectional.layers", "4,M", "sectional.input", "3,4,4"), tensors);
        Ran ended = run("verify", "--weights", dead.toString(), "--random", "1");

        assertEquals(1, ended.status(), ended.err());
        assertTrue(ended.out().contains("vacuous") && !ended.out().contains("BROKEN"), ended.out());
        assertTrue(ended.err().contains("vacuous"), ended.err());
    }

    @Test
    void tellsVersionAndHelp() {
        assertEquals(List.of("sectional", "java", "provider"),
                run("--version").lines().stream().map(line -> line.substring(0, line.indexOf(' '))).toList());
        assertTrue(run().out().contains("explain"));
        assertTrue(run("explain", "--help").out().contains("--save-relevance"));
    }

    /** Deprecated options work as before and name what to write in their place. */
    @Test
    void deprecatedNamesStillWork() throws IOException {
        String file = folder.resolve("rel.npy").toString();
        List<byte[]> maps = new ArrayList<>();
        for (String options : List.of("--start relative --classes top2 --purge --clip 99 --provider scalar --bgr",
                "--method rsp:start=relative,classes=top2,purge=true --percentile 99 --backend scalar"
                        + " --channel-order bgr")) {
            List<String> args = new ArrayList<>(List.of("explain", FACE, "--out", folder.toString(), "--target", "face",
                    "--save-relevance", file));
            args.addAll(List.of(options.split(" ")));
            Ran ran = run(args.toArray(String[]::new));
            assertEquals(0, ran.status(), ran.err());
            assertEquals(maps.isEmpty() ? 6 : 0, ran.err().lines()
                    .filter(line -> line.contains("is deprecated: write --"))
                    .count(), ran.err());
            maps.add(Files.readAllBytes(Path.of(file)));
        }
        assertArrayEquals(maps.get(0), maps.get(1));
        Ran mixed = run("explain", FACE, "--method", "grad-cam", "--purge");
        assertEquals(2, mixed.status());
        assertTrue(mixed.err().contains("belong to a single --method rsp"), mixed.err());
    }

    @Test
    void quietPrintsResultsAndErrorsAlone() {
        Ran quiet = run("explain", array(64).toString(), "--quiet", "--out", folder.toString());
        assertEquals(0, quiet.status());
        assertEquals("", quiet.err());
        assertEquals(1, quiet.lines().size());
        Ran refused = run("explain", "nosuch.png", "-q");
        assertEquals(1, refused.err().lines().count(), refused.err());
        Ran verbose = run("explain", "nosuch.png", "--verbose");
        assertTrue(verbose.err().contains("InputException") && verbose.err().contains("\tat "), verbose.err());
    }

    @Test
    void helpGroupsOptionsAndShowsExamples() {
        String help = run("help", "explain").out();
        assertEquals(help, run("explain", "--help").out());
        assertTrue(help.indexOf("Methods and targets:") < help.indexOf("Figures:"), help);
        assertTrue(help.contains("Examples:") && help.contains("--percentile") && !help.contains("--clip"), help);
    }

    private static void assertRefused(Ran ended, String said) {
        assertEquals(2, ended.status(), ended.err());
        assertEquals("", ended.out());
        assertEquals(1, ended.err().lines().count(), ended.err());
        assertTrue(ended.err().contains(said), ended.err());
    }

    private static Ran run(String... args) {
        boolean opensNetwork = args.length > 0 && List.of("explain", "verify").contains(args[0]);
        return opensNetwork ? Ran.withSlim(args) : Ran.of(args);
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).filter(name -> !name.equals("labels.txt")).sorted()
                    .toList();
        }
    }

    private static double lastNumber(String json, String field) throws IOException {
        double last = Double.NaN;
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            while (parser.nextToken() != null) {
                if (parser.currentToken() == JsonToken.VALUE_NUMBER_FLOAT && field.equals(parser.currentName())) {
                    last = parser.getDoubleValue();
                }
            }
        }
        return last;
    }

    private static int count(String json, String field) throws IOException {
        int count = 0;
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            while (parser.nextToken() != null) {
                count += parser.currentToken() == JsonToken.FIELD_NAME && field.equals(parser.currentName()) ? 1 : 0;
            }
        }
        return count;
    }
}
