package dev.sectional.evaluation;

import dev.sectional.core.Shape;
import dev.sectional.core.Tensor;
import dev.sectional.evaluation.internal.CounterRandom;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** Values that other libraries computed, and their inputs: {@code src/test/oracle/metrics.py}. */
public final class Expected {
    private static final Properties VALUES = new Properties();

    static {
        try (InputStream in = Expected.class.getResourceAsStream("metrics.properties")) {
            VALUES.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Expected() {
    }

    /** Returns an expected value. */
    public static double value(String key) {
        return Double.parseDouble(VALUES.getProperty(key));
    }

    /** Returns random values from -1 to 1. */
    public static double[] noise(long seed, int size) {
        CounterRandom draws = new CounterRandom(seed);
        double[] noise = new double[size];
        for (int i = 0; i < size; i++) {
            noise[i] = 2 * draws.uniform(i) - 1;
        }
        return noise;
    }

    /** Returns two correlated maps; the second has many equal values. */
    public static Saliency[] maps(long seed, int height, int width) {
        double[] first = noise(seed, height * width);
        double[] second = noise(seed + 1, height * width);
        float[] a = new float[height * width];
        float[] b = new float[height * width];
        for (int i = 0; i < a.length; i++) {
            a[i] = (float) (Math.sin(i % width / 7.0) * Math.cos(i / width / 5.0) + 0.5 * first[i]);
            b[i] = (float) (Math.floor((float) (0.6 * a[i] + 0.7 * second[i]) * 8.0) / 8);
        }
        return new Saliency[] {new Saliency(width, height, a), new Saliency(width, height, b)};
    }

    /** Returns an image of values from -1 to 1. */
    public static Tensor image(long seed, int height, int width) {
        double[] noise = noise(seed, 3 * height * width);
        Tensor image = Tensor.zeros(Shape.of(3, height, width));
        for (int i = 0; i < noise.length; i++) {
            image.data()[i] = (float) noise[i];
        }
        return image;
    }
}
