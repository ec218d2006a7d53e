package dev.sectional.evaluation.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.sectional.evaluation.Estimate;
import dev.sectional.evaluation.Figure;
import dev.sectional.evaluation.Summary;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import java.util.Map;

/** Writes a report as {@code results.json}. */
final class ReportJson {
    private static final JsonFactory JSON = new JsonFactory();

    private final Report report;

    ReportJson(Report report) {
        this.report = report;
    }

    void write(OutputStream out) throws IOException {
        try (JsonGenerator json = JSON.createGenerator(out).useDefaultPrettyPrinter()) {
            json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
            json.writeStartObject();
            strings(json, "settings", report.settings());
            outcomes(json, report.outcomes());
            results(json);
            seconds(json);
            json.writeEndObject();
            json.writeRaw('\n');
        }
    }

    private static void outcomes(JsonGenerator json, Outcomes outcomes) throws IOException {
        json.writeObjectFieldStart("images");
        json.writeNumberField("total", outcomes.images());
        json.writeNumberField("evaluated", outcomes.evaluated());
        json.writeNumberField("skipped", outcomes.skipped().size());
        json.writeNumberField("failed", outcomes.failedImages().size());
        json.writeEndObject();
        strings(json, "skipped", outcomes.skipped());
        json.writeObjectFieldStart("failed");
        for (Map.Entry<String, Map<String, String>> method : outcomes.failed().entrySet()) {
            strings(json, method.getKey(), method.getValue());
        }
        json.writeEndObject();
    }

    private void results(JsonGenerator json) throws IOException {
        json.writeArrayFieldStart("results");
        for (MethodResult result : report.results()) {
            json.writeStartObject();
            json.writeStringField("method", result.name());
            json.writeNumberField("images", result.images());
            json.writeNumberField("cases", result.cases());
            json.writeObjectFieldStart("metrics");
            for (Map.Entry<String, Summary> metric : result.metrics().entrySet()) {
                summary(json, metric.getKey(), metric.getValue());
            }
            json.writeEndObject();
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private void seconds(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("seconds");
        for (MethodResult result : report.results()) {
            json.writeObjectFieldStart(result.name());
            json.writeNumberField("explaining", result.explaining());
            json.writeNumberField("measuring", result.measuring());
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private static void summary(JsonGenerator json, String name, Summary summary) throws IOException {
        json.writeObjectFieldStart(name);
        numbers(json, "overall", summary.overall());
        json.writeObjectFieldStart("figures");
        for (Map.Entry<String, Estimate> figure : summary.figures().entrySet()) {
            figure(json, figure.getKey(), figure.getValue());
        }
        json.writeEndObject();
        json.writeObjectFieldStart("perClass");
        for (Map.Entry<String, Map<String, Double>> figure : summary.perClass().entrySet()) {
            numbers(json, figure.getKey(), figure.getValue());
        }
        json.writeEndObject();
        json.writeArrayFieldStart("curves");
        for (Summary.Curve curve : summary.curves()) {
            curve(json, curve);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void figure(JsonGenerator json, String name, Estimate estimate) throws IOException {
        json.writeObjectFieldStart(name);
        json.writeFieldName("value");
        number(json, estimate.value());
        json.writeStringField("unit", estimate.unit());
        if (estimate.better() != Figure.Better.NEITHER) {
            json.writeStringField("better", estimate.better().name().toLowerCase(Locale.ROOT));
        }
        json.writeNumberField("cases", estimate.cases());
        if (estimate.hasInterval()) {
            json.writeNumberField("low", estimate.low());
            json.writeNumberField("high", estimate.high());
        }
        json.writeEndObject();
    }

    private static void curve(JsonGenerator json, Summary.Curve curve) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", curve.name());
        json.writeStringField("x", curve.xName());
        json.writeStringField("y", curve.yName());
        json.writeArrayFieldStart("ticks");
        for (String tick : curve.ticks()) {
            json.writeString(tick);
        }
        json.writeEndArray();
        json.writeArrayFieldStart("values");
        for (double value : curve.values()) {
            number(json, value);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void strings(JsonGenerator json, String name, Map<String, String> values) throws IOException {
        json.writeObjectFieldStart(name);
        for (Map.Entry<String, String> value : values.entrySet()) {
            json.writeStringField(value.getKey(), value.getValue());
        }
        json.writeEndObject();
    }

    private static void numbers(JsonGenerator json, String name, Map<String, Double> values) throws IOException {
        json.writeObjectFieldStart(name);
        for (Map.Entry<String, Double> value : values.entrySet()) {
            json.writeFieldName(value.getKey());
            number(json, value.getValue());
        }
        json.writeEndObject();
    }

    /** Writes a number; NaN and infinities become null, as JSON has no form for them. */
    private static void number(JsonGenerator json, double value) throws IOException {
        if (Double.isFinite(value)) {
            json.writeNumber(value);
        } else {
            json.writeNull();
        }
    }
}
