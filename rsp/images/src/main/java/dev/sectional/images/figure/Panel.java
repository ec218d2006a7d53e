package dev.sectional.images.figure;

import java.util.List;
import java.util.Locale;

/**
 * The figure of one method: the photo, and a row with heatmap and overlay for each class. Of a wide photo all of them
 * lie below each other.
 */
final class Panel {
    private static final int SMALLEST = 256;
    private static final int LARGEST = 1024;
    private static final int NARROWEST_COLUMN = 240;
    /** Rows of pixels of all tiles together, beyond which tiles shrink. */
    private static final int TALLEST = 3200;
    private static final int LONGEST_BAR = 420;
    /** Sides of photos that lie below each other: three of them abreast would be a strip. */
    private static final double WIDE = 2.5;

    private final Subject subject;
    private final MethodMaps maps;
    private final Look look;
    private final Tile tile;
    private final boolean stacked;
    private final int column;
    private final Parts parts;
    private final int width;

    private Panel(Subject subject, MethodMaps maps, Look look) {
        this.subject = subject;
        this.maps = maps;
        this.look = look;
        int side = Math.max(subject.photo().width(), subject.photo().height());
        int most = Math.min(LARGEST, Math.max(SMALLEST, TALLEST / maps.targets().size()));
        stacked = subject.photo().width() >= WIDE * subject.photo().height();
        tile = Tile.of(subject, stacked ? LARGEST : Math.max(SMALLEST, Math.min(side, most)));
        column = Math.max(tile.width(), NARROWEST_COLUMN);
        parts = Parts.forWidth(columns() * column);
        width = 2 * parts.margin() + columns() * column + (columns() - 1) * parts.gap();
    }

    static Canvas draw(Subject subject, MethodMaps maps, Look look) {
        return new Panel(subject, maps, look).draw();
    }

    private int columns() {
        return stacked ? 1 : 3;
    }

    private Canvas draw() {
        int inner = width - 2 * parts.margin();
        List<String> heading = Parts.lines(parts.text(), "explained with " + maps.method(), inner);
        List<String> caption = Parts.lines(parts.text(), caption(), inner);
        int head = parts.margin() / 2 + parts.title().height() + heading.size() * parts.text().height()
                + parts.gap() / 2 + (stacked ? photoHeight() : 0);
        int foot = parts.barHeight() + caption.size() * parts.text().height() + parts.margin();
        Canvas canvas = new Canvas(width, head + maps.targets().size() * rowHeight() + foot);

        int y = parts.margin() / 2;
        parts.title().draw(canvas, parts.margin(), y, parts.title().fitted(subject.name(), inner), Parts.INK);
        y = Parts.draw(canvas, parts.margin(), y + parts.title().height(), heading, parts.text(), Parts.FAINT)
                + parts.gap() / 2;
        parts.text().draw(canvas, parts.margin(), y, parts.text().fitted(subject.size(), column), Parts.FAINT);
        tile.photo(canvas, parts.margin() + inset(), y + parts.titleHeight());
        y += stacked ? photoHeight() : 0;
        for (MethodMaps.TargetMap target : maps.targets()) {
            row(canvas, y, target);
            y += rowHeight();
        }
        int bar = stacked ? column : 2 * column + parts.gap();
        parts.bar(canvas, left(), y, Math.min(parts.scaled(LONGEST_BAR), bar), maps, look);
        Parts.draw(canvas, parts.margin(), y + parts.barHeight(), caption, parts.text(), Parts.FAINT);
        return canvas;
    }

    private int photoHeight() {
        return parts.titleHeight() + tile.height() + parts.gap();
    }

    private int rowHeight() {
        return parts.titleHeight() + (stacked ? 2 : 1) * (tile.height() + parts.gap());
    }

    /** Returns the left edge of the maps. */
    private int left() {
        return stacked ? parts.margin() : parts.margin() + column + parts.gap();
    }

    private int inset() {
        return (column - tile.width()) / 2;
    }

    private String caption() {
        String scale = maps.scale() == 0 ? " All white, because the scale (" + maps.scaleText() + ") is 0."
                : " Full colour at " + Parts.number(maps.scale()) + ", " + maps.scaleText() + ".";
        return Parts.meaning(List.of(maps), look) + scale + Parts.sentence(maps.unit()) + padding()
                + subject.caption();
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
        int left = left();
        parts.title().draw(canvas, left, y, parts.title(target, width - parts.margin() - left), Parts.INK);
        int top = y + parts.titleHeight();
        canvas.image(left + inset(), top, tile.width(), tile.heatmap(target.map(), maps.scale(), look));
        canvas.frame(left + inset(), top, tile.width(), tile.height(), 0xC8C8C8);
        int overlayLeft = stacked ? left : left + column + parts.gap();
        int overlayTop = stacked ? top + tile.height() + parts.gap() : top;
        canvas.image(overlayLeft + inset(), overlayTop, tile.width(),
                tile.overlay(target.map(), maps.scale(), look));
    }
}
