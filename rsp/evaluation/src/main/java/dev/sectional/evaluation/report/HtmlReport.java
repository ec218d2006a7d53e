package dev.sectional.evaluation.report;

import dev.sectional.core.InputException;
import dev.sectional.evaluation.Estimate;
import dev.sectional.evaluation.Summaries;
import dev.sectional.evaluation.Summary;
import dev.sectional.images.figure.PageStyle;
import dev.sectional.images.files.Reasons;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The report as one self-contained HTML page: tables, bars for each class, curves and a sheet of maps. */
final class HtmlReport {
    /** Greatest number of columns of a table; metrics with more figures get several tables. */
    private static final int COLUMNS = 6;
    /** The start of a table that scrolls by itself, where the window is narrow. */
    private static final String SCROLLED = "<div class=\"table\" tabindex=\"0\"><table>";
    private static final String LEGEND = FigureText.LEGEND
            + " Bold: apart from the intervals of all other methods.";
    /** What this report adds to the style that pages share. */
    private static final String STYLE = """
            main { max-width: 1180px; padding: 4px 20px 40px; }
            main h2 { margin-top: 32px; border-bottom: 1px solid var(--line); padding-bottom: 4px; }
            .table { margin: 10px 0; }
            th { vertical-align: bottom; font-weight: 600; }
            td small, th small { display: block; font-size: 11px; font-weight: 400; color: var(--quiet); }
            td.text { white-space: normal; overflow-wrap: anywhere; }
            svg { font: 11px system-ui, sans-serif; }
            svg text { fill: var(--quiet); }
            .legend span { display: inline-block; margin-right: 14px; font-size: 13px; }
            .legend i { display: inline-block; width: 11px; height: 11px; margin-right: 5px; }
            .curves { display: flex; flex-wrap: wrap; gap: 8px 24px; }
            .curves > div { max-width: 100%; overflow-x: auto; }
            main p, h1 { overflow-wrap: anywhere; }
            .sheet td, .sheet th { text-align: center; padding: 2px 4px; font-weight: 400; font-size: 12px; border: 0; }
            .sheet img { display: block; image-rendering: pixelated; min-width: 72px; border: 1px solid var(--line); }
            .maps { width: 100%; height: 90vh; min-height: 640px; border: 1px solid var(--line); }
            details > summary { cursor: pointer; font-weight: 600; margin-top: 8px; }
            """;
    private static final String THEME = """
            <label for="theme">Colours of the page
            <select id="theme"><option value="">as the system</option><option value="light">light</option>
            <option value="dark">dark</option></select></label></header>
            <script>document.getElementById('theme').addEventListener('change', (event) => {
              document.documentElement.dataset.theme = event.target.value;
            });</script>
            <main>
            """;

    private final Report report;
    private final Path samples;
    private final String maps;
    private final List<String> methods;

    /** @param maps a page of maps that the report shows in a frame; empty for none */
    HtmlReport(Report report, Path samples, String maps) {
        this.maps = maps;
        this.report = report;
        this.samples = samples;
        this.methods = report.results().stream().map(MethodResult::name).toList();
    }

