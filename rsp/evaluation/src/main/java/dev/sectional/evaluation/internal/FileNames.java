package dev.sectional.evaluation.internal;


/** File names made from names of methods. */
public final class FileNames {
    private FileNames() {
    }

    /** Returns a method's name with every character that file systems may refuse replaced by an underscore. */
    public static String of(String method) {
        return method.replaceAll("[^A-Za-z0-9._=,+-]", "_");
    }
}
