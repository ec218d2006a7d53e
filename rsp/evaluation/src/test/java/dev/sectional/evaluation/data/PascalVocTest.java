package dev.sectional.evaluation.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PascalVocTest {
    private static final int WIDTH = 9;
    private static final int HEIGHT = 7;
    private static final String OBJECTS = "<object><name>dog</name><truncated>1</truncated><difficult>0</difficult>"
            + "<bndbox><xmin>2</xmin><ymin>3</ymin><xmax>4.7</xmax><ymax>5</ymax></bndbox>" + "<part><name>head</name>"
            + "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>7</ymax></bndbox></part></object>"
            + "<object><name>dog</name>"
            + "<difficult>1</difficult>"
            + "<bndbox><ymax>1</ymax><xmin>9</xmin><ymin>1</ymin><xmax>9</xmax></bndbox></object>"
            + "<object><name>cat</name>"
            + "<difficult>1</difficult><truncated/>"
            + "<bndbox><xmin>0</xmin><ymin>6</ymin><xmax>50</xmax><ymax>7</ymax></bndbox></object>"
            + "<object><name>aeroplane</name>"
            + "<difficult></difficult>"
            + "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>1</xmax><ymax>1</ymax></bndbox></object>";
    private static final int DOG = PascalVoc.CLASSES.indexOf("dog");
    private static final int CAT = PascalVoc.CLASSES.indexOf("cat");

    @TempDir
    Path root;
    private Path edition;

    @BeforeEach
    void kit() throws IOException {
        edition = root.resolve("VOCdevkit/VOC2007");
        for (String folder : new String[] {"Annotations", "JPEGImages", "ImageSets/Main", "ImageSets/Segmentation",
                "SegmentationClass"}) {
            Files.createDirectories(edition.resolve(folder));
        }
        Files.writeString(edition.resolve("ImageSets/Main/test.txt"), "000001\n000002 \n\n");
        ImageIO.write(new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_3BYTE_BGR), "jpg",
                edition.resolve("JPEGImages/000001.jpg").toFile());
        annotation(size(WIDTH, HEIGHT) + OBJECTS);
    }

    @Test
    void boxesCountFromOneAndIncludeBothEnds() {
        Sample sample = open("test").sample(0);

        assertEquals(List.of(0, CAT, DOG), sample.truths().stream().map(Truth::label).toList());
        Truth dog = sample.truths().get(2);
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                boolean first = x >= 1 && x <= 3 && y >= 2 && y <= 4;
                assertEquals(first || x == 8 && y == 0, dog.region().contains(x, y), x + ", " + y);
            }
        }
        assertFalse(dog.skipped(), "one of its boxes is not difficult");
        assertTrue(sample.truths().get(1).skipped(), "all boxes of the cat are difficult");
        assertEquals(2 * WIDTH, sample.truths().get(1).region().count(), "what lies outside the image is cut");
        assertEquals(1, sample.clipped(), "the cat's box; a coordinate of 0 stands for 1");
        assertFalse(sample.truths().get(0).skipped(), "an empty tag says no");
        assertNull(dog.segment());
        assertEquals(WIDTH, sample.image().width());
    }

    @Test
    void anEmptySizeIsTheImages() throws IOException {
        annotation("<size><width></width><height/></size>" + OBJECTS);

        assertEquals(WIDTH, open("test").sample(0).width());
    }

    @Test
    void masksAreIndicesOfThePaletteAndTheVoidIsLeftOut() throws IOException {
        byte[] colours = new byte[256];
        BufferedImage mask = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_BYTE_INDEXED,
                new IndexColorModel(8, 256, colours, colours, colours));
        mask.getRaster().setSample(3, 2, 0, DOG + 1);
        mask.getRaster().setSample(4, 2, 0, 255);
        ImageIO.write(mask, "png", edition.resolve("SegmentationClass/000001.png").toFile());

        Truth dog = open("test").sample(0).truths().get(2);

        assertEquals(1, dog.segment().count());
        assertTrue(dog.segment().contains(3, 2));
        assertEquals(1, dog.ignored().count());
        assertTrue(dog.ignored().contains(4, 2));
    }

    /** A program that shrank the file put the colours into another order. */
    @Test
    void aPaletteOfVocsColoursInAnotherOrderCountsByColours() throws IOException {
        byte[][] colours = {{0x40, (byte) 0xE0, 0, 0x12}, {0, (byte) 0xE0, 0, 0x34}, {(byte) 0x80, (byte) 0xC0, 0, 0}};
        BufferedImage mask = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_BYTE_INDEXED,
                new IndexColorModel(8, 4, colours[0], colours[1], colours[2]));
        mask.getRaster().setSamples(0, 0, WIDTH, HEIGHT, 0, new int[WIDTH * HEIGHT]);
        for (int i = 2; i < WIDTH * HEIGHT; i++) {
            mask.getRaster().setSample(i % WIDTH, i / WIDTH, 0, 2);   // background
        }
        mask.getRaster().setSample(1, 0, 0, 1);   // void
        Path file = edition.resolve("SegmentationClass/000001.png");
        ImageIO.write(mask, "png", file.toFile());

        Truth dog = open("test").sample(0).truths().get(2);

        assertTrue(dog.segment().contains(0, 0) && dog.segment().count() == 1, dog.segment().toString());
        assertTrue(dog.ignored().contains(1, 0) && dog.ignored().count() == 1, dog.ignored().toString());
    }

    /** Read by their upper bytes, labels of 16 bits were all background. */
    @Test
    void masksMayHave16Bits() throws IOException {
        BufferedImage mask = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_USHORT_GRAY);
        mask.getRaster().setSample(3, 2, 0, DOG + 1);
        Path file = edition.resolve("SegmentationClass/000001.png");
        ImageIO.write(mask, "png", file.toFile());
        assertTrue(open("test").sample(0).truths().get(2).segment().contains(3, 2));

        mask.getRaster().setSample(4, 2, 0, 21);
        ImageIO.write(mask, "png", file.toFile());
        String said = assertThrows(InputException.class, () -> open("test").sample(0)).getMessage();
        assertTrue(said.contains("pixel (4, 2) has label 21, but there are 20 classes"), said);
    }

    /** The palette's formula, by colours that VOC's documentation shows. */
    @Test
    void masksMayBeInVocsColours() throws IOException {
        BufferedImage mask = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        mask.setRGB(0, 0, 0x400080);   // dog
        mask.setRGB(1, 0, 0x400000);   // cat
        mask.setRGB(2, 0, 0xE0E0C0);   // void
        Path file = edition.resolve("SegmentationClass/000001.png");
        ImageIO.write(mask, "png", file.toFile());

        List<Truth> truths = open("test").sample(0).truths();

        assertTrue(truths.get(2).segment().contains(0, 0) && truths.get(2).segment().count() == 1);
        assertTrue(truths.get(1).segment().contains(1, 0) && truths.get(1).segment().count() == 1);
        assertTrue(truths.get(1).ignored().contains(2, 0));
        mask.setRGB(3, 0, 0x123456);
        ImageIO.write(mask, "png", file.toFile());
        assertTrue(assertThrows(InputException.class, () -> open("test").sample(0)).getMessage().contains("#123456"));
    }

    @Test
    void listsOfOneClassLeaveOutWhereItIsNot() throws IOException {
        Files.writeString(edition.resolve("ImageSets/Main/dog_val.txt"), "000001  1\n000002 -1\n000003  0\n");
        Files.writeString(edition.resolve("ImageSets/Segmentation/val.txt"), "000002\n");

        assertEquals(2, open("dog_val").size());
        assertEquals("000003", open("dog_val").id(1));
        assertEquals("000002", open("val").id(0), "of Segmentation where Main has none");
        assertEquals("000002", PascalVoc.open(edition, "2007", "Segmentation/val").id(0));
    }

    /** The mark was read as a part of the first image's name. */
    @Test
    void aByteOrderMarkIsNoPartOfTheFirstImage() throws IOException {
        Files.writeString(edition.resolve("ImageSets/Main/test.txt"), "\ufeff000001\r\n000002\r\n");

        assertEquals("000001", open("test").id(0));
        assertEquals(2, open("test").size());
    }

    /** An image that was listed twice counted once, without a word. */
    @ParameterizedTest
    @ValueSource(strings = {"000001\n000002\n000001\n", "000001 1\n000001 -1\n", "000001 2\n000001 2\n"})
    void anImageThatIsListedTwiceIsRefused(String lines) throws IOException {
        Files.writeString(edition.resolve("ImageSets/Main/test.txt"), lines);

        String said = assertThrows(InputException.class, () -> open("test")).getMessage();

        assertTrue(said.endsWith("test.txt lists the image '000001' twice: list each image once"), said);
    }

    /** Lists of layouts and actions: an image, the number of an object and, for actions, a mark. */
    @Test
    void listsOfObjectsNameAnImageOnceForEachObject() throws IOException {
        Files.createDirectories(edition.resolve("ImageSets/Layout"));
        Files.writeString(edition.resolve("ImageSets/Layout/val.txt"), "000001 1\n000001 2\n000002 3 -1\n");

        assertEquals(2, open("Layout/val").size());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"dog</name> | wolf</name> | 'wolf' is not a class",
            "<xmin>2</xmin> | <xmin>two</xmin> | 'two'",
        "<xmin>2</xmin> | '' | <xmin> holds ''", "<xmax>4.7</xmax> | <xmax>1</xmax> | ends before",
        "<name>cat</name> | '' | no <name>",
        "</object> | </objekt> | 000001", "4.7 | 1e300 | '1e300', more pixels than", "4.7 | NaN | 'NaN', not a number",
        "<width>9 | <width>2000000000 | '2000000000', more pixels than an image has"})
    void refusesBrokenAnnotations(String part, String other, String said) throws IOException {
        annotation((size(WIDTH, HEIGHT) + OBJECTS).replace(part, other == null ? "" : other));

        InputException e = assertThrows(InputException.class, () -> open("test").sample(0));

        assertTrue(e.getMessage().contains("000001.xml") && e.getMessage().contains(said), e.getMessage());
        assertFalse(e.getMessage().contains("\n"), e.getMessage());
    }

    /** No map could point there: every method would miss. */
    @Test
    void aBoxOutsideTheImageIsRefused() throws IOException {
        annotation(size(WIDTH, HEIGHT) + OBJECTS.replace("<xmin>2</xmin>", "<xmin>10</xmin>").replace("4.7", "12"));

        InputException e = assertThrows(InputException.class, () -> open("test").sample(0));

        assertTrue(e.getMessage().contains("000001.xml: the box of a dog lies outside the 9 x 7 pixels"),
                e.getMessage());
    }

    /** A document type could name files of this machine, or grow without end. */
    @Test
    void refusesDocumentTypes() throws IOException {
        Path secret = Files.writeString(root.resolve("secret"), "dog");
        Files.writeString(edition.resolve("Annotations/000001.xml"), "<!DOCTYPE annotation [<!ENTITY x SYSTEM \""
                + secret.toUri() + "\">]>\n<annotation>"
                + (size(WIDTH, HEIGHT) + OBJECTS).replace("<name>dog", "<name>&x;") + "</annotation>");

        InputException e = assertThrows(InputException.class, () -> open("test").sample(0));

        assertTrue(e.getMessage().contains("DOCTYPE"), e.getMessage());
    }

    @Test
    void saysWhatIsMissing() throws IOException {
        assertTrue(assertThrows(InputException.class, () -> open("test").sample(1)).getMessage()
                .contains("000002.xml"));
        assertTrue(assertThrows(InputException.class, () -> open("trainval")).getMessage().contains("trainval.txt"));
        assertTrue(assertThrows(InputException.class, () -> PascalVoc.open(root, "2012", "val")).getMessage()
                .contains("VOC2012"));
        annotation(size(WIDTH + 1, HEIGHT) + OBJECTS);
        assertTrue(assertThrows(InputException.class, () -> open("test").sample(0).image()).getMessage()
                .contains("10 x 7"));
        Files.writeString(edition.resolve("ImageSets/Main/test.txt"), "../../secret\n");
        assertThrows(InputException.class, () -> open("test"));
    }

    private PascalVoc open(String split) {
        return PascalVoc.open(root, "2007", split);
    }

    private static String size(int width, int height) {
        return "<size><width>" + width + "</width><height>" + height + "</height><depth>3</depth></size>";
    }

    private void annotation(String content) throws IOException {
        Files.writeString(edition.resolve("Annotations/000001.xml"), "<annotation><folder>VOC2007</folder>" + content
                + "</annotation>");
    }
}
