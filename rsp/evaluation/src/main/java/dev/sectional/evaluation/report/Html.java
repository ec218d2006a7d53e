package dev.sectional.evaluation.report;



/** Text in HTML. */
final class Html {
    private Html() {
    }

    /** Names come from files and may hold anything. */
    static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }
}
