package dev.sectional.cli.internal.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.cli.internal.option.DeprecatedOptions;
import dev.sectional.cli.internal.output.Console;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Options without effect and empty values are refused on one line, before anything is calculated. */
class RefusedOptionsTest {
    private static final String ARRAY = "src/test/resources/efficientnet-lite0.chelsea.npy";
    /** Options that change something whatever stands beside them; a page of the manual states any exception. */
    private static final Set<String> ALWAYS_USED = Set.of("--help", "--version", "--quiet", "--verbose", "--target",
            "--method", "--weights", "--labels", "--preset", "--mean", "--std", "--pixel-max", "--channel-order",
            "--input-size", "--output", "--probabilities", "--panel", "--on-error", "--save-relevance",
            "--report", "--json", "--json-layers", "--half", "--source", "--from", "--cache",
            "--plan", "--port", "--no-open", "--metric", "--limit", "--dataset");
    /** Options that are refused beside some others by the tests below; of one command where they always count, too. */
    private static final Set<String> SOMETIMES_REFUSED = Set.of("--percentile", "--scale", "--colours", "--sign",
            "--overlay-gamma", "--overlay-opacity", "--out", "--save-logits", "--recursive", "--icc", "--fit", "--arch",
            "--state-dict", "--yes", "--threads", "--backend", "--random", "--tolerance", "--steps", "--difficult",
            "--data-dir", "--split", "--image-labels", "--box-dir", "--class-map", "--smooth", "--seed");

