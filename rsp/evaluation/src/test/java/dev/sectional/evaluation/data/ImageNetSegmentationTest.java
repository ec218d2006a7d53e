package dev.sectional.evaluation.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.InputException;
import dev.sectional.images.Image;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageNetSegmentationTest {
    @TempDir
    Path folder;

    /**
     * The file was written by h5py in the layout of MATLAB 7.3 (a user block of 512 bytes, one image compressed):
     * channel c of pixel (x, y) of image i is {@code 100 c + 10 x + y + i + 100}, its object
     * {@code 1 <= x < 3, y < 2 + i}.
     */
    @Test
    void readsImagesAndMasks() throws Exception {
        try (ImageNetSegmentation dataset = ImageNetSegmentation.open(genuine())) {
            assertEquals(2, dataset.size());
            for (int i = 0; i < 2; i++) {
                Sample sample = dataset.sample(i);
                assertEquals(i == 0 ? 5 : 3, sample.width());
                assertEquals(i == 0 ? 4 : 6, sample.height());
                Image image = sample.image();
                byte[] rgb = image.resized(image.width(), image.height());
                for (int y = 0; y < sample.height(); y++) {
                    for (int x = 0; x < sample.width(); x++) {
                        assertEquals(x >= 1 && x < 3 && y < 2 + i, sample.truths().get(0).segment().contains(x, y));
                        for (int c = 0; c < 3; c++) {
                            assertEquals((100 * c + 10 * x + y + i + 100) % 256,
                                    rgb[3 * (y * sample.width() + x) + c] & 0xFF);
                        }
                    }
                }
            }
        }
    }

    @Test
    void refusesAFileCutAnywhere() throws Exception {
        byte[] bytes = Files.readAllBytes(genuine());
        Path file = folder.resolve("cut.mat");
        for (int part = 0; part < 40; part++) {
            Files.write(file, Arrays.copyOf(bytes, bytes.length * part / 40));
            InputException e = assertThrows(InputException.class, () -> readAll(file), "part " + part);
            assertTrue(e.getMessage().contains("cut.mat"), e.getMessage());
            assertFalse(e.getMessage().contains("\n"), e.getMessage());
        }
    }

    private static void readAll(Path file) {
        try (ImageNetSegmentation dataset = ImageNetSegmentation.open(file)) {
            for (int i = 0; i < dataset.size(); i++) {
                dataset.sample(i);
            }
        }
    }

    private static Path genuine() throws Exception {
        return Path.of(ImageNetSegmentationTest.class.getResource("gtsegs.mat").toURI());
    }
}
