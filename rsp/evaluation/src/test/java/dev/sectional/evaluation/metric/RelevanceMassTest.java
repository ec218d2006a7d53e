package dev.sectional.evaluation.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.evaluation.Cases;
import dev.sectional.evaluation.Expected;
import dev.sectional.evaluation.Figure;
import dev.sectional.evaluation.Saliency;
import dev.sectional.evaluation.data.Mask;
import dev.sectional.evaluation.data.Truth;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RelevanceMassTest {
    @ParameterizedTest
    @CsvSource({"mass0, 31, 30, 40", "mass1, 32, 25, 25"})
    void agreesWithPlainNumpy(String name, long seed, int height, int width) {
        BitSet inside = new BitSet();
        BitSet ignored = new BitSet();
        for (int i = 0; i < height * width; i++) {
            int dx = i % width - width / 3;
            int dy = i / width - height / 2;
            inside.set(i, dx * dx + dy * dy < 60);
            ignored.set(i, dx * dx + dy * dy >= 55 && dx * dx + dy * dy < 80);
        }
        Map<String, Double> values = measure(Expected.maps(seed, height, width)[1], inside, ignored);
        assertEquals(Expected.value(name + ".mass"), values.get("mass"), 1e-12);
        assertEquals(Expected.value(name + ".rank"), values.get("rank"), 1e-12);
    }

    @Test
    void theMaskItselfIsTheBestMap() {
        BitSet inside = new BitSet();
        inside.set(3, 17);
        float[] map = new float[100];
        float[] nothing = new float[100];
        float[] outside = new float[100];
        for (int i = 0; i < 100; i++) {
            map[i] = inside.get(i) ? 1 : -1;
            outside[i] = -map[i];
        }
        assertEquals(Map.of("mass", 1.0, "rank", 1.0), measure(new Saliency(10, 10, map), inside, new BitSet()));
        assertEquals(Map.of("mass", 0.0, "rank", 0.0), measure(new Saliency(10, 10, outside), inside, new BitSet()));
        assertEquals(0, measure(new Saliency(10, 10, nothing), inside, new BitSet()).get("mass"));
        assertTrue(measure(new Saliency(10, 10, map), new BitSet(), new BitSet()).isEmpty(),
                "nothing inside: nothing to measure");
    }

    @Test
    void ofEqualValuesTheFirstRanksHigher() {
        BitSet first = new BitSet();
        first.set(0);
        for (float[] zeros : new float[][] {{0f, -0f, 0f, 0f}, {-0f, 0f, 0f, 0f}}) {
            assertEquals(1, measure(new Saliency(2, 2, zeros), first, new BitSet()).get("rank"));
        }
    }

    @Test
    void withoutAMaskTheRegionIsInside() {
        Truth truth = new Truth(0, Mask.rectangle(2, 1, 0, 0, 1, 1), false, null, Mask.empty(2, 1));
        assertEquals(Map.of("mass", 0.25, "rank", 0.0), new RelevanceMass().measure(Cases.of("one", truth,
                new Saliency(2, 1, new float[] {1, 3}), 0)));
        assertEquals(List.of("mass", "rank", "cases"),
                new RelevanceMass().figures(List.of(), List.of()).stream().map(Figure::name).toList());
    }

    private static Map<String, Double> measure(Saliency map, BitSet inside, BitSet ignored) {
        int width = map.width();
        int height = map.height();
        Mask mask = new Mask(width, height, inside);
        Truth truth = new Truth(0, mask, false, mask, new Mask(width, height, ignored));
        return new RelevanceMass().measure(Cases.of("one", truth, map, 0));
    }
}
