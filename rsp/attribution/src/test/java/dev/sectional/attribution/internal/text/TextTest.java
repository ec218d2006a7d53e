package dev.sectional.attribution.internal.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Quoted parts, and suggestions for misspelt words. */
class TextTest {
    @Test
    void separatorsInQuotesDoNotCount() {
        assertEquals(List.of("a", "\"b,c\"", "", "d"), Quoted.split("a,\"b,c\",,d", ','));
        assertEquals(List.of(""), Quoted.split("", ','));
        assertEquals("b,c", Quoted.plain(" \"b,c\" "));
        assertEquals("", Quoted.plain("\"\""));
        assertEquals("\"", Quoted.plain("\""));
        assertEquals("\"a", Quoted.plain("\"a"));
        assertEquals("a\"", Quoted.plain("a\""));
    }

    @Test
    void aThirdOfTheLettersMayBeWrong() {
        List<String> known = List.of("gradient", "grad-cam", "rsp");
        assertEquals("; did you mean 'gradient'?", Spelling.suggestion("gradeint", known));
        assertEquals("; did you mean 'gradient'?", Spelling.suggestion("GRADIENTS", known));
        assertEquals("; did you mean 'rsp'?", Spelling.suggestion("rs", known), "one mistake in short words");
        assertEquals("; did you mean 'rsp'?", Spelling.suggestion("rap", known));
        assertEquals("", Spelling.suggestion("rxy", known));
        assertEquals("; did you mean 'gradient'?", Spelling.suggestion("gradXXnt", known), "two of eight letters");
        assertEquals("", Spelling.suggestion("grXXXXnt", known));
        assertEquals("", Spelling.suggestion("x", List.of()));
        assertEquals("", Spelling.suggestion("abcdef", List.of("abcdefghi")), "three letters are missing");
        assertEquals("; did you mean 'abcdefgh'?", Spelling.suggestion("abcdef", List.of("abcdefgh")));
    }

    @Test
    void distancesCountEachChangeOnce() {
        assertEquals(0, Spelling.distance("abc", "abc"));
        assertEquals(3, Spelling.distance("", "abc"));
        assertEquals(3, Spelling.distance("abc", ""));
        assertEquals(1, Spelling.distance("abc", "acb"), "swapped");
        assertEquals(1, Spelling.distance("ab", "ba"));
        assertEquals(1, Spelling.distance("abc", "abxc"));
        assertEquals(2, Spelling.distance("abcd", "badc"));
        assertEquals(3, Spelling.distance("kitten", "sitting"));
        assertEquals(2, Spelling.distance("xabc", "bac"));
    }

    /** Of names with several words one may be near; words of three letters are near too much. */
    @Test
    void oneWordOfSeveralMayBeNear() {
        List<String> known = List.of("great white shark", "black cat-bear");
        assertEquals("; did you mean 'great white shark'?", Spelling.suggestion("shrak", known));
        assertEquals("; did you mean 'black cat-bear'?", Spelling.suggestion("baer", known));
        assertEquals("", Spelling.suggestion("cta", known));
        assertEquals("", Spelling.suggestion("zebra", known));
    }

    @Test
    void invisibleCharactersAreShown() {
        assertEquals("a\\u202eb\\u001b c\u00e9", VisibleText.of("a\u202eb\u001b c\u00e9"));
    }
}
