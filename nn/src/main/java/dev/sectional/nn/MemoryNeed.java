package dev.sectional.nn;

import dev.sectional.core.InputException;
import dev.sectional.core.Shape;

/** Compares the memory that a pass through a network needs with the heap of the JVM. */
final class MemoryNeed {
    private static final long MEGABYTE = 1 << 20;

    private MemoryNeed() {
    }

    /** Returns the bytes of the outputs of all nodes. */
    static long bytes(Shape[] shapes) {
        long bytes = 0;
        for (Shape shape : shapes) {
            bytes += (long) Float.BYTES * shape.size();
        }
        return bytes;
    }

    /**
     * Checks that a heap can hold the outputs of all nodes.
     *
     * @param most bytes of the heap
     * @throws InputException if it cannot; the message says how much is needed and what to change
     */
    static void require(String network, Shape image, Shape[] shapes, long most) {
        if (bytes(shapes) > most) {
            throw exceeded(network, image, shapes, most, null);
        }
    }

    /** Returns whether an error means a full heap: where the JDK links a lambda it wraps that in an InternalError. */
    static boolean isFullHeap(VirtualMachineError error) {
        return error instanceof OutOfMemoryError || error.getCause() instanceof OutOfMemoryError;
    }

    /** Returns the exception for a heap that is too small. */
    static InputException exceeded(String network, Shape image, Shape[] shapes, long most, Throwable cause) {
        String message = "network '" + network + "': an image of " + image + " needs "
                + megabytes(bytes(shapes)) + " MB for the outputs of its layers, and as much again for what is"
                + " propagated back; the heap of this JVM has " + megabytes(most) + " MB: start Java with a greater"
                + " -Xmx, or give smaller images or fewer targets at once";
        return cause == null ? new InputException(message) : new InputException(message, cause);
    }

    /** Returns the exception for a heap that became full outside a pass. */
    static InputException exceeded(String network, long most, Throwable cause) {
        return new InputException("network '" + network + "': the heap of this JVM, " + megabytes(most)
                + " MB, is full:"
                + " start Java with a greater -Xmx, or give smaller images or fewer targets at once", cause);
    }

    private static long megabytes(long bytes) {
        return (bytes + MEGABYTE - 1) / MEGABYTE;
    }
}
