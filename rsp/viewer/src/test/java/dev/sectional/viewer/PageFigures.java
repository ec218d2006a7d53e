package dev.sectional.viewer;

import static org.junit.jupiter.api.Assertions.assertFalse;

import com.sun.management.OperatingSystemMXBean;
import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.image.PngWriter;
import dev.sectional.attribution.method.Methods;
import dev.sectional.core.Engine;
import dev.sectional.core.Provider;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.images.ImageFile;
import dev.sectional.images.InputImage;
import dev.sectional.images.figure.Canvas;
import dev.sectional.images.figure.ColourMap;
import dev.sectional.images.figure.Figures;
import dev.sectional.images.figure.Look;
import dev.sectional.images.figure.MethodMaps;
import dev.sectional.images.figure.RelevanceMap;
import dev.sectional.images.figure.Subject;
import dev.sectional.nn.ModelCard;
import dev.sectional.nn.Network;
import dev.sectional.nn.NetworkBuilder;
import dev.sectional.nn.layer.Conv2d;
import dev.sectional.nn.layer.Flatten;
import dev.sectional.nn.layer.Linear;
import dev.sectional.nn.layer.MaxPool2d;
import dev.sectional.nn.layer.ReLU;
import dev.sectional.viewer.internal.Resources;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Measures the page on this machine and prints the figures of its page in the manual. Not among the tests, because a
 * busy machine would fail it: {@code mvn test -pl rsp/viewer -am -Dtest=PageFigures}.
 */
class PageFigures {
    private static final int[] WIDTHS = {64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0};
    private static final int CLASSES = 1000;
    private static final int HIDDEN = 4096;
    private static final int SIDE = 224;
    private static final int ROUNDS = 7;
    private static final byte[] PHOTO = TestPage.png(512, 512, 1);

    @TempDir
    private Path downloads;

    @Test
    void measure() throws IOException {
        long bytes = Stream.concat(Stream.of("page.html", "page.css"), Resources.scripts().stream())
                .mapToLong(name -> Resources.read(name).length).sum();
        print("page: %d bytes", bytes);
        try (Engine engine = Engine.open(Provider.configured(), 2); Network network = vgg16(engine);
             Viewer viewer = Viewer.start(new ViewedModel(network, "VGG16 of random weights", List.of(),
                     ImagePreparation.SQUASH), List.of(), 0); Browser browser = Browser.open(downloads)) {
            browser.driver.manage().timeouts().scriptTimeout(Duration.ofMinutes(5));
            browser.driver.get(viewer.address().toString());
            browser.await("window.page || document.title && page.state && page.exports");
            print("first paint: %s ms", browser.run("return performance.getEntriesByType('paint')[0].startTime"));
            viewer.add("stripes.png", PHOTO);
            browser.driver.navigate().refresh();
            browser.awaitMaps(1);
            clicks(network, browser);
            slider(browser);
        }
    }

    @Test
    void measurePanel() throws IOException {
        try (Engine engine = Engine.open(Provider.configured(), 2); Network network = vgg16(engine)) {
            panel(network);
        }
    }

    /** A click on a class that was not explained before, until its map is drawn, in turn with the library. */
    private static void clicks(Network network, Browser browser) {
        Tensor input = ImageFile.read("photo", PHOTO).input(network.card());
        double[] library = new double[ROUNDS];
        double[] page = new double[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            long began = System.nanoTime();
            Attribution result = Methods.named("rsp").explain(network, input, Target.of(i));
            library[i] = (System.nanoTime() - began) / 1e6;
            assertFalse(result.relevance().sumOfAbsolutes() == 0);
            page[i] = ((Number) browser.driver.executeAsyncScript("const done = arguments[arguments.length - 1];"
                    + "const button = document.querySelectorAll('#top button')[1 + arguments[0]];"
                    + "const count = page.shownCells().length, began = performance.now(); button.click();"
                    + "const look = () => page.shownCells().length > count && page.shownCells().every(c => c.result)"
                    + " && !page.drawing ? done(performance.now() - began) : requestAnimationFrame(look); look();", i))
                    .doubleValue();
        }
        double ofLibrary = lowerQuarter(library);
        double ofPage = lowerQuarter(page);
        print("VGG16, rsp, 2 threads: library %.0f ms, click until the map shows %.0f ms, ratio %.2f", ofLibrary,
                ofPage, ofPage / ofLibrary);
    }

