package dev.sectional.evaluation.metric.faithfulness;

import dev.sectional.evaluation.Saliency;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Squares that tile an image, ordered by the relevance inside. */
final class Regions {
    private Regions() {
    }

    /**
     * Returns the pixels of each square, in descending order of the map's sum inside; equal ones in scan order.
     *
     * @param side side of a square in pixels; squares at the right and lower border may be cut
     */
    static int[][] descending(Saliency map, int side) {
        List<int[]> regions = new ArrayList<>();
        for (int y = 0; y < map.height(); y += side) {
            for (int x = 0; x < map.width(); x += side) {
                regions.add(pixels(map.width(), x, y, Math.min(side, map.width() - x),
                        Math.min(side, map.height() - y)));
            }
        }
        double[] sums = regions.stream().mapToDouble(pixels -> sum(map, pixels)).toArray();
        return IntStream.range(0, sums.length).boxed()
                // a stable sort; -0.0 and 0.0 are equal
                .sorted(Comparator.comparingDouble((Integer i) -> -sums[i] + 0.0))
                .map(regions::get).toArray(int[][]::new);
    }

    /** Returns the indices of the pixels of a rectangle, row by row. */
    static int[] pixels(int imageWidth, int x, int y, int width, int height) {
        return IntStream.range(0, width * height).map(i -> (y + i / width) * imageWidth + x + i % width).toArray();
    }

    /** Returns the sum of the map over pixels. */
    static double sum(Saliency map, int[] pixels) {
        double sum = 0;
        for (int pixel : pixels) {
            sum += map.values()[pixel];
        }
        return sum;
    }

    /** Returns the squares in reverse order. */
    static int[][] reversed(int[][] order) {
        return IntStream.range(0, order.length).mapToObj(i -> order[order.length - 1 - i]).toArray(int[][]::new);
    }
}
