package dev.sectional.evaluation.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sectional.evaluation.Estimate;
import dev.sectional.evaluation.Figure;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FigureTextTest {
    @ParameterizedTest
    @CsvSource({"cases,1,1", "cases,0,0", "cases,157,157", "share,1,1.000", "share,0,0.000", "logits,12,12",
        "share,0.25,0.250", "share,0.00012,1.2e-04", "share,-0.00012,-1.2e-04", "share,0.001,0.001", "share,NaN,''"})
    void countsAreWholeAndTheRestHasThreeDecimals(String unit, double value, String shown) {
        assertEquals(shown, FigureText.number(new Estimate(value, unit, Figure.Better.NEITHER, 3, Double.NaN,
                Double.NaN)));
    }

    @Test
    void aLineHasIntervalAndCases() {
        Estimate share = new Estimate(0.5, "share", Figure.Better.HIGHER, 7, 0.25, 0.75);

        assertEquals("0.500 [0.250, 0.750] n=7", FigureText.line(share));
        assertEquals("share, higher is better", FigureText.meaning(Arrays.asList(null, share)));
        assertEquals("7", FigureText.line(new Estimate(7, Figure.CASES, Figure.Better.NEITHER, 7, Double.NaN,
                Double.NaN)));
        assertEquals("-", FigureText.line(null));
        assertEquals("logits", FigureText.meaning(List.of(new Estimate(1, "logits", Figure.Better.NEITHER, 1, 0, 2))));
    }
}
