package io.tenfold.data;

/** A row that a language model learns from; {@code line} is where it begins. */
sealed interface LanguageRow {

    long line();

    /** A text, all of which is learnt. */
    record Plain(long line, String text) implements LanguageRow {}

    /** What is asked, and the answer, which follows it without anything between. */
    record Completion(long line, String prompt, String completion) implements LanguageRow {}

    record Chat(long line, Conversation conversation) implements LanguageRow {}

    /** Two answers to a prompt, both texts or both messages. */
    record Pair(long line, LanguageRow chosen, LanguageRow rejected) implements LanguageRow {}
}
