package dev.sectional.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs every shell command of every README as written, in a folder where the files that they name are small ones of the
 * tests. A new command is run at once; what cannot be run is listed here with the reason. {@code .ci/nightly commands}
 * also runs the commands of {@link #LONG}.
 */
class ReadmeCommandsTest {
    /** Beginnings of commands that take minutes. */
    private static final Map<String, String> LONG = Map.of(
            "./sectional evaluate --limit 20 --out evaluation", "half a minute",
            "./sectional explain rsp/cli/samples/montage.png --target 285 --method all", "a minute");
    /** Beginnings of commands that this machine cannot run as written, and what holds them instead. */
    private static final Map<String, String> ELSEWHERE = Map.of(
            "apt-get", "changes the machine; .ci/run installs the same packages where they are missing",
            "mvn verify", "is what runs this test",
            "mvn -q -DskipTests package -pl rsp/spark", "is part of .ci/nightly cluster",
            "rsp/cli/standalone", "calls Maven; .ci/nightly standalone runs it",
            "java --add-modules jdk.incubator.vector -jar sectional.jar", "is part of .ci/nightly standalone",
            "image/sectional/bin/sectional", "is part of .ci/nightly standalone",
            "spark-", "needs an installed Spark; SubmitTest of rsp/spark runs such arguments by Spark's class",
            "./sectional explain photo.jpg --weights vgg16 --yes", "loads 553 MB; WeightsCacheTest has a small server",
            "./sectional evaluate --dataset voc2007", "needs PASCAL VOC and VGG16; PascalVocTest has a small copy");
    private static final boolean NIGHTLY = Boolean.getBoolean("sectional.nightly");

    @TempDir
    static Path folder;

    private static String reason(Map<String, String> list, String command) {
        return list.entrySet().stream().filter(entry -> command.startsWith(entry.getKey())).map(Map.Entry::getValue)
                .findFirst().orElse(null);
    }

    @TestFactory
    List<DynamicTest> everyCommandRuns() throws IOException {
        prepare();
        List<DynamicTest> tests = new ArrayList<>();
        for (String command : Readme.commands()) {
            if (reason(ELSEWHERE, command) == null && (NIGHTLY || reason(LONG, command) == null)) {
                tests.add(DynamicTest.dynamicTest(command, () -> run(command)));
            }
        }
        assertTrue(tests.size() >= 8, "the pages have commands: " + tests.size());
        return tests;
    }

    /** An entry that fits no command any more hides nothing and goes. */
    @Test
    void everyEntryOfTheListsFitsACommand() {
        Map<String, String> all = new LinkedHashMap<>(LONG);
        all.putAll(ELSEWHERE);
        for (String entry : all.keySet()) {
            assertTrue(Readme.commands().stream().anyMatch(command -> command.startsWith(entry)), entry);
        }
    }

    /** Lays out the files that the commands name. */
    private static void prepare() throws IOException {
        Path top = Readme.top();
        for (String name : List.of("sectional", "rsp")) {
            Files.createSymbolicLink(folder.resolve(name), top.resolve(name));
        }
        Path keras = top.resolve("weights-import/src/test/resources/keras");
        Files.copy(top.resolve("tests/src/test/resources/agreement/vgg.onnx"), folder.resolve("model.onnx"));
        Files.copy(keras.resolve("efficientnet.keras"), folder.resolve("model.keras"));
        Files.copy(keras.resolve("caffe_inside.h5"), folder.resolve("model.h5"));
        Files.writeString(folder.resolve("names.txt"), "one\ntwo\nthree\nfour\nfive\n");
        BufferedImage photo = new BufferedImage(120, 90, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 120 * 90; i++) {
            photo.setRGB(i % 120, i / 120, i * 0x010305);
        }
        assertTrue(ImageIO.write(photo, "jpg", folder.resolve("photo.jpg").toFile()));
        Files.createDirectory(folder.resolve("photos"));
        Files.copy(folder.resolve("photo.jpg"), folder.resolve("photos/photo.jpg"));
    }

    private static void run(String command) throws IOException, InterruptedException {
        Path out = folder.resolve("stdout");
        Path err = folder.resolve("stderr");
        ProcessBuilder builder = new ProcessBuilder("/bin/bash", "-c", "exec " + command).directory(folder.toFile())
                .redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process = builder.start();
        try {
            if (command.startsWith("./sectional view")) {
                requireAddress(process, out, err);
                return;
            }
            assertTrue(process.waitFor(15, TimeUnit.MINUTES), command + " did not end");
            assertEquals(0, process.exitValue(), Files.readString(err));
            assertTrue(Files.size(out) > 0, "it says something");
        } finally {
            process.destroy();
            process.waitFor();
        }
    }

    /** The page is served until the user ends the program. */
    private static void requireAddress(Process process, Path out, Path err) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(3);
        while (System.nanoTime() < end && process.isAlive() && !Files.readString(out).contains("http://")) {
            Thread.sleep(100);
        }
        assertTrue(Files.readString(out).contains("http://127.0.0.1:"), Files.readString(err));
    }
}
