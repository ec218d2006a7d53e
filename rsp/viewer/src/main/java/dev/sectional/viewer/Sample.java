package dev.sectional.viewer;

import java.util.function.Supplier;

/**
 * A photo that the page offers.
 *
 * @param name of its file
 * @param caption one line
 * @param content gives the bytes of the file
 */
public record Sample(String name, String caption, Supplier<byte[]> content) {
}
