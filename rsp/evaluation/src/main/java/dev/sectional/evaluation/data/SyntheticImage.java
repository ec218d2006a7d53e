package dev.sectional.evaluation.data;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * A synthetic image: shapes on a background of smooth brightness.
 *
 * @param background {@code SIZE * SIZE * 3} values of 0..1, row by row, RGB
 * @param shapes shapes from the bottom up
 */
record SyntheticImage(double[] background, List<SyntheticShape> shapes) {
    /** Side in pixels. */
    static final int SIZE = 64;
    private static final int GRID = 5;

    /** Renders the image: three bytes per pixel. Colours blend by coverage. */
    byte[] rgb() {
        double[] image = background.clone();
        for (SyntheticShape shape : shapes) {
            double[] coverage = shape.coverage(SIZE);
            for (int i = 0; i < image.length; i++) {
                double c = coverage[i / 3];
                image[i] = image[i] * (1 - c) + shape.rgb()[i % 3] * c;
            }
        }
        byte[] rgb = new byte[image.length];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) Math.rint(image[i] * 255);
        }
        return rgb;
    }

    /** Returns, for each shape, the pixels of which it covers at least half and no later shape does. */
    List<Mask> masks() {
        List<BitSet> masks = new ArrayList<>();
        for (SyntheticShape shape : shapes) {
            double[] coverage = shape.coverage(SIZE);
            BitSet covered = new BitSet(SIZE * SIZE);
            for (int i = 0; i < coverage.length; i++) {
                covered.set(i, coverage[i] >= 0.5);
            }
            masks.forEach(mask -> mask.andNot(covered));
            masks.add(covered);
        }
        return masks.stream().map(mask -> new Mask(SIZE, SIZE, mask)).toList();
    }

    /**
     * Creates one to four shapes with little overlap, each in a colour that contrasts with the background at its
     * centre.
     */
    static SyntheticImage random(RandomSequence random) {
        double[] background = background(random);
        double many = random.uniform(0, 1);
        int count = 1 + (many < 0.3 ? 0 : 1) + (many < 0.65 ? 0 : 1) + (many < 0.9 ? 0 : 1);
        List<SyntheticShape> shapes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            for (int attempt = 0; attempt < 60; attempt++) {
                double radius = random.uniform(8, 15);
                double cx = random.uniform(radius, SIZE - radius);
                double cy = random.uniform(radius, SIZE - radius);
                if (shapes.stream().allMatch(other -> apart(other, cx, cy, radius))) {
                    double[] rgb = colour(random, background, ((int) cy * SIZE + (int) cx) * 3);
                    SyntheticShape.Kind kind =
                            SyntheticShape.Kind.values()[random.below(SyntheticShape.Kind.values().length)];
                    shapes.add(new SyntheticShape(kind, cx, cy, radius, random.uniform(0, 2 * Math.PI), rgb));
                    break;
                }
            }
        }
        return new SyntheticImage(background, List.copyOf(shapes));
    }

    private static boolean apart(SyntheticShape other, double cx, double cy, double radius) {
        double dx = cx - other.cx();
        double dy = cy - other.cy();
        double least = 0.85 * (radius + other.radius());
        return dx * dx + dy * dy > least * least;
    }

    private static double[] colour(RandomSequence random, double[] background, int at) {
        double[] rgb = new double[3];
        for (int attempt = 0; attempt < 20; attempt++) {
            double contrast = 0;
            for (int c = 0; c < 3; c++) {
                rgb[c] = random.uniform(0, 1);
                contrast = Math.max(contrast, Math.abs(rgb[c] - background[at + c]));
            }
            if (contrast > 0.35) {
                break;
            }
        }
        return rgb;
    }

    /**
     * Creates a background: a base colour, differences on a coarse grid, interpolated bilinearly, and noise in each
     * value.
     */
    private static double[] background(RandomSequence random) {
        double[] base = {random.uniform(0.15, 0.85), random.uniform(0.15, 0.85), random.uniform(0.15, 0.85)};
        double[] grid = new double[GRID * GRID * 3];
        for (int i = 0; i < grid.length; i++) {
            grid[i] = base[i % 3] + random.uniform(-0.2, 0.2);
        }
        double noise = random.uniform(0, 0.06);
        double[] values = new double[SIZE * SIZE * 3];
        for (int i = 0; i < values.length; i++) {
            double x = i / 3 % SIZE * (GRID - 1.0) / (SIZE - 1);
            double y = i / 3 / SIZE * (GRID - 1.0) / (SIZE - 1);
            double value = between(grid, x, y, i % 3) + random.normal(noise);
            values[i] = Math.max(0, Math.min(1, value));
        }
        return values;
    }

    private static double between(double[] grid, double x, double y, int channel) {
        int left = Math.min((int) x, GRID - 2);
        int top = Math.min((int) y, GRID - 2);
        double fx = x - left;
        double fy = y - top;
        int at = (top * GRID + left) * 3 + channel;
        double upper = grid[at] * (1 - fx) + grid[at + 3] * fx;
        double lower = grid[at + GRID * 3] * (1 - fx) + grid[at + GRID * 3 + 3] * fx;
        return upper * (1 - fy) + lower * fy;
    }
}
