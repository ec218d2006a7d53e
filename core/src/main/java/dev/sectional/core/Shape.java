package dev.sectional.core;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The dimensions of a tensor, outermost first. Immutable.
 *
 * <p>Every dimension is at least 0, and the number of elements is at most 2^31 - 1, since a tensor's elements are one
 * array. A shape without dimensions is a scalar: one element.
 */
public final class Shape {
    private final int[] dims;
    private final int size;

    private Shape(int[] dims) {
        this.dims = dims;
        long size = 1;
        for (int dim : dims) {
            if (dim < 0) {
                throw new IllegalArgumentException("a dimension is at least 0, got " + describe(dims));
            }
            size *= dim;
            if (size > Integer.MAX_VALUE) {
                throw new IllegalArgumentException("a tensor holds at most 2^31 - 1 elements, got shape "
                        + describe(dims));
            }
        }
        this.size = (int) size;
    }

    /**
     * {@return the shape of the given dimensions}
     *
     * @param dims the dimensions, outermost first, each at least 0
     * @throws IllegalArgumentException if one is negative or the product exceeds 2^31 - 1
     */
    public static Shape of(int... dims) {
        return new Shape(dims.clone());
    }

    /** {@return the number of dimensions} */
    public int rank() {
        return dims.length;
    }

    /**
     * {@return dimension {@code i}, 0 being the outermost}
     *
     * @param i number of the dimension, from 0
     */
    public int dim(int i) {
        return dims[i];
    }

    /** {@return the number of elements: the product of the dimensions} */
    public int size() {
        return size;
    }

    /** {@return a copy of the dimensions} */
    public int[] dims() {
        return dims.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dims);
    }

    /** {@return the dimensions as {@code 3x224x224}, or {@code scalar}} */
    @Override
    public String toString() {
        return describe(dims);
    }

    private static String describe(int[] dims) {
        if (dims.length == 0) {
            return "scalar";
        }
        return Arrays.stream(dims).mapToObj(String::valueOf).collect(Collectors.joining("x"));
    }
}
