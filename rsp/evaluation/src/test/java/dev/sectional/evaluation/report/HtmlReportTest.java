package dev.sectional.evaluation.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HtmlReportTest {
    @ParameterizedTest
    @CsvSource({"hits,1,1", "cases,0,0", "difficult hits,1,1", "cases,157,157", "accuracy,1,1.000",
            "accuracy over all cases,1,1.000", "mIoU zero,0.25,0.250",
        "mean,0.00012,1.2e-04", "mean,NaN,''"})
    void countsAreWholeAndTheRestHasThreeDecimals(String figure, double value, String shown) {
        assertEquals(shown, HtmlReport.number(figure, value));
    }
}
