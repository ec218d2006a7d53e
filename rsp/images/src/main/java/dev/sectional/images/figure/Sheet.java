package dev.sectional.images.figure;

import java.util.List;

/** The figure of several methods: a row for each method, and heatmap and overlay in it for each class. */
final class Sheet {
    private static final int LEFT = 270;
    private static final int LARGEST = 240;
    private static final int SMALLEST = 112;
    private static final int WIDEST = 2600;

    private final Subject subject;
    private final List<MethodMaps> methods;
    private final Look look;
    private final Tile tile;
    private final int targets;
    private final int cell;

    private Sheet(Subject subject, List<MethodMaps> methods, Look look) {
        this.subject = subject;
        this.methods = methods;
        this.look = look;
        this.targets = methods.get(0).targets().size();
        int fitting = (WIDEST - LEFT) / targets / 2 - Parts.GAP;
        this.tile = Tile.of(subject, Math.max(SMALLEST, Math.min(LARGEST, fitting)));
        this.cell = Math.max(SMALLEST, tile.width());
    }

    static Canvas draw(Subject subject, List<MethodMaps> methods, Look look) {
        return new Sheet(subject, methods, look).draw();
    }

    private Canvas draw() {
        int pair = 2 * cell + Parts.GAP / 2;
        int width = 2 * Parts.MARGIN + LEFT + targets * (pair + Parts.GAP);
        Tile photo = Tile.of(subject, LEFT);
        int header = Math.max(photo.height(), 2 * Parts.TITLE.height());
        int top = Parts.MARGIN / 2 + Parts.TITLE.height() + Parts.TEXT.height() + Parts.GAP / 2;
        int row = Math.max(tile.height(), 4 * Parts.TEXT.height() + Parts.barHeight()) + Parts.GAP;
        List<String> caption = Parts.lines(Parts.TEXT, Parts.meaning(methods, look) + " Full colour at the value at the"
                + " end of each bar, " + methods.get(0).scaleText() + ".", width - 2 * Parts.MARGIN);
        Canvas canvas = new Canvas(width, top + header + Parts.GAP + methods.size() * row
                + caption.size() * Parts.TEXT.height() + Parts.MARGIN);
        String size = subject.photo().width() + "x" + subject.photo().height() + ", " + subject.fitted();
        int inner = width - 2 * Parts.MARGIN;
        Parts.TITLE.draw(canvas, Parts.MARGIN, Parts.MARGIN / 2, Parts.TITLE.fitted(subject.name(), inner), Parts.INK);
        Parts.TEXT.draw(canvas, Parts.MARGIN, Parts.MARGIN / 2 + Parts.TITLE.height(), Parts.TEXT.fitted(size, inner),
                Parts.FAINT);
        photo.photo(canvas, Parts.MARGIN, top);
        for (int i = 0; i < targets; i++) {
            int x = Parts.MARGIN + LEFT + Parts.GAP + i * (pair + Parts.GAP);
            MethodMaps.TargetMap target = methods.get(0).targets().get(i);
            int y = top + header - 2 * Parts.TITLE.height();
            Parts.TITLE.draw(canvas, x, y, Parts.TITLE.fitted(target.label(), pair), Parts.INK);
            Parts.TITLE.draw(canvas, x, y + Parts.TITLE.height(), Parts.values(target), Parts.INK);
        }
        int y = top + header + Parts.GAP;
        for (MethodMaps method : methods) {
            row(canvas, y, method, pair);
            y += row;
        }
        Parts.draw(canvas, Parts.MARGIN, y, caption, Parts.TEXT, Parts.FAINT);
        return canvas;
    }

    private void row(Canvas canvas, int y, MethodMaps method, int pair) {
        int colon = method.method().indexOf(':');
        String name = colon < 0 ? method.method() : method.method().substring(0, colon);
        String settings = colon < 0 ? "" : method.method().substring(colon + 1).replace(",", ", ");
        int at = Parts.draw(canvas, Parts.MARGIN, y, Parts.lines(Parts.TITLE, name, LEFT - Parts.GAP), Parts.TITLE,
                Parts.INK);
        List<String> lines = settings.isBlank() ? List.of() : Parts.lines(Parts.TEXT, settings, LEFT - Parts.GAP);
        at = Parts.draw(canvas, Parts.MARGIN, at, lines.subList(0, Math.min(2, lines.size())), Parts.TEXT, Parts.FAINT);
        Parts.bar(canvas, Parts.MARGIN, at + 2, LEFT - 2 * Parts.GAP, method, look);
        for (int i = 0; i < targets; i++) {
            int x = Parts.MARGIN + LEFT + Parts.GAP + i * (pair + Parts.GAP) + (cell - tile.width()) / 2;
            RelevanceMap map = method.targets().get(i).map();
            canvas.image(x, y, tile.width(), tile.heatmap(map, method.scale(), look));
            canvas.frame(x, y, tile.width(), tile.height(), 0xC8C8C8);
            canvas.image(x + cell + Parts.GAP / 2, y, tile.width(), tile.overlay(map, method.scale(), look));
        }
    }
}
