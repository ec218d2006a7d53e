package dev.sectional.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sectional.core.Shape;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class Vgg16Test {
    @Test
    void imageHasTheValuesOfTheGeneratorsDefinition() {
        float[] image = Vgg16.image(224).data();
        assertEquals(-1.8637440204620361f, image[0]);
        assertEquals(-1.53304123878479f, image[150527]);
    }

    @Test
    void parametersHaveTheValuesOfTheGeneratorsDefinition() {
        List<Shape> shapes = new ArrayList<>(Vgg16.parameters().values());
        assertEquals(32, shapes.size());
        float[] value = new float[1];
        Generated.parameter(16, 31, shapes.get(31)).read(999, value, 0, 1);
        assertEquals(0.020745214074850082f, value[0]);
        Generated.parameter(16, 0, shapes.get(0)).read(5, value, 0, 1);
        assertEquals(0.1510477066040039f, value[0]);
    }

    @Test
    void hasTorchvisionsNumberOfParameters() {
        assertEquals(138_357_544, Vgg16.parameters().values().stream().mapToLong(Shape::size).sum());
    }
}
