package dev.sectional.evaluation.metric.faithfulness;

import dev.sectional.evaluation.Saliency;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Squares that tile an image, in the order of the relevance that lies in them. */
final class Regions {
    private Regions() {
    }

    /**
     * The places of each square, that of the greatest sum first; of equal ones the first in scan order.
     *
     * @param side of a square in places; squares at the right and lower border may be cut
     */
    static int[][] descending(Saliency map, int side) {
        List<int[]> regions = new ArrayList<>();
        for (int y = 0; y < map.height(); y += side) {
            for (int x = 0; x < map.width(); x += side) {
                regions.add(places(map.width(), x, y, Math.min(side, map.width() - x), Math.min(side, map.height() - y)));
            }
        }
        double[] sums = regions.stream().mapToDouble(places -> sum(map, places)).toArray();
        return IntStream.range(0, sums.length).boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -sums[i] + 0.0))   // a stable sort; -0.0 and 0.0 are equal
                .map(regions::get).toArray(int[][]::new);
    }

    /** The numbers of the places of a rectangle, row by row. */
    static int[] places(int imageWidth, int x, int y, int width, int height) {
        return IntStream.range(0, width * height).map(i -> (y + i / width) * imageWidth + x + i % width).toArray();
    }

    /** The sum of the map over places. */
    static double sum(Saliency map, int[] places) {
        double sum = 0;
        for (int place : places) {
            sum += map.values()[place];
        }
        return sum;
    }

    /** The same from last to first. */
    static int[][] reversed(int[][] order) {
        return IntStream.range(0, order.length).mapToObj(i -> order[order.length - 1 - i]).toArray(int[][]::new);
    }
}
