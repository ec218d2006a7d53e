package dev.sectional.evaluation.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.evaluation.Estimate;
import dev.sectional.evaluation.Figure;
import dev.sectional.evaluation.Summary;
import dev.sectional.images.figure.PageStyle;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReportTest {
    /** A name that clears a terminal, reverses the text and starts a formula. */
    private static final String HOSTILE = "=1+1\u001b[2J\u202e\n\u0000";

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', value = {"dog,dog", "`=SUM(A1,A2)`,`\"'=SUM(A1,A2)\"`", "@cmd,'@cmd", "+1,'+1",
            "-1,'-1",
        "a-b,a-b"})
    void cellsDoNotStartFormulas(String text, String cell) {
        assertEquals(cell, Report.quoted(text));
    }

    private static Estimate of(double value) {
        return new Estimate(value, "share", Figure.Better.HIGHER, 4, -1, 2);
    }

    @Test
    void tablesSayWhatTheyLeaveOutAndMarkOnlyWhatIsApart() {
        Map<String, Estimate> good = new LinkedHashMap<>();
        Map<String, Estimate> bad = new LinkedHashMap<>();
        for (int i = 0; i < 5; i++) {
            good.put("f" + i, new Estimate(0.9, "share", Figure.Better.HIGHER, 8, 0.8, 1));
            bad.put("f" + i, new Estimate(0.3, "share", Figure.Better.HIGHER, 8, 0.2, i == 1 ? 0.81 : 0.4));
        }
        Report report = new Report(Map.of(), List.of(), List.of(
                new MethodResult("good", 8, 8, 0, 0, Map.of("pointing", new Summary(good, Map.of(), List.of()))),
                new MethodResult("bad", 8, 8, 0, 0, Map.of("pointing", new Summary(bad, Map.of(), List.of())))),
                new Outcomes(8, Map.of(), Map.of()));

        List<String> text = report.text();

        assertEquals("good      0.900 [0.800, 1.000] n=8 *  0.900 [0.800, 1.000] n=8  0.900 [0.800, 1.000] n=8 *",
                text.get(2));
        assertFalse(text.get(3).contains("*"), text.get(3));
        assertTrue(text.get(1).contains("share, higher is better"), text.get(1));
        assertEquals("3 of 5 figures; tables.csv contains all", text.get(4));
        String html = new HtmlReport(report, Path.of("none"), "").html();
        assertEquals(4, html.split("<b>", -1).length - 1, "f1 is not bold: its intervals overlap");
        assertTrue(html.contains(PageStyle.css()), "the style of the interactive page");
        assertTrue(html.contains("<select id=\"theme\">"), html);
        assertTrue(html.contains("<b>0.900</b><small>[0.800, 1.000] n=8</small>"), html);
    }

    @Test
    void invisibleCharactersAreShownEscapedEverywhere() {
        Summary summary = new Summary(Map.of("hits", of(1)), Map.of("hits", Map.of(HOSTILE, of(1), "b", of(-0.5))),
                List.of());
        MethodResult result = new MethodResult(HOSTILE, 1, 1, 0, 0, Map.of("pointing", summary));
        Report report = new Report(Map.of("dataset", HOSTILE), List.of(HOSTILE, "b"), List.of(result),
                new Outcomes(2, Map.of(HOSTILE, HOSTILE), Map.of()));
        String shown = "=1+1\\u001b[2J\\u202e\\u000a\\u0000";

        String html = new HtmlReport(report, Path.of("none"), "").html();
        for (String text : new String[] {String.join("", report.text()), html, report.csv()}) {
            assertTrue(text.contains(shown), text);
            assertFalse(text.contains("\u001b") || text.contains("\u202e") || text.contains("\u0000"),
                    "raw characters");
        }
        assertTrue(report.csv().contains("pointing,'" + shown + ",hits,b,-0.5,share,higher,4,-1.0,2.0\n"),
                "numbers stay numbers: " + report.csv());
    }
}
