package dev.sectional.cli.internal.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.core.io.SafetensorsWriter;
import dev.sectional.evaluation.data.SyntheticShapes;
import dev.sectional.images.files.Npy;
import dev.sectional.nn.model.Vgg;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntFunction;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Networks of one, two and four input channels, from the file to the saved relevance. */
class ChannelsTest {
    @TempDir
    Path folder;

    /**
     * Writes a VGG11 of width 4 for images of 32x32 pixels, with random weights and as many classes as there are
     * synthetic shapes.
     */
    private String weights(int channels) {
        List<String> layers = List.of("4", "M", "4", "M", "4", "4", "M", "4", "4", "M", "4", "4", "M");
        Random random = new Random(channels);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        Vgg.parameters(layers, new SyntheticShapes(1, 1).classes().size(), 8, 1).forEach((name, stated) -> {
            Shape shape = name.equals("features.0.weight") ? Shape.of(4, channels, 3, 3) : stated;
            float[] values = new float[shape.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = shape.rank() == 1 ? 0.1f : random.nextFloat() - 0.2f;
            }
            tensors.put(name, Tensor.of(shape, values));
        });
        Path path = folder.resolve(channels + ".safetensors");
        SafetensorsWriter.write(path, Map.of(), tensors);
        return path.toString();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void arraysAreExplained(int channels) throws IOException {
        Path array = folder.resolve("input.npy");
        Tensor image = Tensor.zeros(Shape.of(channels, 32, 32));
        for (int i = 0; i < image.data().length; i++) {
            image.data()[i] = (float) Math.sin(i);
        }
        try (OutputStream out = Files.newOutputStream(array)) {
            Npy.write(out, image);
        }
        Path saved = folder.resolve("relevance.npy");
        Ran ran = Ran.of("explain", array.toString(), "--weights", weights(channels), "--out", folder.toString(),
                "--method", "gradient", "--save-relevance", saved.toString());
        assertEquals(0, ran.status(), ran.err());
        Tensor relevance = Npy.readImage(saved);
        assertEquals(Shape.of(channels, 32, 32), relevance.shape());
        assertTrue(relevance.sumOfAbsolutes() > 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void imagesAreExplained(int channels) {
        Path saved = folder.resolve("relevance.npy");
        Ran ran = Ran.of("explain", Ran.FACE, "--weights", weights(channels), "--out", folder.toString(), "--mean",
                "0.5",
                "--std", "0.25", "--method", "rsp", "--input-size", "64", "--save-relevance", saved.toString());
        assertEquals(0, ran.status(), ran.err());
        assertEquals(Shape.of(channels, 64, 64), Npy.readImage(saved).shape());
    }

    @Test
    void otherNumbersAreRefusedByName() {
        Ran two = Ran.of("explain", Ran.FACE, "--weights", weights(2), "--out", folder.toString());
        assertTrue(two.status() == 2 && two.err().contains("give its input as .npy, float32 (2, H, W)"), two.err());
        Ran means = Ran.of("explain", Ran.FACE, "--weights", weights(1), "--out", folder.toString(), "--mean", "0,0,0");
        assertTrue(means.status() == 2 && means.err().contains("one number, or one for each of the 1 channels"),
                means.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"squash", "torchray"})
    void aGreyNetworkIsEvaluated(String preprocess) throws IOException {
        Path out = folder.resolve("results");
        Path labels = Files.write(folder.resolve("labels.txt"), new SyntheticShapes(1, 1).classes());
        Ran ran = Ran.of("evaluate", "--limit", "2", "--weights", weights(1), "--labels",
                labels.toString(), "--preprocess", preprocess, "--metric",
                "pointing,insertion,infidelity,max-sensitivity", "--methods", "gradient,gradient-x-input", "--out",
                out.toString());
        assertEquals(0, ran.status(), ran.err());
        assertTrue(Files.readString(out.resolve("tables.csv")).contains("pointing,gradient"), ran.out());
    }

    /** Writes an array whose values are all different. */
    private static void array(Path file, Tensor image, int seed) throws IOException {
        for (int i = 0; i < image.data().length; i++) {
            image.data()[i] = (float) Math.sin(i + seed);
        }
        try (OutputStream out = Files.newOutputStream(file)) {
            Npy.write(out, image);
        }
    }

    /** Writes images 1 and 2 of VOC's layout, with a box and a mask. */
    private Path voc(String ending, IntFunction<byte[]> image) throws IOException {
        Path voc = folder.resolve("VOC2012");
        for (String name : new String[] {"Annotations", "JPEGImages", "SegmentationClass", "ImageSets/Main"}) {
            Files.createDirectories(voc.resolve(name));
        }
        Files.writeString(voc.resolve("ImageSets/Main/val.txt"), "1\n2\n");
        byte[] labels = new byte[256];
        Arrays.fill(labels, 0, 21, (byte) 1);
        BufferedImage mask = new BufferedImage(32, 32, BufferedImage.TYPE_BYTE_INDEXED,
                new IndexColorModel(8, 256, labels, labels, labels));
        for (int i = 0; i < 64; i++) {
            mask.getRaster().setSample(8 + i % 8, 16 + i / 8, 0, 12);   // a dog
        }
        for (int id = 1; id <= 2; id++) {
            Files.write(voc.resolve("JPEGImages/" + id + ending), image.apply(id));
            ImageIO.write(mask, "png", voc.resolve("SegmentationClass/" + id + ".png").toFile());
            Files.writeString(voc.resolve("Annotations/" + id + ".xml"), "<annotation><object><name>dog</name><bndbox>"
                    + "<xmin>9</xmin><ymin>17</ymin><xmax>16</xmax><ymax>24</ymax></bndbox></object></annotation>");
        }
        Files.writeString(folder.resolve("map.tsv"), "dog\t3\n");
        return voc;
    }

    private String evaluated(Path voc, int channels, String... more) throws IOException {
        List<String> all = new ArrayList<>(List.of("evaluate", "--dataset", "voc2012", "--data-dir", voc.toString(),
                "--weights", weights(channels), "--class-map", folder.resolve("map.tsv").toString(),
                "--method", "gradient,rsp,epsilon-plus,center", "--mean", "0.5", "--std",
                "0.25", "--out", folder.resolve("out").toString()));
        all.addAll(List.of(more));
        Ran ran = Ran.of(all.toArray(new String[0]));
        assertEquals(0, ran.status(), ran.err());
        assertTrue(Files.exists(folder.resolve("out/samples/0.png")), "the report shows the input");
        return Files.readString(folder.resolve("out/tables.csv"));
    }

    private static double figure(String csv, String begin) {
        String line = csv.lines().filter(each -> each.startsWith(begin)).findFirst()
                .orElseThrow(() -> new AssertionError(csv));
        return Double.parseDouble(line.substring(begin.length()).split(",")[0]);
    }

    /** Arrays have no pixels to prepare: the maps are those of explain, and every metric measures them. */
    @ParameterizedTest
    @ValueSource(ints = {2, 4})
    void arraysAreEvaluated(int channels) throws IOException {
        Path voc = voc(".npy", id -> {
            try {
                Path file = folder.resolve("array.npy");
                array(file, Tensor.zeros(Shape.of(channels, 32, 32)), id);
                return Files.readAllBytes(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        String csv = evaluated(voc, channels, "--metric", "all", "--steps", "4");

        double mass = 0;
        for (int id = 1; id <= 2; id++) {
            Path saved = folder.resolve("saved.npy");
            assertEquals(0, Ran.of("explain", voc.resolve("JPEGImages/" + id + ".npy").toString(), "--weights",
                    weights(channels), "--target", "3", "--method", "epsilon-plus", "--panel", "none",
                    "--save-relevance", saved.toString()).status());
            mass += mass(Npy.readImage(saved)) / 2;
        }
        assertTrue(mass > 0.02 && mass < 0.98, "the case can fail: " + mass);
        assertEquals(mass, figure(csv, "mass,epsilon-plus,mass,,"), 1e-6);
        for (String metric : List.of("insertion", "deletion", "flipping", "infidelity", "max-sensitivity")) {
            assertTrue(csv.lines().anyMatch(line -> line.startsWith(metric + ",gradient,cases,,2.0")
                    || line.startsWith(metric + ",epsilon-plus,cases,,2.0")), metric + "\n" + csv);
        }
        assertEquals(2, figure(csv, "images,center,evaluated,,"));
    }

    /** Returns the share of positive relevance, summed over channels, that lies in the mask. */
    private static double mass(Tensor relevance) {
        double inside = 0;
        double all = 0;
        for (int i = 0; i < 32 * 32; i++) {
            double sum = 0;
            for (int c = 0; c < relevance.shape().dim(0); c++) {
                sum += relevance.data()[c * 32 * 32 + i];
            }
            boolean shown = i % 32 >= 8 && i % 32 < 16 && i / 32 >= 16 && i / 32 < 24;
            all += Math.max(0, sum);
            inside += shown ? Math.max(0, sum) : 0;
        }
        return inside / all;
    }

    /** A network of four channels takes red, green, blue and alpha. */
    @ParameterizedTest
    @ValueSource(strings = {"squash", "pad"})
    void transparentImagesAreEvaluatedByFourChannels(String fit) throws IOException {
        IntFunction<byte[]> opaque = id -> png(id, 255);
        String csv = evaluated(voc(".jpg", opaque), 4, "--fit", fit, "--metric", "mass");
        Files.move(folder.resolve("out"), folder.resolve("opaque"));

        String transparent = evaluated(voc(".jpg", id -> png(id, 120)), 4, "--fit", fit, "--metric", "mass");

        assertNotEquals(figure(csv, "mass,gradient,mass,,"), figure(transparent, "mass,gradient,mass,,"),
                "alpha reaches the network");
    }

    private static byte[] png(int seed, int alpha) {
        BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_INT_ARGB);
        for (int i = 0; i < 32 * 32; i++) {
            image.setRGB(i % 32, i / 32, alpha << 24 | (i * 7919 * seed & 0xFFFFFF));
        }
        try (ByteArrayOutputStream bytes = new ByteArrayOutputStream()) {
            ImageIO.write(image, "png", bytes);
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void arraysThatDoNotFitTheNetworkAreSkippedWithAReason() throws IOException {
        Path voc = voc(".npy", id -> new byte[] {1, 2, 3});
        array(voc.resolve("JPEGImages/2.npy"), Tensor.zeros(Shape.of(3, 32, 32)), 1);
        Ran ran = Ran.of("evaluate", "--dataset", "voc2012", "--data-dir", voc.toString(), "--weights", weights(2),
                "--class-map", folder.resolve("map.tsv").toString(), "--method", "gradient,center", "--out",
                folder.resolve("out").toString());
        assertEquals(3, ran.status(), ran.err());
        assertTrue(ran.err().contains("1.npy: it is not a .npy file") && ran.err().contains("it was made for")
                && ran.err().contains("2 images: 0 evaluated, 2 skipped, 0 failed"), ran.err());
    }
}
