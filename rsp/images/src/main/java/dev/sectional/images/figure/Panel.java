package dev.sectional.images.figure;

import java.util.List;
import java.util.Locale;

/** The figure of one method: the photo, and a row with heatmap and overlay for each class. */
final class Panel {
    private static final int SMALLEST = 256;
    private static final int LARGEST = 1024;
    private static final int NARROWEST_COLUMN = 240;
    /** Rows of pixels of all tiles together, beyond which tiles shrink. */
    private static final int TALLEST = 3200;
    private static final int LONGEST_BAR = 420;

    private final Subject subject;
    private final MethodMaps maps;
    private final Look look;
    private final Tile tile;
    private final int column;
    private final int width;

    private Panel(Subject subject, MethodMaps maps, Look look) {
        this.subject = subject;
        this.maps = maps;
        this.look = look;
        int side = Math.max(subject.photo().width(), subject.photo().height());
        int most = Math.min(LARGEST, Math.max(SMALLEST, TALLEST / maps.targets().size()));
        tile = Tile.of(subject, Math.max(SMALLEST, Math.min(side, most)));
        column = Math.max(tile.width(), NARROWEST_COLUMN);
        width = 2 * Parts.MARGIN + 3 * column + 2 * Parts.GAP;
    }

    static Canvas draw(Subject subject, MethodMaps maps, Look look) {
        return new Panel(subject, maps, look).draw();
    }

    private Canvas draw() {
        int inner = width - 2 * Parts.MARGIN;
        List<String> heading = Parts.lines(Parts.TEXT, "explained with " + maps.method(), inner);
        String scale = maps.scale() == 0 ? " All white, because the scale (" + maps.scaleText() + ") is 0."
                : " Full colour at " + Parts.number(maps.scale()) + ", " + maps.scaleText() + ".";
        List<String> caption = Parts.lines(Parts.TEXT, Parts.meaning(List.of(maps), look) + scale + padding(), inner);
        int row = Parts.TITLE.height() + tile.height() + Parts.GAP;
        int head = Parts.MARGIN / 2 + Parts.TITLE.height() + heading.size() * Parts.TEXT.height() + Parts.GAP / 2;
        int foot = Parts.barHeight() + caption.size() * Parts.TEXT.height() + Parts.MARGIN;
        Canvas canvas = new Canvas(width, head + maps.targets().size() * row + foot);

        int y = Parts.MARGIN / 2;
        Parts.TITLE.draw(canvas, Parts.MARGIN, y, Parts.TITLE.fitted(subject.name(), inner), Parts.INK);
        y = Parts.draw(canvas, Parts.MARGIN, y + Parts.TITLE.height(), heading, Parts.TEXT, Parts.FAINT)
                + Parts.GAP / 2;
        String size = subject.photo().width() + "x" + subject.photo().height() + ", " + subject.fitted();
        Parts.TEXT.draw(canvas, Parts.MARGIN, y, Parts.TEXT.fitted(size, column), Parts.FAINT);
        tile.photo(canvas, Parts.MARGIN + (column - tile.width()) / 2, y + Parts.TITLE.height());
        for (MethodMaps.TargetMap target : maps.targets()) {
            row(canvas, y, target);
            y += row;
        }
        int left = Parts.MARGIN + column + Parts.GAP;
        Parts.bar(canvas, left, y, Math.min(LONGEST_BAR, 2 * column + Parts.GAP), maps, look);
        Parts.draw(canvas, Parts.MARGIN, y + Parts.barHeight(), caption, Parts.TEXT, Parts.FAINT);
        return canvas;
    }

    /** Says how much relevance lies on padding, which is no part of the photo and is not drawn. */
    private String padding() {
        double all = 0;
        double outside = 0;
        for (MethodMaps.TargetMap target : maps.targets()) {
            double[] sums = tile.sums(target.map());
            all += sums[0];
            outside += sums[1];
        }
        return outside == 0 ? "" : String.format(Locale.ROOT,
                " %.0f %% of the absolute relevance lies on the padding, which is not drawn.", 100 * outside / all);
    }

    private void row(Canvas canvas, int y, MethodMaps.TargetMap target) {
        int left = Parts.MARGIN + column + Parts.GAP;
        Parts.TITLE.draw(canvas, left, y, Parts.title(target, 2 * column + Parts.GAP), Parts.INK);
        int top = y + Parts.TITLE.height();
        int inset = (column - tile.width()) / 2;
        canvas.image(left + inset, top, tile.width(), tile.heatmap(target.map(), maps.scale(), look));
        canvas.frame(left + inset, top, tile.width(), tile.height(), 0xC8C8C8);
        canvas.image(left + column + Parts.GAP + inset, top, tile.width(),
                tile.overlay(target.map(), maps.scale(), look));
    }
}