    /** Draws as a move of the slider does, and reads a pixel back, so that the drawing is done. */
    private static void slider(Browser browser) {
        double[] times = new double[40];
        for (int i = 0; i < times.length; i++) {
            times[i] = ((Number) browser.driver.executeScript("const cell = page.shownCells()[0],"
                    + " began = performance.now(); for (let i = 0; i < 10; i++) {"
                    + "cell.draw(page.scaleOf(cell, [cell]) * (1 + i / 10), page.look);"
                    + "cell.canvas.getContext('2d').getImageData(0, 0, 1, 1); }"
                    + "return (performance.now() - began) / 10;")).doubleValue();
        }
        print("a map of 512x512: %.1f ms, %.0f frames a second", lowerQuarter(times), 1000 / lowerQuarter(times));
    }

    /** In processor time: that of all threads for explaining, half of which passes on the clock with two threads. */
    private static void panel(Network network) throws IOException {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        ThreadMXBean thread = ManagementFactory.getThreadMXBean();
        InputImage image = ImagePreparation.SQUASH.prepare(Path.of("photo.png"), ImageFile.read("photo", PHOTO),
                network);
        double[] explaining = new double[2 * ROUNDS];
        double[] drawing = new double[2 * ROUNDS];
        double[] own = new double[2 * ROUNDS];
        for (int i = 0; i < explaining.length; i++) {
            long began = system.getProcessCpuTime();
            List<Attribution> results = Methods.named("rsp").explainAll(network, image.tensor(), List.of(Target.of(i)));
            long explained = system.getProcessCpuTime();
            long before = thread.getCurrentThreadCpuTime();
            List<RelevanceMap> maps = RelevanceMap.of("rsp", results);
            Canvas canvas = Figures.panel(Subject.of(image, "photo.png", "squashed", network.card()),
                    MethodMaps.of("rsp", results, maps, RelevanceMap.percentile(maps, 99.5), ""),
                    new Look(ColourMap.BLUE_RED, 1, Look.Sign.BOTH, Look.USUAL_OPACITY));
            PngWriter.write(OutputStream.nullOutputStream(), canvas.width(), canvas.height(), canvas.pixels(), 2);
            explaining[i] = (explained - began) / 1e6;
            drawing[i] = (system.getProcessCpuTime() - explained) / 1e6;
            own[i] = (thread.getCurrentThreadCpuTime() - before) / 1e6;
        }
        print("panel of a VGG16 explanation, processor time: explaining %.0f ms, drawing and writing %.0f ms "
                + "(%.0f %%); with 2 threads %.0f ms of the clock's time beside %.0f (%.0f %%)",
                lowerQuarter(explaining), lowerQuarter(drawing),
                100 * lowerQuarter(drawing) / lowerQuarter(explaining), lowerQuarter(own),
                lowerQuarter(explaining) / 2, 200 * lowerQuarter(own) / lowerQuarter(explaining));
    }

    private static Network vgg16(Engine engine) {
        SplittableRandom random = new SplittableRandom(16);
        NetworkBuilder builder = Network.builder().engine(engine)
                .card(ModelCard.builder(Shape.of(3, SIDE, SIDE))
                        .normalisation(List.of(0.5f, 0.5f, 0.5f), List.of(0.25f, 0.25f, 0.25f)).build());
        int channels = 3;
        for (int i = 0; i < WIDTHS.length; i++) {
            if (WIDTHS[i] == 0) {
                builder.add("pool" + i, MaxPool2d.of(2));
            } else {
                builder.add("conv" + i, Conv2d.of(random(random, WIDTHS[i], channels, 3, 3)).padding(1))
                        .add("relu" + i, new ReLU());
                channels = WIDTHS[i];
            }
        }
        int grid = SIDE / 32;
        return builder.add("flatten", new Flatten())
                .add("fc1", Linear.of(random(random, HIDDEN, channels * grid * grid)))
                .add("reluFc1", new ReLU())
                .add("fc2", Linear.of(random(random, HIDDEN, HIDDEN))).add("reluFc2", new ReLU())
                .add("fc3", Linear.of(random(random, CLASSES, HIDDEN))).build();
    }

    /** Returns weights that keep the size of activations: uniform, of variance 2 by the number of inputs. */
    private static Tensor random(SplittableRandom random, int... dims) {
        Tensor tensor = Tensor.zeros(Shape.of(dims));
        float[] data = tensor.data();
        double most = Math.sqrt(6.0 * dims[0] / data.length);
        for (int i = 0; i < data.length; i++) {
            data[i] = (float) ((2 * random.nextDouble() - 1) * most);
        }
        return tensor;
    }

    /** Other work on the machine only adds to a time. */
    private static double lowerQuarter(double[] times) {
        double[] sorted = times.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 4];
    }

    private static void print(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }
}
