package dev.sectional.evaluation.report;



/** Escapes text for HTML. */
final class Html {
    private Html() {
    }

    /**
     * Returns the text with the special characters of HTML escaped: names come from files and may contain any
     * character.
     */
    static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }
}
