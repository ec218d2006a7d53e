package dev.sectional.evaluation.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/** Bar charts and line charts as SVG. */
final class Charts {
    private static final int HEIGHT = 220;
    private static final int LEFT = 44;
    private static final int TOP = 10;
    private static final int BAR = 6;
    private static final int GAP = 14;
    private static final int LINES_WIDTH = 520;

    private Charts() {
    }

    /** Returns the colour of a method: red for the first, hues in turn for the others. */
    static String colour(int method) {
        return method == 0 ? "#b2182b" : String.format(Locale.ROOT, "hsl(%d,%d%%,%d%%)", (140 + method * 47) % 290
                + 30, 50, 34 + method % 3 * 16);
    }

    /** Returns the legend: the colour of each method. */
    static String legend(List<String> methods) {
        StringBuilder legend = new StringBuilder("<p class=\"legend\">");
        for (int i = 0; i < methods.size(); i++) {
            legend.append("<span><i style=\"background:").append(colour(i)).append("\"></i>")
                    .append(Html.escaped(methods.get(i))).append("</span>");
        }
        return legend.append("</p>").toString();
    }

    /**
     * Draws a group of bars for each class, one bar per method.
     *
     * @param classes classes with a value, in order
     * @param values for each method, its values by class
     */
    static String bars(List<String> classes, List<Map<String, Double>> values) {
        Scale scale = Scale.of(values.stream().flatMap(map -> map.values().stream()).toList(), true);
        int group = BAR * values.size() + GAP;
        int width = LEFT + group * classes.size() + GAP;
        StringBuilder svg = new StringBuilder(open(width, HEIGHT + 70)).append(scale.grid(width));
        for (int c = 0; c < classes.size(); c++) {
            int at = LEFT + c * group + GAP / 2;
            for (int m = 0; m < values.size(); m++) {
                Double value = values.get(m).get(classes.get(c));
                if (value != null && Double.isFinite(value)) {
                    double y = scale.y(value);
                    double zero = scale.y(0);
                    svg.append(String.format(Locale.ROOT,
                            "<rect x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" fill=\"%s\"/>",
                            at + m * BAR, Math.min(y, zero), BAR - 1, Math.abs(y - zero), colour(m)));
                }
            }
            int middle = at + BAR * values.size() / 2;
            svg.append(String.format(Locale.ROOT,
                    "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" transform=\"rotate(-35 %d %d)\">%s</text>",
                    middle + 4, HEIGHT + 16, middle + 4, HEIGHT + 16, Html.escaped(classes.get(c))));
        }
        return svg.append("</svg>").toString();
    }

    /**
     * Draws a line for each method.
     *
     * @param ticks labels of the points along the horizontal axis
     * @param values for each method, one value per point; empty for a method without the curve
     */
    static String lines(String xName, String yName, List<String> ticks, List<List<Double>> values) {
        Scale scale = Scale.of(values.stream().flatMap(List::stream).toList(), false);
        double step = ticks.size() < 2 ? 0 : (double) (LINES_WIDTH - LEFT - 20) / (ticks.size() - 1);
        StringBuilder svg = new StringBuilder(open(LINES_WIDTH, HEIGHT + 96)).append(scale.grid(LINES_WIDTH));
        for (int m = values.size() - 1; m >= 0; m--) {   // the first method on top
            List<String> points = new ArrayList<>();
            for (int i = 0; i < values.get(m).size(); i++) {
                if (Double.isFinite(values.get(m).get(i))) {
                    points.add(String.format(Locale.ROOT, "%.1f,%.1f", LEFT + i * step, scale.y(values.get(m).get(i))));
                }
            }
            svg.append(String.format(Locale.ROOT,
                    "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\" points=\"%s\"/>", colour(m),
                    String.join(" ", points)));
        }
        int every = Math.max(1, (ticks.size() + 19) / 20);
        for (int i = 0; i < ticks.size(); i += every) {
            double x = LEFT + i * step;
            svg.append(String.format(Locale.ROOT,
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"end\" transform=\"rotate(-40 %.1f %d)\">%s</text>", x + 4,
                    HEIGHT + 16, x + 4, HEIGHT + 16, Html.escaped(ticks.get(i))));
        }
        svg.append(String.format(Locale.ROOT, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                LINES_WIDTH / 2, HEIGHT + 90,
                Html.escaped(xName)));
        svg.append(String.format(Locale.ROOT,
                "<text x=\"11\" y=\"%d\" text-anchor=\"middle\" transform=\"rotate(-90 11 %d)\">%s</text>", HEIGHT / 2,
                HEIGHT / 2, Html.escaped(yName)));
        return svg.append("</svg>").toString();
    }

    private static String open(int width, int height) {
        return String.format(Locale.ROOT, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
                + " viewBox=\"0 0 %d %d\">", width, height, width, height);
    }

    /** The vertical axis. */
    private record Scale(double low, double high, double step) {
        static Scale of(List<Double> values, boolean fromZero) {
            TreeSet<Double> finite = new TreeSet<>(values.stream().filter(Double::isFinite).toList());
            double low = finite.isEmpty() ? 0 : finite.first();
            double high = finite.isEmpty() ? 1 : finite.last();
            low = fromZero ? Math.min(0, low) : low;
            high = fromZero ? Math.max(0, high) : high;
            double range = high > low ? high - low : Math.max(1, Math.abs(high));
            double step = Math.pow(10, Math.floor(Math.log10(range)));
            if (range / step < 2) {
                step /= 5;
            } else if (range / step < 5) {
                step /= 2;
            }
            double top = Math.ceil(high / step) * step;
            double bottom = Math.floor(low / step) * step;
            return new Scale(bottom, top > bottom ? top : bottom + step, step);
        }

        double y(double value) {
            return TOP + (HEIGHT - TOP) * (high - value) / (high - low);
        }

        String grid(int width) {
            StringBuilder grid = new StringBuilder();
            int lines = (int) Math.round((high - low) / step);
            int digits = Math.max(0, (int) Math.ceil(-Math.log10(step) - 1e-9));
            for (int i = 0; i <= lines; i++) {
                double value = low + i * step;
                grid.append(String.format(Locale.ROOT,
                        "<path d=\"M%d %.1fH%d\" stroke=\"currentColor\" stroke-opacity=\"0.15\"/>"
                                + "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%."
                        + digits + "f</text>", LEFT, y(value), width, LEFT - 4, y(value) + 4, value));
            }
            return grid.toString();
        }
    }
}
