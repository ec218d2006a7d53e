package dev.sectional.weights.internal.onnx;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Each limit of a graph: reached, and passed by one. */
class GraphLimitsTest {
    private static void refused(String said, Executable count) {
        String message = assertThrows(IllegalArgumentException.class, count).getMessage();
        assertTrue(message.startsWith(said) && message.endsWith(", more than any classifier needs"), message);
    }

    @Test
    void nodesAndWeights() {
        GraphLimits nodes = new GraphLimits();
        for (int i = 0; i < 20_000; i++) {
            nodes.countNode(0);
        }
        refused("the graph has more than 20000 nodes or 1073741824 weights", () -> nodes.countNode(0));
        GraphLimits weights = new GraphLimits();
        weights.countNode(1L << 29);
        weights.countNode(1L << 29);
        refused("the graph has more than 20000 nodes", () -> weights.countNode(1));
    }

    @Test
    void channelsAndIntegers() {
        GraphLimits channels = new GraphLimits();
        for (int i = 0; i < 4; i++) {
            channels.countChannels(1 << 20);
        }
        refused("the graph has a layer of more than 1048576 channels", () -> channels.countChannels(1));
        refused("the graph has a layer", () -> new GraphLimits().countChannels((1 << 20) + 1));
        GraphLimits integers = new GraphLimits();
        integers.countIntegers(1 << 23);
        integers.countIntegers(1 << 23);
        refused("the graph computes with more than 16777216 integers", () -> integers.countIntegers(1));
    }

    @Test
    void partsOfTheHeap() {
        long heap = Runtime.getRuntime().maxMemory();
        GraphLimits copies = new GraphLimits();
        long half = heap / 2 / Float.BYTES;
        assertTrue(copies.tryCopy(half / 2));
        assertTrue(copies.tryCopy(half - half / 2));
        assertFalse(copies.tryCopy(1 << 20));
        assertTrue(new GraphLimits().tryCopy(0) && copies.tryCopy(0), "a copy that did not fit is not counted");
        GraphLimits folded = new GraphLimits();
        long sixth = heap / 6 / Double.BYTES;
        folded.countFolded(sixth);
        refused("the graph computes with constants of " + (sixth + 1) + " elements", () -> new GraphLimits()
                .countFolded(sixth + 1));
        long count = sixth;
        while ((count + sixth) * Double.BYTES <= 4 * heap) {
            folded.countFolded(sixth);
            count += sixth;
        }
        refused("the graph computes with constants", () -> folded.countFolded(sixth));
    }
}
