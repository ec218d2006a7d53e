package dev.sectional.cli.internal.output;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ConsoleTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Console console = new Console(stream(out), stream(err), null);

    private static PrintStream stream(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    /** Names of files and classes cannot turn the writing direction, clear the terminal or begin a line. */
    @Test
    void namesAreVisible() {
        console.result("one\u202Egnp.exe\ntwo \u001B[2J");
        console.error("three\r\nfour \u2028 five\uDB40\uDC41");

        assertEquals("one\\u202egnp.exe\ntwo \\u001b[2J\n", text(out));
        assertEquals("sectional: three four \\u2028 five\\udb40\\udc41\n", text(err));
    }

    private static String text(ByteArrayOutputStream bytes) {
        return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
    }
}
