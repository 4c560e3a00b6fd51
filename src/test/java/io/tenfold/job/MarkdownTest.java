package io.tenfold.job;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A stranger's texts within Markdown. */
class MarkdownTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            quoteCharacter = '"',
            value = {
                "my-job-7 ! my-job-7",
                "<b>x</b> ! &lt;b&gt;x&lt;/b&gt;",
                "a|b ! a\\|b",
                "[x](javascript:1) ! \\[x\\](javascript:1)",
                "a & b ! a &amp; b"
            })
    void textMakesNoMarkup(String any, String expected) {
        assertEquals(expected, Markdown.text(any));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            quoteCharacter = '"',
            value = {"s3://a/b ! `s3://a/b`", "a`b ! ``a`b``", "```a ! ```` ```a ````", "<b> ! `<b>`"})
    void codeEndsWhereItShould(String any, String expected) {
        assertEquals(expected, Markdown.code(any));
    }

    @ParameterizedTest
    @CsvSource({"a,b"})
    void aLineStaysALine(String one, String two) {
        assertEquals("`a b`", Markdown.code(one + "\n" + two));
        assertEquals("a b", Markdown.text(one + "\r\n" + two));
    }
}
