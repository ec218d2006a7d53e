package dev.sectional.evaluation.data;



/**
 * One shape of a synthetic image. Coordinates are in pixels, x to the right and y down; pixel (0, 0) covers 0..1.
 *
 * @param angle rotation in radians
 * @param rgb colour, three values of 0..1
 */
record SyntheticShape(Kind kind, double cx, double cy, double radius, double angle, double[] rgb) {
    /** Samples along each side of a pixel that determine its coverage. */
    private static final int SUB = 4;
    private static final double STAR_NOTCH = 0.42;
    private static final double STAR_STEP = 2 * StrictMath.PI / 5;

    /** The kinds of shapes, in the order of the built-in model's classes. */
    enum Kind {
        DISC, RING, SQUARE, TRIANGLE, STAR, CROSS, CRESCENT, ARROW, BARS, CHECKER
    }

    /** Returns the share of each pixel of a square image that the shape covers, row by row. */
    double[] coverage(int size) {
        double[] coverage = new double[size * size];
        double cos = StrictMath.cos(angle);
        double sin = StrictMath.sin(angle);
        // No shape extends farther from its centre than 1.3 radii (the corners of the squares).
        int reach = (int) StrictMath.ceil(1.3 * radius) + 1;
        for (int y = Math.max(0, (int) cy - reach); y < Math.min(size, cy + reach); y++) {
            for (int x = Math.max(0, (int) cx - reach); x < Math.min(size, cx + reach); x++) {
                int inside = 0;
                for (int sample = 0; sample < SUB * SUB; sample++) {
                    double dx = x + (sample % SUB + 0.5) / SUB - cx;
                    double dy = y + (sample / SUB + 0.5) / SUB - cy;
                    inside += contains((cos * dx + sin * dy) / radius, (-sin * dx + cos * dy) / radius) ? 1 : 0;
                }
                coverage[y * size + x] = (double) inside / (SUB * SUB);
            }
        }
        return coverage;
    }

    /** Returns whether a point in the shape's coordinates, rotated and in units of the radius, is inside. */
    private boolean contains(double u, double v) {
        double au = Math.abs(u);
        double av = Math.abs(v);
        double square = u * u + v * v;
        double larger = Math.max(au, av);
        return switch (kind) {
            case DISC -> square <= 1;
            case RING -> square <= 1 && square >= 0.45 * 0.45;
            case SQUARE -> larger <= 0.85;
            case TRIANGLE -> v >= -0.5 && v <= 1 - Math.sqrt(3) * au;
            case STAR -> inStar(u, v, Math.sqrt(square));
            case CROSS -> au <= 0.32 && av <= 1 || av <= 0.32 && au <= 1;
            case CRESCENT -> square <= 1 && (u - 0.45) * (u - 0.45) + v * v > 0.75 * 0.75;
            case ARROW -> av <= 0.22 && u >= -1 && u <= 0.2 || u >= 0 && u <= 1 && av <= 0.75 * (1 - u);
            case BARS -> larger <= 0.9 && even((v + 0.9) / 0.36);
            case CHECKER -> larger <= 0.9 && even((u + 0.9) / 0.45) == even((v + 0.9) / 0.45);
        };
    }

    private static boolean even(double value) {
        return Math.floorMod((long) Math.floor(value), 2L) == 0;
    }

    /**
     * Returns whether a point is inside a star: five points of radius 1, the first one downwards, and notches between
     * them.
     */
    private static boolean inStar(double u, double v, double r) {
        double turned = StrictMath.atan2(v, u) - StrictMath.PI / 2;
        double a = turned - STAR_STEP * Math.floor(turned / STAR_STEP);
        a = Math.min(a, STAR_STEP - a);
        double notchX = STAR_NOTCH * StrictMath.cos(STAR_STEP / 2);
        double notchY = STAR_NOTCH * StrictMath.sin(STAR_STEP / 2);
        return (notchX - 1) * (r * StrictMath.sin(a)) - notchY * (r * StrictMath.cos(a) - 1) >= 0;
    }
}
