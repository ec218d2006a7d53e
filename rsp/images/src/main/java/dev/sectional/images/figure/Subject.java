package dev.sectional.images.figure;

import dev.sectional.images.Image;
import dev.sectional.images.Seen;

/**
 * The image that a figure shows.
 *
 * @param name in the title
 * @param photo the image itself
 * @param seen the part of it that the network saw
 * @param fitted the way in which it was brought to the network's size, such as {@code squashed to 224x224}
 */
public record Subject(String name, Image photo, Seen seen, String fitted) {
}
