package dev.sectional.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Writes a folder in the layout of PASCAL VOC: the sample of the astronaut, with one box of class person each. */
public final class SmallVoc {
    private static final Path PHOTO = Path.of("../cli/samples/astronaut.png");

    private SmallVoc() {
    }

    /**
     * Writes the split {@code test}.
     *
     * @param root folder of one year, such as {@code VOC2007}
     * @param right right end of each box, which begins at 10, 10
     * @param bottom its lower end
     * @param ids names of the images
     */
    public static void write(Path root, int right, int bottom, String... ids) throws IOException {
        for (String each : List.of("ImageSets/Main", "Annotations", "JPEGImages")) {
            Files.createDirectories(root.resolve(each));
        }
        Files.writeString(root.resolve("ImageSets/Main/test.txt"), String.join("\n", ids) + "\n");
        for (String id : ids) {
            Files.writeString(root.resolve("Annotations/" + id + ".xml"), "<annotation><size><width>512</width>"
                    + "<height>512</height><depth>3</depth></size><object><name>person</name><difficult>0</difficult>"
                    + "<truncated>0</truncated><bndbox><xmin>10</xmin><ymin>10</ymin><xmax>" + right + "</xmax><ymax>"
                    + bottom + "</ymax></bndbox></object></annotation>");
            Files.copy(PHOTO, root.resolve("JPEGImages/" + id + ".jpg"));
        }
    }
}
