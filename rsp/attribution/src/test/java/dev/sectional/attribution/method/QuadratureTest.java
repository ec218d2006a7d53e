package dev.sectional.attribution.method;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QuadratureTest {
    private static double integral(Quadrature.Point[] points, int power) {
        return Stream.of(points).mapToDouble(p -> p.weight() * Math.pow(p.at(), power)).sum();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 20, 50, 300})
    void gaussIsExactForPolynomialsBelowTwiceItsPoints(int n) {
        Quadrature.Point[] points = Quadrature.GAUSS.points(n);
        for (int power = 0; power < 2 * n; power++) {
            assertEquals(1.0 / (power + 1), integral(points, power), 1e-13, n + " points, x^" + power);
        }
        if (n < 10) {
            assertTrue(Math.abs(integral(points, 2 * n) - 1.0 / (2 * n + 1)) > 1e-9);
        }
    }

    @Test
    void pointsOfTheTextbook() {
        Quadrature.Point[] three = Quadrature.GAUSS.points(3);
        double away = Math.sqrt(0.6) / 2;
        assertArrayEquals(new double[] {0.5 - away, 0.5, 0.5 + away},
                Stream.of(three).mapToDouble(Quadrature.Point::at).toArray(), 1e-15);
        assertArrayEquals(new double[] {5.0 / 18, 4.0 / 9, 5.0 / 18},
                Stream.of(three).mapToDouble(Quadrature.Point::weight).toArray(), 1e-15);
    }

    @Test
    void partsOfOneLength() {
        assertArrayEquals(new double[] {0.125, 0.375, 0.625, 0.875}, places(Quadrature.MIDPOINT).toArray());
        assertArrayEquals(new double[] {0.25, 0.5, 0.75, 1}, places(Quadrature.RIGHT).toArray());
        assertEquals(1, integral(Quadrature.RIGHT.points(4), 0));
        assertEquals(1, integral(Quadrature.MIDPOINT.points(4), 0));
    }

    private static DoubleStream places(Quadrature rule) {
        return Stream.of(rule.points(4)).mapToDouble(Quadrature.Point::at);
    }
}
