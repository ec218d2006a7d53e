package dev.sectional.evaluation.report;

import dev.sectional.attribution.internal.text.VisibleText;

/** Escapes text for HTML. */
final class Html {
    private Html() {
    }

    /** Returns the text with the special characters of HTML and invisible characters escaped. */
    static String escaped(String text) {
        return VisibleText.of(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
