package dev.sectional.images.figure;

/** Smooth curves through points: Catmull-Rom splines, which are cubic and pass through each point. */
final class Curve {
    /** Straight segments between two points. */
    private static final int SEGMENTS = 6;

    private Curve() {
    }

    /**
     * Returns a polyline that follows the curve.
     *
     * @param points {@code x, y, x, y, ...}; the curve is closed if the last point equals the first
     */
    static double[] through(double[] points) {
        int count = points.length / 2;
        boolean closed = points[0] == points[2 * count - 2] && points[1] == points[2 * count - 1];
        double[] line = new double[2 * ((count - 1) * SEGMENTS + 1)];
        for (int i = 0; i + 1 < count; i++) {
            int before = i > 0 ? i - 1 : closed ? count - 2 : 0;
            int after = i + 2 < count ? i + 2 : closed ? 1 : count - 1;
            for (int segment = 0; segment < SEGMENTS; segment++) {
                double t = (double) segment / SEGMENTS;
                for (int axis = 0; axis < 2; axis++) {
                    line[2 * (i * SEGMENTS + segment) + axis] = at(t, points[2 * before + axis], points[2 * i + axis],
                            points[2 * i + 2 + axis], points[2 * after + axis]);
                }
            }
        }
        line[line.length - 2] = points[points.length - 2];
        line[line.length - 1] = points[points.length - 1];
        return line;
    }

    private static double at(double t, double before, double from, double to, double after) {
        double square = t * t;
        double cube = square * t;
        return 0.5 * (2 * from + (to - before) * t + (2 * before - 5 * from + 4 * to - after) * square
                + (3 * from - before - 3 * to + after) * cube);
    }
}
