package dev.sectional.evaluation.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.core.io.Safetensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class SyntheticShapesTest {
    /** The golden images were rendered in Python with the same formulas, on backgrounds that the file contains. */
    @Test
    void rendersTheGoldenImages() throws Exception {
        int scenes = 0;
        try (Safetensors golden = Safetensors.open(Path.of(SyntheticShapesTest.class.getResource("scenes.safetensors")
                .toURI()))) {
            for (; golden.has(scenes + ".image"); scenes++) {
                SyntheticImage scene = scene(golden, scenes);
                long[] pixels = golden.longs(scenes + ".image");
                byte[] rgb = scene.rgb();
                for (int i = 0; i < rgb.length; i++) {
                    assertEquals(pixels[i], rgb[i] & 0xFF, 1e-9, "scene " + scenes + ", value " + i);
                }
                long[] expected = golden.longs(scenes + ".masks");
                List<Mask> masks = scene.masks();
                for (int i = 0; i < expected.length; i++) {
                    int pixel = i % (SyntheticImage.SIZE * SyntheticImage.SIZE);
                    assertEquals(expected[i] != 0, masks.get(i / (SyntheticImage.SIZE * SyntheticImage.SIZE)).bits()
                            .get(pixel), "scene " + scenes + ", mask " + i);
                }
            }
        }
        assertEquals(8, scenes);
    }

    private static SyntheticImage scene(Safetensors golden, int number) {
        double[] background = Arrays.stream(golden.longs(number + ".background")).mapToDouble(value -> value / 255.0)
                .toArray();
        double[] geometry = golden.doubles(number + ".geometry");
        long[] kinds = golden.longs(number + ".kinds");
        List<SyntheticShape> shapes = new ArrayList<>();
        for (int i = 0; i < kinds.length; i++) {
            double[] g = Arrays.copyOfRange(geometry, 7 * i, 7 * i + 7);
            shapes.add(new SyntheticShape(SyntheticShape.Kind.values()[(int) kinds[i]], g[0], g[1], g[2], g[3],
                    new double[] {g[4], g[5], g[6]}));
        }
        return new SyntheticImage(background, shapes);
    }

    @Test
    void anImageDependsOnSeedAndIndexOnly() {
        byte[] first = pixels(new SyntheticShapes(5, 7), 3);

        assertArrayEquals(first, pixels(new SyntheticShapes(100, 7), 3));
        assertNotEquals(Arrays.hashCode(first), Arrays.hashCode(pixels(new SyntheticShapes(5, 7), 4)));
        assertNotEquals(Arrays.hashCode(first), Arrays.hashCode(pixels(new SyntheticShapes(5, 8), 3)));
    }

    /** The pixels of one image are the same on every Java runtime. */
    @Test
    void isStable() {
        assertEquals(-351512940, Arrays.hashCode(pixels(new SyntheticShapes(1, 1), 0)));
    }

    @Test
    void numbersAndSizesOfShapesAreAsDocumented() {
        int[] counts = new int[5];
        for (int i = 0; i < 1000; i++) {
            SyntheticImage scene = SyntheticImage.random(new RandomSequence(3, i));
            counts[scene.shapes().size()]++;
            for (SyntheticShape shape : scene.shapes()) {
                assertTrue(shape.radius() >= 8 && shape.radius() < 15);
                assertTrue(shape.cx() >= shape.radius() && shape.cx() <= SyntheticImage.SIZE - shape.radius());
            }
        }
        assertEquals(0, counts[0]);
        assertEquals(300, counts[1], 60);
        assertEquals(350, counts[2], 60);
        assertTrue(counts[3] > 100 && counts[4] > 20, Arrays.toString(counts));
    }

    private static byte[] pixels(SyntheticShapes scenes, int number) {
        return scenes.sample(number).image().resized(SyntheticImage.SIZE, SyntheticImage.SIZE);
    }
}
