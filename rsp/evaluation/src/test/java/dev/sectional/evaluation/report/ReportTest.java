package dev.sectional.evaluation.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sectional.evaluation.Summary;
import java.nio.file.Path;
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

    @Test
    void invisibleCharactersAreShownEscapedEverywhere() {
        Summary summary = new Summary(Map.of("hits", 1.0), Map.of("hits", Map.of(HOSTILE, 1.0, "b", -0.5)), List.of());
        MethodResult result = new MethodResult(HOSTILE, 1, 1, 0, 0, Map.of("pointing", summary));
        Report report = new Report(Map.of("dataset", HOSTILE), List.of(HOSTILE, "b"), List.of(result),
                new Outcomes(2, Map.of(HOSTILE, HOSTILE), Map.of()));
        String shown = "=1+1\\u001b[2J\\u202e\\u000a\\u0000";

        String html = new HtmlReport(report, Path.of("none")).html();
        for (String text : new String[] {String.join("", report.text()), html, report.csv()}) {
            assertTrue(text.contains(shown), text);
            assertFalse(text.contains("\u001b") || text.contains("\u202e") || text.contains("\u0000"),
                    "raw characters");
        }
        assertTrue(report.csv().contains("pointing,'" + shown + ",hits,b,-0.5\n"), "numbers stay numbers: "
                + report.csv());
    }
}
