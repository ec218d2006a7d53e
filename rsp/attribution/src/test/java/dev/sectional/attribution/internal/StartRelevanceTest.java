package dev.sectional.attribution.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.StridedNetwork;
import dev.sectional.core.InputException;
import dev.sectional.core.Tensor;
import dev.sectional.nn.Network;
import dev.sectional.nn.Tape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The start relevance of RSP against its formulas in double precision. */
class StartRelevanceTest {
    private static final int POSITIONS = StridedNetwork.ROWS * StridedNetwork.COLUMNS;
    private Network network;
    private Tape tape;
    private StartRelevance start;

    @BeforeEach
    void forward() {
        network = StridedNetwork.network();
        tape = network.forward(StridedNetwork.image());
        start = new StartRelevance(tape, network.indexOf("relu"));
    }

    @AfterEach
    void close() {
        network.close();
    }

    /** Returns A * mean gradient over its maximum: position, channel. */
    private static double[][] channelMap(int target) {
        double[][] activations = StridedNetwork.activations();
        double[][] map = new double[POSITIONS][StridedNetwork.CHANNELS];
        double greatest = 0;
        for (int p = 0; p < POSITIONS; p++) {
            for (int c = 0; c < StridedNetwork.CHANNELS; c++) {
                map[p][c] = activations[c][p] * StridedNetwork.weight(target, c);
                greatest = Math.max(greatest, map[p][c]);
            }
        }
        for (double[] position : map) {
            for (int c = 0; c < position.length; c++) {
                position[c] /= greatest + 1e-9;
            }
        }
        return map;
    }

    @Test
    void targetsEqualTheirFormula() {
        for (int target = 0; target < StridedNetwork.CLASSES; target++) {
            Tensor map = start.targets(target).get(0);
            double[][] expected = channelMap(target);
            double greatest = 0;
            for (int i = 0; i < map.data().length; i++) {
                double value = expected[i / StridedNetwork.CHANNELS][i % StridedNetwork.CHANNELS];
                // The scale of a map without a positive value is 1e9.
                assertEquals(value, map.data()[i], 1e-5 * Math.max(1, Math.abs(value)), target + ", " + i);
                greatest = Math.max(greatest, map.data()[i]);
            }
            assertTrue(greatest == 0 || Math.abs(greatest - 1) < 1e-6, "scaled to 1: " + greatest);
        }
    }

    @Test
    void mapsAreComputedOnce() {
        Tensor first = start.targets(1).get(0);
        assertSame(first, start.targets(0, 1, 1).get(1));
        assertSame(first, start.targets(0, 1, 1).get(2));
    }

    @Test
    void theRelativeStartEqualsItsFormula() {
        int[] classes = {0, 1, 2};
        for (int target : classes) {
            double[] expected = relative(target, classes);
            Tensor actual = start.relative(target, classes);
            double positive = 0;
            double negative = 0;
            for (int i = 0; i < actual.data().length; i++) {
                double share = expected[i / StridedNetwork.CHANNELS] / StridedNetwork.CHANNELS;
                assertEquals(share, actual.data()[i], 1e-4 * Math.max(1, Math.abs(share)), target + ", " + i);
                positive += Math.max(0, actual.data()[i]);
                negative += Math.min(0, actual.data()[i]);
            }
            assertTrue(positive == 0 || Math.abs(positive - 2) < 1e-4, "target: " + positive);
            assertTrue(negative == 0 || Math.abs(negative + 1) < 1e-4, "hostile: " + negative);
        }
    }

    /** Written from the definition: one value for each position. */
    private static double[] relative(int target, int[] classes) {
        double[][] relative = new double[POSITIONS][StridedNetwork.CHANNELS];
        double plus = 0;
        double minus = 0;
        for (int p = 0; p < POSITIONS; p++) {
            for (int c = 0; c < StridedNetwork.CHANNELS; c++) {
                for (int other : classes) {
                    relative[p][c] += other == target ? (classes.length - 1) * channelMap(target)[p][c]
                            : -channelMap(other)[p][c];
                }
                plus += Math.max(0, relative[p][c]);
                minus += Math.min(0, relative[p][c]);
            }
        }
        double[] positions = new double[POSITIONS];
        double target2 = 0;
        double hostile = 0;
        for (int p = 0; p < POSITIONS; p++) {
            for (double value : relative[p]) {
                positions[p] += value > 0 ? value / plus : value / -minus;
            }
            target2 += Math.max(0, positions[p]);
            hostile += Math.min(0, positions[p]);
        }
        for (int p = 0; p < POSITIONS; p++) {
            positions[p] = positions[p] > 0 ? 2 * positions[p] / target2
                    : hostile == 0 ? 0 : positions[p] / -hostile;
        }
        return positions;
    }

    @Test
    void theRelativeStartNeedsAnotherClass() {
        InputException e = assertThrows(InputException.class, () -> start.relative(1, new int[] {1, 1}));
        assertTrue(e.getMessage().contains("class 1 is the only class of interest"), e.getMessage());
        assertArrayEquals(start.relative(1, new int[] {0}).data(), start.relative(1, new int[] {0, 1}).data(),
                "with or without the target");
    }

    @Test
    void weightsAreMeanGradients() {
        double[] weights = StartRelevance.weights(tape, network.indexOf("relu"), 2, 0).get(1);
        for (int c = 0; c < StridedNetwork.CHANNELS; c++) {
            assertEquals(StridedNetwork.weight(0, c), weights[c], 1e-6);
        }
    }
}
