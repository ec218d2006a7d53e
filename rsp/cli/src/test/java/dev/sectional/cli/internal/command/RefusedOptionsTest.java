package dev.sectional.cli.internal.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Options without effect and empty values are refused on one line, before anything is calculated. */
class RefusedOptionsTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "explain PHOTO --scale 2 --percentile 99 | --percentile 99.0: --scale 2 sets the scale itself",
        "explain PHOTO --panel none --out maps | --out maps: --panel none draws nothing",
        "explain PHOTO --panel none --colours blue-red | --colours blue-red: --panel none draws nothing",
        "explain PHOTO --panel none --overlay-gamma 2 | --overlay-gamma 2.0: --panel none draws nothing",
        "explain PHOTO --out - --json | --out -: standard output takes one figure",
        "explain PHOTO --out - --save-logits x.npy | --out -: standard output takes one figure",
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
        "help nosuch | there is no command 'nosuch'; see",
        "evaluate --metric miou --steps 5 | --steps 5: only the metric insertion or deletion uses it",
        "evaluate --metric miou --tolerance 5 | --tolerance 5: only the metric pointing uses it",
        "evaluate --dataset coco | pass it with --data-dir",
        "evaluate --fit round | --fit 'round' is unknown: use squash, crop, pad or torchray"})
    void refuses(String arguments, String wanted) {
        String[] all = arguments.split(" ");
        for (int i = 0; i < all.length; i++) {
            all[i] = all[i].equals("EMPTY") ? "" : all[i].replace("PHOTO", Ran.FACE);
        }
        Ran ran = Ran.of(all);
        assertEquals(2, ran.status(), ran.err());
        String said = ran.err().lines().filter(line -> !line.contains("is deprecated")).toList().toString();
        assertTrue(said.contains(wanted.replace("PHOTO", Ran.FACE)), said);
        assertEquals("", ran.out());
    }
}