    String html() {
        StringBuilder html = new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                + "<meta name=\"viewport\" content=\"width=device-width\"><title>Evaluation</title><style>")
                .append(PageStyle.css()).append(STYLE).append("</style></head><body>\n");
        html.append("<header><h1>Evaluation on ")
                .append(Html.escaped(report.settings().getOrDefault("dataset", "a dataset")))
                .append("</h1>\n<p id=\"model\">").append(Html.escaped(counts())).append("</p>\n").append(THEME);
        html.append("<p class=\"hint\">").append(LEGEND).append("</p>\n");
        report.metrics().forEach(metric -> html.append(metric(metric)));
        html.append(sheet()).append(maps()).append(timing()).append(settings()).append(skipped());
        return html.append("</main></body></html>\n").toString();
    }

    private String counts() {
        int cases = report.results().stream().mapToInt(MethodResult::cases).max().orElse(0);
        return report.outcomes().text() + "; " + cases + " classes in them, " + methods.size() + " methods";
    }

    private String metric(String metric) {
        StringBuilder html = new StringBuilder("<h2>").append(Html.escaped(metric)).append("</h2>\n");
        Set<String> perClass = new LinkedHashSet<>();
        Map<String, Summary.Curve> curves = new LinkedHashMap<>();
        for (MethodResult result : report.results()) {
            perClass.addAll(result.metrics().get(metric).classFigures().keySet());
            result.metrics().get(metric).curves().forEach(curve -> curves.putIfAbsent(curve.name(), curve));
        }
        List<String> all = report.figures(metric);
        for (int from = 0; from < all.size(); from += COLUMNS) {
            html.append(table(metric, all.subList(from, Math.min(all.size(), from + COLUMNS))));
        }
        if (!curves.isEmpty()) {
            html.append(Charts.legend(methods)).append("<div class=\"curves\">");
            curves.forEach((name, curve) -> html.append(curve(metric, curve)));
            html.append("</div>\n");
        }
        boolean open = true;
        for (String figure : perClass) {
            html.append(bars(metric, figure, open));
            open = false;
        }
        return html.toString();
    }

    private String table(String metric, List<String> figures) {
        StringBuilder html = new StringBuilder(SCROLLED).append("<tr><th>method</th>");
        for (String figure : figures) {
            html.append("<th>").append(Html.escaped(figure)).append("<small>")
                    .append(Html.escaped(FigureText.meaning(report.estimates(metric, figure)))).append("</small></th>");
        }
        html.append("</tr>\n");
        for (int m = 0; m < methods.size(); m++) {
            html.append("<tr><td>").append(Html.escaped(methods.get(m))).append("</td>");
            for (String figure : figures) {
                html.append(cell(report.estimates(metric, figure), m));
            }
            html.append("</tr>\n");
        }
        return html.append("</table></div>\n").toString();
    }

    /** Returns the cell of one method: value, interval and number of cases; bold if it is the clear best. */
    private static String cell(List<Estimate> estimates, int method) {
        Estimate estimate = estimates.get(method);
        String number = FigureText.number(estimate);
        if (number.isEmpty()) {
            return "<td></td>";
        }
        String shown = Estimate.clearBest(estimates) == method ? "<b>" + number + "</b>" : number;
        String detail = FigureText.interval(estimate) + (estimate.isCount() ? "" : " n=" + estimate.cases());
        return "<td>" + shown + (detail.isEmpty() ? "" : "<small>" + detail.strip() + "</small>") + "</td>";
    }

    private String bars(String metric, String figure, boolean open) {
        List<Map<String, Double>> values = new ArrayList<>();
        Set<String> present = new LinkedHashSet<>();
        for (MethodResult result : report.results()) {
            Map<String, Double> of = result.metrics().get(metric).perClass().getOrDefault(figure, Map.of());
            values.add(of);
            present.addAll(of.keySet());
        }
        List<String> classes = Summaries.distinct(report.classes()).stream().filter(present::contains).toList();
        if (classes.size() < 2) {
            return "";
        }
        return "<details" + (open ? " open" : "") + "><summary>" + Html.escaped(figure) + " by class</summary>"
                + Charts.legend(methods) + "<div class=\"table\" tabindex=\"0\">" + Charts.bars(classes, values)
                + "</div></details>\n";
    }

    private String curve(String metric, Summary.Curve shown) {
        List<List<Double>> values = new ArrayList<>();
        for (MethodResult result : report.results()) {
            values.add(result.metrics().get(metric).curves().stream().filter(curve -> curve.name().equals(shown.name()))
                    .findFirst()
                    .map(Summary.Curve::values).orElse(List.of()));
        }
        return "<div tabindex=\"0\"><h3>" + Html.escaped(shown.name()) + "</h3>"
                + Charts.lines(shown.xName(), shown.yName(), shown.ticks(), values) + "</div>\n";
    }

    private String sheet() {
        List<Integer> images = new ArrayList<>();
        for (int i = 0; i < SampleSheet.IMAGES; i++) {
            if (Files.exists(SampleSheet.imageFile(samples, i))) {
                images.add(i);
            }
        }
        if (images.isEmpty()) {
            return "";
        }
        StringBuilder html =
                new StringBuilder("<h2>Sample maps</h2>\n<p>The first class of "
                + (images.size() < report.outcomes().images() ? "the first " + images.size() + " of "
                + report.outcomes().images() + " images" : "each image")
                + ". Red: evidence for the class; blue: against it.</p>\n"
                + "<div class=\"table\" tabindex=\"0\"><table class=\"sheet\"><tr><th></th>");
        images.forEach(i -> html.append("<th>").append(Html.escaped(text(SampleSheet.caption(samples, i))))
                .append("</th>"));
        html.append("</tr>\n<tr><td></td>");
        images.forEach(i -> html.append("<td>").append(image(SampleSheet.imageFile(samples, i))).append("</td>"));
        html.append("</tr>\n");
        for (String method : methods) {
            html.append("<tr><td>").append(Html.escaped(method)).append("</td>");
            images.forEach(i -> html.append("<td>").append(image(SampleSheet.map(samples, i, method))).append("</td>"));
            html.append("</tr>\n");
        }
        return html.append("</table></div>\n").toString();
    }

    /** The page keeps its own style and scripts in a frame, within this file. */
    private String maps() {
        return maps.isEmpty() ? "" : "<h2>Look closely</h2>\n<p>The first images, explained again: choose percentile,"
                + " gamma, opacity, colours and sign; point at a map for its values.</p>\n<iframe class=\"maps\""
                + " title=\"Maps of the first images, with controls\" srcdoc=\""
                + maps.replace("&", "&amp;").replace("\"", "&quot;") + "\"></iframe>\n";
    }

    private static String text(Path file) {
        return Files.exists(file) ? new String(bytes(file), StandardCharsets.UTF_8) : "";
    }

    private static String image(Path file) {
        return Files.exists(file) ? "<img alt=\"\" src=\"data:image/png;base64," + Base64.getEncoder()
                .encodeToString(bytes(file)) + "\">" : "";
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new InputException("cannot read " + file + ": " + Reasons.of(e) + "; delete the folder samples", e);
        }
    }

    private String timing() {
        StringBuilder html = new StringBuilder("<h2>Time</h2>\n" + SCROLLED + "<tr><th>method</th><th>images</th>"
                + "<th>seconds per image, explaining</th><th>measuring</th></tr>\n");
        for (MethodResult result : report.results()) {
            int images = Math.max(1, result.images());
            html.append(String.format(Locale.ROOT, "<tr><td>%s</td><td>%d</td><td>%.4f</td><td>%.4f</td></tr>\n",
                    Html.escaped(result.name()),
                    result.images(), result.explaining() / images, result.measuring() / images));
        }
        return html.append("</table></div>\n").toString();
    }

    private String settings() {
        StringBuilder html = new StringBuilder("<h2>Settings</h2>\n").append(SCROLLED);
        report.settings().forEach((name, value) -> html.append("<tr><td>").append(Html.escaped(name))
                .append("</td><td class=\"text\">")
                .append(Html.escaped(value)).append("</td></tr>\n"));
        return html.append("</table></div>\n").toString();
    }

    private String skipped() {
        StringBuilder html = new StringBuilder();
        if (!report.outcomes().skipped().isEmpty()) {
            html.append("<h2>Skipped images</h2>\n").append(reasons("skipped", report.outcomes().skipped()));
        }
        if (!report.outcomes().failed().isEmpty()) {
            html.append("<h2>Failed images</h2>\n<p>The figures of a method are over the images that it did not")
                    .append(" fail on.</p>\n");
            report.outcomes().failed().forEach((method, reasons) -> html.append(reasons(method, reasons)));
        }
        return html.toString();
    }

    private static String reasons(String title, Map<String, String> reasons) {
        StringBuilder html = new StringBuilder("<details><summary>").append(Html.escaped(title)).append(": ")
                .append(reasons.size()).append(" images</summary><ul>");
        reasons.forEach((id, why) -> html.append("<li>").append(Html.escaped(id + ": " + why)).append("</li>\n"));
        return html.append("</ul></details>\n").toString();
    }
}