    /** Makes whoever adds an option say when it has no effect, and refuse it then. */
    @Test
    void eachOptionIsKnownToCountOrToBeRefused() {
        Set<String> unknown = new TreeSet<>();
        Commands.all(new Console(System.out, System.err, null)).getSubcommands().values().forEach(command -> command
                .getCommandSpec().options().stream().map(DeprecatedOptions::current)
                .filter(name -> !DeprecatedOptions.contains(name)).forEach(unknown::add));
        unknown.removeAll(ALWAYS_USED);
        unknown.removeAll(SOMETIMES_REFUSED);
        assertEquals(Set.of(), unknown);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "explain PHOTO --scale 2 --percentile 99 | --percentile 99.0: --scale 2 sets the scale itself",
        "explain PHOTO --panel none --out maps | --out maps: --panel none draws nothing",
        "explain PHOTO --panel none --colours blue-red | --colours blue-red: --panel none draws nothing",
        "explain PHOTO --panel none --overlay-gamma 2 | --overlay-gamma 2.0: --panel none draws nothing",
        "explain PHOTO --out - --json | --out -: standard output takes one figure",
        "explain PHOTO --out - --save-logits x.npy | --out -: standard output takes one figure",
        "explain PHOTO --panel none --percentile 90 | --percentile 90.0: --panel none draws nothing, and only --json",
        "explain PHOTO --panel none --scale run | --scale run: --panel none draws nothing, and only --json states",
        "explain PHOTO --method gradient --sign for | --sign for: the methods show magnitudes",
        "explain PHOTO --method smooth-grad --colours purple-orange | --colours purple-orange: the methods show",
        "explain ARRAY --fit crop | --fit: arrays are the network's input as they are; leave it out",
        "explain ARRAY --icc apply | --icc: arrays are the network's input as they are; leave it out",
        "explain PHOTO PHOTO | PHOTO is named twice; name it once",
        "explain PHOTO --yes | --yes: nothing is downloaded without --weights NAME; leave it out",
        "verify --yes | --yes: nothing is downloaded without --weights NAME",
        "inspect WEIGHTS --threads 2 | --threads: only --plan depends on the engine; leave it out",
        "inspect WEIGHTS --backend scalar | --backend: only --plan depends on the engine; leave it out",
        "explain PHOTO --recursive | --recursive: none of the images is a folder",
        "explain PHOTO --icc sRGB | --icc sRGB: use ignore or apply",
        "explain PHOTO EMPTY | argument 3, after PHOTO, is empty",
        "explain PHOTO --weights EMPTY | argument 4, after --weights, is empty",
        "explain PHOTO --out= | --out= has no value",
        "EMPTY | argument 1 is empty",
        "verify --random 0 | --random 0: give a number of at least 1",
        "evaluate --root data | --data-dir data: scenes are generated",
        "evaluate --split val | --split val: scenes are generated",
        "evaluate --image-labels list.txt --dataset scenes | --image-labels list.txt: scenes are generated",
        "explain PHOTO --arch vgg16 | --arch vgg16: the built-in network is what it is",
        "explain PHOTO --state-dict ema | --state-dict ema: the built-in network is what it is",
        "explain PHOTO --channel-order rgb --bgr | --bgr: --channel-order rgb says it already",
        "explain PHOTO --preset tf --mean 0.5 | --preset tf states mean, std, pixel-max and channel-order",
        "explain PHOTO --provider gpu | --backend gpu: use auto, simd or scalar",
        "explain PHOTO --weights vgg61 | --weights vgg61: there is no file of that name, and fetch knows no such model",
        "expalin PHOTO | there is no command 'expalin'; did you mean 'explain'?",
        "PHOTO | there is no command 'PHOTO'; did you mean 'explain PHOTO'? See sectional --help",
        "explain PHOTO --traget 3 | there is no option --traget; did you mean '--target'? See sectional explain "
                + "--help",
        "explain | IMAGE is missing; see sectional explain --help",
        "explain PHOTO --out | --out needs a value: DIR; see",
        "explain PHOTO --out a --out b | --out is given twice; give it once; see",
        "explain PHOTO --target egyptain | is not a label of the model; did you mean 'Egyptian cat'?",
        "explain PHOTO --target retriever | did you mean 205 (flat-coated retriever), 206 (curly-coated retriever)",
        "explain PHOTO --weights efficientnet-lite0 | that is the built-in network, which is no file",
        "explain PHOTO --labels pom.xml | --labels pom.xml does not fit the built-in model: has 1000 classes and",
        "explain PHOTO --method gradcam | did you mean 'grad-cam'?",
        "explain PHOTO --weights resnet5O | did you mean 'resnet50'?",
        "explain PHOTO --method rsp,grad-cam | repeat the option, as in --method rsp --method grad-cam",
        "explain PHOTO --save-relevance r.txt | --save-relevance r.txt: give it a name that ends in .npy",
        "explain PHOTO --save-logits logits | --save-logits logits: give it a name that ends in .npy",
        "explain PHOTO --report report.htm | --report report.htm: give it a name that ends in .html",
        "methods rsp | unexpected argument 'rsp'; see sectional methods --help",
        "view --port abc | --port: 'abc' is not a whole number; see sectional view --help",
        "verify --tolerance abc | --tolerance: 'abc' is not a number; see sectional verify --help",
        "fetch vgg61 | did you mean 'vgg11'?",
        "evaluate --method gradcam | did you mean 'grad-cam'?",
        "evaluate --metric pionting | did you mean 'pointing'?",
        "help nosuch | there is no command 'nosuch'; see",
        "evaluate --metric miou --steps 5 | --steps 5: only the metric insertion or deletion uses it",
        "evaluate --metric miou --tolerance 5 | --tolerance 5: only the metric pointing uses it",
        "evaluate --dataset coco | pass it with --data-dir",
        "evaluate --metric miou --smooth 0.1 | --smooth 0.1: only the metric pointing uses it",
        "evaluate --method center --smooth 0.1 | --smooth 0.1: center has no map to smooth; leave it out",
        "evaluate --method center --class-map m.tsv | --class-map: no method that is chosen needs a model; leave it",
        "evaluate --method center --weights WEIGHTS | --weights: no method that is chosen needs a model; leave it",
        "evaluate --method center --range 255 | --pixel-max: no method that is chosen needs a model; leave it out",
        "evaluate --method center --threads 2 | --threads: no method that is chosen needs a model; leave it out",
        "evaluate --method center --metric deletion | the metric deletion measures no method that is chosen",
        "evaluate --dataset coco --box-dir boxes | --box-dir boxes: only imagenet uses it; leave it out",
        "evaluate --dataset imagenet-segmentation --split val | --split val: imagenet-segmentation is one file",
        "evaluate --fit round | --fit 'round' is unknown: use squash, crop, pad or torchray"})
    void refuses(String arguments, String wanted) {
        String[] all = arguments.split(" ");
        for (int i = 0; i < all.length; i++) {
            all[i] = all[i].equals("EMPTY") ? "" : all[i].replace("PHOTO", Ran.FACE).replace("ARRAY", ARRAY)
                    .replace("WEIGHTS", Ran.SLIM);
        }
        Ran ran = Ran.of(all);
        assertEquals(2, ran.status(), ran.err());
        String said = ran.err().lines().filter(line -> !line.contains("is deprecated")).toList().toString();
        assertTrue(said.contains(wanted.replace("PHOTO", Ran.FACE)), said);
        assertEquals("", ran.out());
    }
}
