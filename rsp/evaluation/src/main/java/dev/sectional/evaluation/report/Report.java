package dev.sectional.evaluation.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.sectional.evaluation.Summary;
import dev.sectional.evaluation.internal.VisibleText;
import dev.sectional.images.files.OutputFiles;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The results of an evaluation, and their output as JSON, CSV, HTML and text. The tables depend on the measurements
 * only, so that an interrupted and resumed run has the same tables; times are separate.
 *
 * @param settings settings by name, in the order to show them
 * @param classes names of the dataset's classes
 * @param results one for each method
 * @param outcomes what became of every image
 */
public record Report(Map<String, String> settings, List<String> classes, List<MethodResult> results,
                     Outcomes outcomes) {
    private static final JsonFactory JSON = new JsonFactory();
    /** Greatest number of figures of a metric on the terminal. */
    private static final int TEXT_COLUMNS = 5;

    /** Writes {@code results.json}, {@code tables.csv} and {@code report.html} into a folder: all or none. */
    public void write(Path folder) {
        try (OutputFiles outputs = new OutputFiles()) {
            outputs.add(folder.resolve("results.json"), this::json);
            outputs.add(folder.resolve("tables.csv"), out -> out.write(csv().getBytes(StandardCharsets.UTF_8)));
            outputs.add(folder.resolve("report.html"),
                    out -> out.write(new HtmlReport(this, folder.resolve("samples")).html()
                    .getBytes(StandardCharsets.UTF_8)));
            outputs.keep();
        }
    }

    /** Returns the first figures of each metric as a table of text with one line per method. */
    public List<String> text() {
        List<String> lines = new ArrayList<>();
        int names = Math.max(6, results.stream().mapToInt(result -> result.name().length()).max().orElse(0));
        Set<String> metrics = new LinkedHashSet<>();
        results.forEach(result -> metrics.addAll(result.metrics().keySet()));
        for (String metric : metrics) {
            List<String> figures = results.get(0).metrics().get(metric).overall().keySet().stream().limit(TEXT_COLUMNS)
                    .toList();
            StringBuilder head = new StringBuilder(String.format("%-" + names + "s", metric));
            figures.forEach(figure -> head.append("  ").append(figure));
            lines.add(head.toString());
            for (MethodResult result : results) {
                StringBuilder line = new StringBuilder(String.format("%-" + names + "s", result.name()));
                for (String figure : figures) {
                    Double value = result.metrics().get(metric).overall().get(figure);
                    line.append(String.format(Locale.ROOT, "  %" + figure.length() + "s",
                            HtmlReport.number(figure, value)));
                }
                lines.add(line.toString());
            }
            lines.add("");
        }
        lines.addAll(failures());
        lines.add(outcomes.text());
        return lines.stream().map(VisibleText::of).toList();
    }

    /** Returns a line for each method with figures over fewer images than the others. */
    private List<String> failures() {
        return results.stream().filter(result -> outcomes.failures(result.name()) > 0)
                .map(result -> result.name() + " failed on " + outcomes.failures(result.name())
                        + " images; its figures are over the other " + outcomes.evaluated(result.name())).toList();
    }

    /** Returns one figure per line: metric, method, figure, class (empty for all classes), value. */
    String csv() {
        StringBuilder csv = new StringBuilder("metric,method,figure,class,value\n");
        for (MethodResult result : results) {
            line(csv, "images", result.name(), "evaluated", "", outcomes.evaluated(result.name()));
            line(csv, "images", result.name(), "skipped", "", outcomes.skipped().size());
            line(csv, "images", result.name(), "failed", "", outcomes.failures(result.name()));
            result.metrics().forEach((metric, summary) -> {
                summary.overall().forEach((figure, value) -> line(csv, metric, result.name(), figure, "", value));
                summary.perClass().forEach((figure, values) ->
                        values.forEach((label, value) -> line(csv, metric, result.name(), figure, label, value)));
            });
        }
        return csv.toString();
    }

    private static void line(StringBuilder csv, String metric, String method, String figure, String label,
            double value) {
        csv.append(quoted(metric)).append(',').append(quoted(method)).append(',').append(quoted(figure)).append(',')
                .append(quoted(label))
                .append(',').append(Double.isNaN(value) ? "" : String.valueOf(value)).append('\n');
    }

    /**
     * Returns a cell: invisible characters escaped, an apostrophe before a character with which a spreadsheet starts a
     * formula, and quoted as in RFC 4180.
     */
    static String quoted(String text) {
        String cell = VisibleText.of(text);
        if (!cell.isEmpty() && "=+-@".indexOf(cell.charAt(0)) >= 0) {
            cell = "'" + cell;
        }
        return cell.matches("[^\",\\r\\n]*") ? cell : '"' + cell.replace("\"", "\"\"") + '"';
    }

    private void json(OutputStream out) throws IOException {
        try (JsonGenerator json = JSON.createGenerator(out).useDefaultPrettyPrinter()) {
            json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
            json.writeStartObject();
            strings(json, "settings", settings);
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
            json.writeArrayFieldStart("results");
            for (MethodResult result : results) {
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
            json.writeObjectFieldStart("seconds");
            for (MethodResult result : results) {
                json.writeObjectFieldStart(result.name());
                json.writeNumberField("explaining", result.explaining());
                json.writeNumberField("judging", result.judging());
                json.writeEndObject();
            }
            json.writeEndObject();
            json.writeEndObject();
            json.writeRaw('\n');
        }
    }

    private static void summary(JsonGenerator json, String name, Summary summary) throws IOException {
        json.writeObjectFieldStart(name);
        numbers(json, "overall", summary.overall());
        json.writeObjectFieldStart("perClass");
        for (Map.Entry<String, Map<String, Double>> figure : summary.perClass().entrySet()) {
            numbers(json, figure.getKey(), figure.getValue());
        }
        json.writeEndObject();
        json.writeArrayFieldStart("curves");
        for (Summary.Curve curve : summary.curves()) {
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
