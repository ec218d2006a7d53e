package dev.sectional.attribution.method;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.attribution.Attribution;
import dev.sectional.attribution.Interest;
import dev.sectional.attribution.PropagationMethod;
import dev.sectional.attribution.Target;
import dev.sectional.attribution.TinyNetwork;
import dev.sectional.core.InputException;
import dev.sectional.nn.Network;
import dev.sectional.nn.rule.Composite;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MethodsTest {
    @Test
    void everyEntryMakesItsMethod() {
        assertEquals("rsp", Methods.all().get(0).name());
        for (Methods.Entry entry : Methods.all()) {
            assertEquals(entry.name(), entry.method().name());
            assertTrue(entry.summary().length() <= 100, entry.summary());
        }
    }

    /** Written with their defaults, methods give the same bits as without settings. */
    @Test
    void defaultsAreWhatTheEntryShows() {
        try (Network network = TinyNetwork.of("[]", 1, 2, 3, 4, -1, 0, 1, 0)) {
            for (Methods.Entry entry : Methods.all()) {
                float[] shown = Methods.named(entry.name().toUpperCase(java.util.Locale.ROOT) + ":" + entry.settings())
                        .explain(network, TinyNetwork.IMAGE, Target.of(0)).relevance().data();
                assertArrayEquals(entry.method().explain(network, TinyNetwork.IMAGE, Target.of(0)).relevance().data(),
                        shown, entry.name());
            }
        }
    }

    /** More classes than one backward pass takes, in another order. */
    @Test
    void manyClassesGetWhatEachGetsAlone() {
        float[] head = new float[6 * 4];
        for (int i = 0; i < head.length; i++) {
            head[i] = (i * 5 % 13 - 5) / 8f;
        }
        List<Target> targets = IntStream.of(3, 5, 1, 0, 4, 2).mapToObj(Target::of).toList();
        try (Network network = TinyNetwork.of("[]", head)) {
            for (Methods.Entry entry : Methods.all()) {
                List<Attribution> all = entry.method().explainAll(network, TinyNetwork.IMAGE, targets);
                for (int i = 0; i < 6; i += 2) {
                    Attribution alone = entry.method().explain(network, TinyNetwork.IMAGE, targets.get(i));
                    assertEquals(alone.target(), all.get(i).target(), entry.name());
                    assertArrayEquals(alone.relevance().data(), all.get(i).relevance().data(), entry.name());
                    assertArrayEquals(alone.start().data(), all.get(i).start().data(), entry.name());
                    assertEquals(alone.layers(), all.get(i).layers(), entry.name());
                }
                assertEquals(6, all.size());
            }
        }
    }

    private static void assertSame(Network network, PropagationMethod one, PropagationMethod other) {
        Attribution wanted = one.explain(network, TinyNetwork.IMAGE, Target.of(0));
        Attribution got = other.explain(network, TinyNetwork.IMAGE, Target.of(0));
        assertEquals(wanted.method(), got.method());
        assertEquals(wanted.layers(), got.layers());
        assertArrayEquals(wanted.relevance().data(), got.relevance().data());
        assertArrayEquals(wanted.start().data(), got.start().data());
        assertEquals(wanted.layerRelevances().keySet(), got.layerRelevances().keySet());
    }

    /** Each copy changes one setting, in whatever order they are made. */
    @Test
    void copiesKeepTheOtherSettings() {
        Interest both = Interest.top(2);
        Rsp rsp = Rsp.reference().purging(true).startLayer("conv").relative(both).keepingLayerRelevances(true);
        try (Network network = TinyNetwork.of("[]", 1, 2, 3, 4, 4, -3, 2, -1)) {
            Attribution all = rsp.explain(network, TinyNetwork.IMAGE, Target.of(0));
            assertEquals("rsp-relative", all.method());
            assertEquals(List.of("conv"), List.copyOf(all.layerRelevances().keySet()));
            assertEquals("z^B after purging", all.layers().get(0).rule());
            assertSame(network, rsp, Rsp.reference().keepingLayerRelevances(true).relative(both).startLayer("conv")
                    .purging(true));
            assertSame(network, rsp, Rsp.reference().startLayer("conv").keepingLayerRelevances(true).purging(true)
                    .relative(both));
            assertTrue(rsp.keepingLayerRelevances(false).explain(network, TinyNetwork.IMAGE, Target.of(0))
                    .layerRelevances().isEmpty());
            assertEquals("z^B", rsp.purging(false).explain(network, TinyNetwork.IMAGE, Target.of(0)).layers().get(0)
                    .rule());
            Lrp lrp = Lrp.of(Composite.excitation()).fromOne();
            assertEquals(1, lrp.explain(network, TinyNetwork.IMAGE, Target.of(0)).start().data()[0]);
            assertSame(network, lrp.keepingLayerRelevances(true), Lrp.of(Composite.excitation())
                    .keepingLayerRelevances(true).fromOne());
            assertEquals(List.of("head", "flatten", "relu", "conv"), List.copyOf(lrp.keepingLayerRelevances(true)
                    .explain(network, TinyNetwork.IMAGE, Target.of(0)).layerRelevances().keySet()));
        }
    }

    @Test
    void settingsReachTheMethod() {
        assertEquals("rsp-relative", Methods.named("rsp:start=relative, purge=true").name());
        try (Network network = TinyNetwork.of("[]", 1, 2, 3, 4)) {
            float[] few = Methods.named("integrated-gradients:steps=1")
                    .explain(network, TinyNetwork.IMAGE, Target.of(0)).relevance().data();
            assertArrayEquals(new float[] {1, 4, 9, 16}, few, 1e-5f);
        }
    }

    @Test
    void classesOfARelativeStartAreIndicesOrQuotedLabels() {
        String labels = "[\"tench, fish\", \"dog\", \"cat\", \"a+b\"]";
        Methods.Choice choice = Methods.choose("RSP:start=relative,classes=1+\"tench, fish\"+\"a+b\"");
        assertEquals("rsp:start=relative,classes=1+\"tench, fish\"+\"a+b\",purge=false", choice.text());
        float[] head = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};
        try (Network network = TinyNetwork.of(labels, head)) {
            assertArrayEquals(new int[] {1, 0, 3}, Interest.parse("1+\"tench, fish\"+\"a+b\"")
                    .classes(network.forward(TinyNetwork.IMAGE)));
            assertArrayEquals(new int[] {0, 2}, Interest.parse("fish+cat").classes(network.forward(TinyNetwork.IMAGE)));
            assertEquals("rsp-relative", choice.method().explain(network, TinyNetwork.IMAGE, Target.of(0)).method());
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "magic                          | method 'magic' is unknown: use rsp, rap,",
        "grad-cam:colour=red            | method grad-cam has no setting 'colour': it has layer=",
        "gradient:steps=5               | method gradient has no setting 'steps': it has none",
        "smooth-grad:samples            | method smooth-grad: 'samples' is not a setting",
        "smooth-grad:samples=few        | method smooth-grad: samples=few is not a whole number",
        "smooth-grad:noise=loud         | method smooth-grad: noise=loud is not a number",
        "smooth-grad:samples=0          | at least 1 sample",
        "integrated-gradients:steps=0   | integrated gradients take 1 to 10000 steps, got 0",
        "integrated-gradients:rule=left | method integrated-gradients: rule=left is unknown: use gauss, midpoint or "
                + "right",
        "rsp:start=middle               | method rsp: start=middle is unknown: use target or relative",
        "rpa                            | did you mean 'rap'?",
        "rsp:strat=relative             | did you mean 'start'?",
        "rsp:classes=top3               | classes needs start=relative",
        "rsp:start=relative,classes=top0 | classes top0: give topK",
        "rsp:purge=perhaps              | method rsp: purge=perhaps is neither true nor false",
        "lrp-alpha-beta:alpha=3,beta=1  | method lrp-alpha-beta: beta is alpha - 1"})
    void saysWhatIsWrong(String text, String said) {
        InputException e = assertThrows(InputException.class, () -> Methods.named(text));
        assertTrue(e.getMessage().contains(said), e.getMessage());
    }

    @Test
    void gradientsHaveNoSignThatCounts() {
        assertFalse(Methods.signed("gradient"));
        assertFalse(Methods.signed("smooth-grad"));
        assertFalse(Methods.signed("guided-backprop") || Methods.signed("deconvnet"));
        assertEquals("gradient", Methods.choose("gradient").text(), "no settings");
        assertEquals("integrated-gradients:steps=50,rule=right",
                Methods.choose("integrated-gradients: rule = right").text());
        assertTrue(Methods.signed("rsp") && Methods.signed("integrated-gradients"));
    }

    @Test
    void flagsAreTrueOrFalse() {
        try (Network network = TinyNetwork.of("[]", 1, 2, 3, 4)) {
            int conv = network.indexOf("conv");
            String purged = ((Rsp) Methods.named("rsp:purge=true")).composite().rule(network, conv).name();
            String plain = ((Rsp) Methods.named("rsp:purge=false")).composite().rule(network, conv).name();
            assertEquals("z^B after purging z^B", purged + " " + plain);
        }
        InputException setting = assertThrows(InputException.class, () -> Methods.named("rsp:=true"));
        assertTrue(setting.getMessage().contains("has no setting ''"), setting.getMessage());
        InputException method = assertThrows(InputException.class, () -> Methods.named(":x=1"));
        assertTrue(method.getMessage().contains("method '' is unknown"), method.getMessage());
        assertEquals("rsp", Methods.named("rsp:").name());
    }
}
