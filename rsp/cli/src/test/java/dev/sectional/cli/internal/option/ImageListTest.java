package dev.sectional.cli.internal.option;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageListTest {
    @TempDir
    Path folder;

    private List<String> names(Path... given) {
        return ImageList.of(List.of(given), false, InputStream.nullInputStream()).stream().map(ImageSource::name)
                .toList();
    }

    private Path file(String name) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.write(file, new byte[1]);
    }

    @Test
    void filesThatDifferByTheirExtensionAloneKeepIt() throws IOException {
        file("cup.jpg");
        file("cup.png");
        file("cat.jpg");
        assertEquals(List.of("cat", "cup.jpg", "cup.png"), names(folder));
    }

    /** What cannot be read is no reason to leave out the rest: it gives an entry that says why. */
    @Test
    void foldersWithoutImagesAndMissingFilesAreEntries() throws IOException {
        Path cup = file("cup.jpg");
        Path empty = Files.createDirectory(folder.resolve("empty"));
        List<ImageSource> all = ImageList.of(List.of(empty, cup, folder.resolve("none.png")), false,
                InputStream.nullInputStream());
        assertEquals(3, all.size());
        assertEquals("the folder " + empty + " holds no image: name a file or another folder, or search its folders "
                + "with --recursive", assertThrows(InputException.class, all.get(0)::requireImage).getMessage());
        all.get(1).requireImage();
    }

    @Test
    void filesOfOneNameMayStandInARunThatWritesNone() throws IOException {
        Path one = file("one/cup.jpg");
        Path two = file("two/cup.jpg");
        assertEquals(2, ImageList.withoutFiles(List.of(one, two), false, InputStream.nullInputStream()).size());
        String said = assertThrows(InputException.class, () -> ImageList.withoutFiles(List.of(one, one), false,
                InputStream.nullInputStream())).getMessage();
        assertTrue(said.contains("is named twice"), said);
    }

    @Test
    void filesOfOneNameAreRefused() throws IOException {
        Path one = file("one/cup.jpg");
        Path two = file("two/cup.jpg");
        String said = assertThrows(InputException.class, () -> names(one, two)).getMessage();
        assertTrue(said.startsWith(one + " and " + two + " would give results of the same name"), said);
        assertEquals(List.of("cup.jpg", "cup.png"), names(one, file("two/cup.png")));
    }
}
