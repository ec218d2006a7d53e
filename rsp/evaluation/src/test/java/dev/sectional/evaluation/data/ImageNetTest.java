package dev.sectional.evaluation.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.images.files.Npy;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageNetTest {
    @TempDir
    Path root;

    @Test
    void readsAFolderForEachClass() throws IOException {
        image("val/n02000000/b.JPEG");
        image("val/n01000000/a.JPEG");
        Files.writeString(root.resolve("synset_words.txt"),
                "n01000000 tench, Tinca tinca\nn01500000 bird\nn02000000 cat\n");
        Files.createDirectories(root.resolve("Annotations/CLS-LOC/val/n02000000"));
        Files.writeString(root.resolve("Annotations/CLS-LOC/val/n02000000/b.xml"), box("n02000000", 8, 6));

        ImageNet dataset = ImageNet.open(root, "val", null, null);

        assertEquals(List.of("tench, Tinca tinca", "bird", "cat"), dataset.classes(),
                "in the order of synsets, with those without images");
        assertEquals(0, dataset.sample(0).truths().get(0).label());
        assertTrue(dataset.sample(0).truths().get(0).skipped(), "without a box there is nothing to point at");
        Truth cat = dataset.sample(1).truths().get(0);
        assertEquals(2, cat.label());
        assertEquals(2 * 3, cat.region().count());
        assertFalse(cat.skipped());
        assertTrue(dataset.hasRegions(2) && !dataset.hasRegions(1));
        assertEquals(0, dataset.sample(1).clipped(), "the box of another class does not count");
    }

    @Test
    void readsArraysInTheirOwnSize() throws IOException {
        Path file = Files.createDirectories(root.resolve("val/n01000000")).resolve("a.npy");
        Tensor two = Tensor.of(Shape.of(2, 1, 3), 1, 2, 3, 4, 5, 6);
        try (OutputStream out = Files.newOutputStream(file)) {
            Npy.write(out, two);
        }

        Sample sample = ImageNet.open(root, "val", null, null).sample(0);

        assertEquals("3 x 1", sample.width() + " x " + sample.height());
        assertArrayEquals(two.data(), sample.array().data());
        assertThrows(IllegalStateException.class, sample::image);
    }

    @Test
    void readsOneFolderWithAnyOfTheLists() throws IOException {
        image("val/ILSVRC2012_val_00000001.JPEG");
        image("val/ILSVRC2012_val_00000002.JPEG");
        Files.writeString(root.resolve("LOC_synset_mapping.txt"), "n01000000 tench\nn01500000 bird\nn02000000 cat\n");
        Files.writeString(root.resolve("map_clsloc.txt"), "n02000000 1 cat\nn01000000 2 tench\nn01500000 3 bird\n");
        String[] lists = {"ILSVRC2012_val_00000001.JPEG 2\nILSVRC2012_val_00000002.JPEG 0\n",
            "ImageId,PredictionString\nILSVRC2012_val_00000002,n01000000 1 2 3 4\n"
                    + "ILSVRC2012_val_00000001,n02000000 1 2 3 4 n02000000 5 6 7 8\n",
            "1\n2\n"};
        for (String list : lists) {
            ImageNet dataset = ImageNet.open(root, "val", Files.writeString(root.resolve("truth.txt"), list), null);
            assertEquals(2, dataset.sample(0).truths().get(0).label(), list);
            assertEquals(0, dataset.sample(1).truths().get(0).label(), list);
        }
    }

    @Test
    void aListThatGivesAnImageTwoClassesIsRefused() throws IOException {
        image("val/a.JPEG");
        Files.writeString(root.resolve("synset_words.txt"), "n01000000 tench\nn01500000 bird\n");
        Path list = Files.writeString(root.resolve("val.txt"), "a.JPEG 0\na.JPEG 1\n");

        String said = assertThrows(InputException.class, () -> ImageNet.open(root, "val", list, null)).getMessage();

        assertTrue(said.contains("gives the image a two classes, 0 and 1"), said);
    }

    /** Images in other formats, and those of the list that are missing, were left out without a word. */
    @Test
    void saysWhatIsLeftOutAndAssumed() throws IOException {
        image("val/a.JPEG");
        image("val/b-1.JPG");
        ImageIO.write(new BufferedImage(8, 6, BufferedImage.TYPE_3BYTE_BGR), "bmp", root.resolve("val/c.bmp").toFile());
        Files.writeString(root.resolve("val/d.heic"), "x");
        Files.writeString(root.resolve("synset_words.txt"), "n01000000 tench\nn01500000 bird\n");
        Path list = Files.writeString(root.resolve("val.txt"), "a.JPEG 0\nb-1.JPG 1\nc.bmp 1\nz.JPEG 0\n");

        ImageNet dataset = ImageNet.open(root, "val", list, null);

        assertEquals(3, dataset.size());
        assertEquals(List.of(list + ": 1 of its images are not in the folder, such as z",
                list + ": its numbers stand for classes, from 0 in the order of their synsets' names",
                root.resolve("val") + ": 1 entries that are no images of a class are left out, such as d.heic"),
                dataset.remarks());
        assertFalse(dataset.hasMasks(3) || dataset.hasRegions(3));
        Path none = root.resolve("none");
        String said = assertThrows(InputException.class, () -> ImageNet.open(root, "val", list, none)).getMessage();
        assertTrue(said.contains("--box-dir " + none + " is not a folder"), said);
        Files.writeString(root.resolve("synset_words.txt"), "n01000000 tench\nn01000000 bird\n");
        said = assertThrows(InputException.class, () -> ImageNet.open(root, "val", list, null)).getMessage();
        assertTrue(said.contains("lists the class n01000000 twice, as 'tench' and 'bird'"), said);
    }

    @Test
    void theDigestFollowsClassAndBoxes() throws IOException {
        image("val/ILSVRC2012_val_00000001.JPEG");
        Files.writeString(root.resolve("LOC_synset_mapping.txt"), "n01000000 tench\nn02000000 cat\n");
        Path truth = root.resolve("truth.txt");
        Files.writeString(truth, "ILSVRC2012_val_00000001 0\n");
        String tench = ImageNet.open(root, "val", truth, null).digest(0);
        Files.writeString(truth, "ILSVRC2012_val_00000001 1\n");
        String cat = ImageNet.open(root, "val", truth, null).digest(0);
        Path boxes = Files.createDirectories(root.resolve("boxes"));
        assertEquals(cat, ImageNet.open(root, "val", truth, boxes).digest(0), "there is no box in either folder");
        Files.writeString(boxes.resolve("ILSVRC2012_val_00000001.xml"), box("n02000000", 8, 6));

        assertNotEquals(tench, cat);
        assertNotEquals(cat, ImageNet.open(root, "val", truth, boxes).digest(0));
    }

    @Test
    void saysWhatIsWrong() throws IOException {
        image("val/ILSVRC2012_val_00000001.JPEG");
        Files.writeString(root.resolve("LOC_synset_mapping.txt"), "n01000000 tench\n");
        refuse(null, "--image-labels");
        refuse("ILSVRC2012_val_00000009 0\n", "does not list");
        refuse("ILSVRC2012_val_00000001 7\n", "it names class 7");
        refuse("ILSVRC2012_val_00000001 n09999999\n", "n09999999");
        refuse("1\n2\n", "2 lines for 1 images");
        refuse("1\n", "map_clsloc.txt");
        assertThrows(InputException.class, () -> ImageNet.open(root, "train", null, null));
    }

    private void refuse(String list, String said) throws IOException {
        Path truth = list == null ? null : Files.writeString(root.resolve("truth.txt"), list);
        InputException e = assertThrows(InputException.class, () -> ImageNet.open(root, "val", truth, null));
        assertTrue(e.getMessage().contains(said), e.getMessage());
    }

    private void image(String name) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        ImageIO.write(new BufferedImage(8, 6, BufferedImage.TYPE_3BYTE_BGR), "jpg", file.toFile());
    }

    private static String box(String synset, int width, int height) {
        return "<annotation><size><width>" + width + "</width><height>" + height + "</height></size><object><name>"
                + synset + "</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>2</xmax><ymax>4</ymax></bndbox></object>"
                + "<object><name>n09</name>"
                + "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>99</xmax><ymax>6</ymax></bndbox></object></annotation>";
    }
}
