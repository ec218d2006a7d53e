package dev.sectional.images.figure;

import java.util.List;

/** The figure of several methods: a row for each method, and heatmap and overlay in it for each class. */
final class Sheet {
    private static final int LEFT = 270;
    private static final int LARGEST = 240;
    private static final int SQUARE = 190;
    private static final int SMALLEST = 120;
    private static final int TALLEST = 320;
    private static final int WIDEST = 2600;

    private final Subject subject;
    private final List<MethodMaps> methods;
    private final Look look;
    private final Tile tile;
    private final int targets;
    private final int cell;
    private final Parts parts;
    private final int side;
    private final int pair;
    private final int width;

    private Sheet(Subject subject, List<MethodMaps> methods, Look look) {
        this.subject = subject;
        this.methods = methods;
        this.look = look;
        this.targets = methods.get(0).targets().size();
        this.tile = Tile.of(subject, longerSide(subject, (WIDEST - LEFT) / targets / 2));
        this.cell = Math.max(SMALLEST, tile.width());
        this.parts = Parts.forWidth(LEFT + targets * 2 * cell);
        this.side = parts.scaled(LEFT);
        this.pair = 2 * cell + parts.gap() / 2;
        this.width = 2 * parts.margin() + side + targets * (pair + parts.gap());
    }

    /** Returns the longer side of a map. Narrow and wide photos get the area of a smaller square, up to limits. */
    private static int longerSide(Subject subject, int widest) {
        double aspect = (double) subject.photo().width() / subject.photo().height();
        int side = (int) Math.min(Math.max(LARGEST, SQUARE * Math.sqrt(Math.max(aspect, 1 / aspect))),
                aspect < 1 ? TALLEST : WIDEST);
        return aspect < 1 ? side : Math.max(SMALLEST, Math.min(side, widest));
    }

    static Canvas draw(Subject subject, List<MethodMaps> methods, Look look) {
        return new Sheet(subject, methods, look).draw();
    }

    private Canvas draw() {
        Tile photo = Tile.of(subject, side);
        int top = parts.margin() / 2 + parts.title().height() + parts.text().height() + parts.gap() / 2;
        List<String> caption = Parts.lines(parts.text(), caption(), width - left(0) - parts.margin());
        int names = 2 * parts.title().height() + parts.gap() / 2;
        int header = Math.max(photo.height(), caption.size() * parts.text().height() + parts.gap() + names);
        int row = Math.max(tile.height(), parts.title().height() + 2 * parts.text().height() + parts.barHeight()
                + parts.gap() / 2)
                + parts.gap();
        Canvas canvas = new Canvas(width, top + header + parts.gap() + methods.size() * row + parts.margin() / 2);
        int inner = width - 2 * parts.margin();
        int y = parts.margin() / 2;
        parts.title().draw(canvas, parts.margin(), y, parts.title().fitted(subject.name(), inner), Parts.INK);
        parts.text().draw(canvas, parts.margin(), y + parts.title().height(),
                parts.text().fitted(subject.size(), inner), Parts.FAINT);
        photo.photo(canvas, parts.margin(), top);
        Parts.draw(canvas, left(0), top, caption, parts.text(), Parts.FAINT);
        for (int i = 0; i < targets; i++) {
            name(canvas, left(i), top + header - names, methods.get(0).targets().get(i));
        }
        y = top + header + parts.gap();
        for (MethodMaps method : methods) {
            row(canvas, y, method);
            y += row;
        }
        return canvas;
    }

    /** Returns the left edge of a class's maps. */
    private int left(int target) {
        return parts.margin() + side + parts.gap() + target * (pair + parts.gap());
    }

    private String caption() {
        boolean several = methods.stream().map(MethodMaps::unit).distinct().count() > 1;
        return Parts.meaning(methods, look) + " Full colour at the value at the end of each bar, "
                + methods.get(0).scaleText() + "." + (several
                        ? " " + Units.ofSeveral(methods)
                        : Parts.sentence(methods.get(0).unit())) + subject.caption();
    }

    private void name(Canvas canvas, int x, int y, MethodMaps.TargetMap target) {
        parts.title().draw(canvas, x, y, parts.title().fitted(target.label(), pair), Parts.INK);
        parts.title().draw(canvas, x, y + parts.title().height(), parts.title().fitted(Parts.values(target), pair),
                Parts.INK);
    }

    private void row(Canvas canvas, int y, MethodMaps method) {
        int colon = method.method().indexOf(':');
        String name = colon < 0 ? method.method() : method.method().substring(0, colon);
        String settings = colon < 0 ? "" : method.method().substring(colon + 1).replace(",", ", ");
        int wide = side - parts.gap();
        int at = Parts.draw(canvas, parts.margin(), y, Parts.lines(parts.title(), name, wide), parts.title(),
                Parts.INK);
        List<String> lines = settings.isBlank() ? List.of() : Parts.lines(parts.text(), settings, wide);
        at = Parts.draw(canvas, parts.margin(), at, lines.subList(0, Math.min(2, lines.size())), parts.text(),
                Parts.FAINT);
        parts.bar(canvas, parts.margin(), at + parts.gap() / 2, wide - parts.gap(), method, look);
        for (int i = 0; i < targets; i++) {
            int x = left(i) + (cell - tile.width()) / 2;
            RelevanceMap map = method.targets().get(i).map();
            canvas.image(x, y, tile.width(), tile.heatmap(map, method.scale(), look));
            canvas.frame(x, y, tile.width(), tile.height(), 0xC8C8C8);
            canvas.image(x + cell + parts.gap() / 2, y, tile.width(), tile.overlay(map, method.scale(), look));
        }
    }
}
