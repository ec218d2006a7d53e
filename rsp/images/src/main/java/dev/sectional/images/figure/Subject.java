package dev.sectional.images.figure;

import dev.sectional.images.Image;
import dev.sectional.images.InputImage;
import dev.sectional.images.Seen;
import dev.sectional.nn.ModelCard;
import java.util.ArrayList;
import java.util.List;

/**
 * The image that a figure shows.
 *
 * @param name in the title
 * @param photo the image itself
 * @param seen the part of it that the network saw
 * @param fitted the way in which it was brought to the network's size, such as {@code squashed to 224x224}
 * @param notes sentences without a full stop that the caption ends with: what was lost or assumed
 */
public record Subject(String name, Image photo, Seen seen, String fitted, List<String> notes) {
    /**
     * Copies the notes.
     *
     * @param name the component {@code name}
     * @param photo the component {@code photo}
     * @param seen the component {@code seen}
     * @param fitted the component {@code fitted}
     * @param notes the component {@code notes}
     */
    public Subject {
        notes = List.copyOf(notes);
    }

    /**
     * {@return an image as the input of a network, with notes on what the network did not see of it, and on what the
     * network's file leaves open}
     *
     * @param image as the network took it
     * @param name in the title
     * @param fitted the way in which it was brought to the network's size
     * @param card of the network
     */
    public static Subject of(InputImage image, String name, String fitted, ModelCard card) {
        return new Subject(name, image.photo(), image.seen(), fitted, notes(image, card));
    }

    /**
     * {@return what the network did not see of an image, what its file leaves open and was assumed, and whether it
     * names its classes; sentences without a full stop}
     *
     * @param image as the network took it
     * @param card of the network
     */
    public static List<String> notes(InputImage image, ModelCard card) {
        List<String> notes = new ArrayList<>();
        List<String> lost = InputImage.isArray(image.file()) ? List.of()
                : image.photo().conversions(card.input().dim(0));
        if (!lost.isEmpty()) {
            notes.add("the photo as the network saw it: " + String.join(", ", lost));
        }
        if (!card.assumed().isEmpty()) {
            notes.add("assumed, because the weights file does not say: " + String.join("; ", card.assumed()));
        }
        if (card.labels().isEmpty()) {
            notes.add("no names of the classes are known: numbers count from 0");
        }
        return notes;
    }

    /** Returns the size of the photo and what was done to it. */
    String size() {
        return photo.width() + "x" + photo.height() + ", " + fitted;
    }

    /** Returns the notes as sentences after others. */
    String caption() {
        StringBuilder caption = new StringBuilder();
        notes.forEach(note -> caption.append(Parts.sentence(note)));
        return caption.toString();
    }
}
