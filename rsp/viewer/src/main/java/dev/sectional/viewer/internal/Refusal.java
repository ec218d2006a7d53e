package dev.sectional.viewer.internal;

/** Thrown if a request is answered with an error. The message is one line for the user. */
public final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final int status;

    /** @param status the HTTP status, 400 to 599 */
    public Refusal(int status, String message) {
        super(message, null, false, false);
        this.status = status;
    }

    /** Returns the HTTP status. */
    public int status() {
        return status;
    }
}
