package dev.sectional.evaluation.report;

import dev.sectional.attribution.internal.text.VisibleText;
import dev.sectional.evaluation.Estimate;
import dev.sectional.evaluation.Figure;
import dev.sectional.images.files.OutputFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

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
    /** Greatest number of figures of a metric on the terminal. */
    private static final int TEXT_COLUMNS = 3;

    /**
     * Writes {@code results.json}, {@code tables.csv} and {@code report.html} into a folder: all or none.
     *
     * @param folder an existing folder
     */
    public void write(Path folder) {
        write(folder, "");
    }

    /**
     * Does the same with a page of maps inside the report.
     *
     * @param folder an existing folder
     * @param maps HTML of a whole page; empty for none
     */
    public void write(Path folder, String maps) {
        try (OutputFiles outputs = new OutputFiles()) {
            outputs.add(folder.resolve("results.json"), new ReportJson(this)::write);
            outputs.add(folder.resolve("tables.csv"), out -> out.write(csv().getBytes(StandardCharsets.UTF_8)));
            outputs.add(folder.resolve("report.html"),
                    out -> out.write(new HtmlReport(this, folder.resolve("samples"), maps).html()
                    .getBytes(StandardCharsets.UTF_8)));
            outputs.keep();
        }
    }

    /**
     * {@return the first figures of each metric as a table of text with one line per method: value, interval and number
     * of cases} Says which figures are left out.
     */
    public List<String> text() {
        List<String> lines = new ArrayList<>();
        for (String metric : metrics()) {
            lines.addAll(table(metric));
            lines.add("");
        }
        lines.add(FigureText.LEGEND + " *: apart from the intervals of all other methods.");
        lines.addAll(failures());
        lines.add(outcomes.text());
        return lines.stream().map(VisibleText::of).toList();
    }

    /** Returns the names of all metrics. */
    Set<String> metrics() {
        Set<String> names = new LinkedHashSet<>();
        results.forEach(result -> names.addAll(result.metrics().keySet()));
        return names;
    }

    /** Returns the names of the figures that any method has for a metric. */
    List<String> figures(String metric) {
        Set<String> names = new LinkedHashSet<>();
        results.forEach(result -> names.addAll(result.metrics().get(metric).figures().keySet()));
        return List.copyOf(names);
    }

    /** Returns the values of one figure, one for each method; null for a method without it. */
    List<Estimate> estimates(String metric, String figure) {
        List<Estimate> estimates = new ArrayList<>();
        results.forEach(result -> estimates.add(result.metrics().get(metric).figures().get(figure)));
        return estimates;
    }

    private List<String> table(String metric) {
        List<String> all = figures(metric);
        List<String> shown = all.stream()
                .filter(figure -> estimates(metric, figure).stream().anyMatch(each -> each != null && !each.isCount()))
                .limit(TEXT_COLUMNS).toList();
        List<List<String>> columns = new ArrayList<>();
        columns.add(Stream.concat(Stream.of(metric, ""), results.stream().map(MethodResult::name)).toList());
        for (String figure : shown) {
            List<Estimate> estimates = estimates(metric, figure);
            int best = Estimate.clearBest(estimates);
            List<String> column = new ArrayList<>(List.of(figure, FigureText.meaning(estimates)));
            for (int m = 0; m < estimates.size(); m++) {
                column.add(FigureText.line(estimates.get(m)) + (m == best ? " *" : ""));
            }
            columns.add(column);
        }
        List<String> lines = new ArrayList<>(aligned(columns));
        if (shown.size() < all.size()) {
            lines.add(shown.size() + " of " + all.size() + " figures; tables.csv contains all");
        }
        return lines;
    }

    /** Returns the rows of a table, its columns padded to their widest cells and separated by two spaces. */
    private static List<String> aligned(List<List<String>> columns) {
        StringBuilder[] lines = columns.get(0).stream().map(cell -> new StringBuilder()).toArray(StringBuilder[]::new);
        for (List<String> column : columns) {
            int width = column.stream().mapToInt(String::length).max().orElse(0) + 2;
            for (int i = 0; i < lines.length; i++) {
                lines[i].append(column.get(i)).append(" ".repeat(width - column.get(i).length()));
            }
        }
        return Stream.of(lines).map(line -> line.toString().stripTrailing()).toList();
    }

    /** Returns a line for each method with figures over fewer images than the others. */
    private List<String> failures() {
        return results.stream().filter(result -> outcomes.failures(result.name()) > 0)
                .map(result -> result.name() + " failed on " + outcomes.failures(result.name())
                        + " images; its figures are over the other " + outcomes.evaluated(result.name())).toList();
    }

    /**
     * Returns one figure per line: metric, method, figure, class (empty for all classes), value, unit, direction,
     * number of cases, and the ends of the interval (empty if there is none).
     */
    String csv() {
        StringBuilder csv = new StringBuilder("metric,method,figure,class,value,unit,better,cases,low,high\n");
        for (MethodResult result : results) {
            images(csv, result.name(), "evaluated", outcomes.evaluated(result.name()));
            images(csv, result.name(), "skipped", outcomes.skipped().size());
            images(csv, result.name(), "failed", outcomes.failures(result.name()));
            result.metrics().forEach((metric, summary) -> {
                summary.figures().forEach((figure, value) ->
                        line(csv, List.of(metric, result.name(), figure, ""), value));
                summary.classFigures().forEach((figure, values) -> values.forEach((label, value) ->
                        line(csv, List.of(metric, result.name(), figure, label), value)));
            });
        }
        return csv.toString();
    }

    private static void images(StringBuilder csv, String method, String outcome, int count) {
        csv.append("images,").append(quoted(method)).append(',').append(outcome).append(",,").append(count)
                .append(",images,,,,\n");
    }

    private static void line(StringBuilder csv, List<String> names, Estimate estimate) {
        names.forEach(name -> csv.append(quoted(name)).append(','));
        String better = estimate.better() == Figure.Better.NEITHER ? "" : estimate.better().name();
        csv.append(cell(estimate.value())).append(',').append(quoted(estimate.unit())).append(',')
                .append(better.toLowerCase(Locale.ROOT))
                .append(',').append(estimate.cases()).append(',').append(cell(estimate.low())).append(',')
                .append(cell(estimate.high())).append('\n');
    }

    private static String cell(double value) {
        return Double.isNaN(value) ? "" : String.valueOf(value);
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
}
