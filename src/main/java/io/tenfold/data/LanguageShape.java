package io.tenfold.data;

import io.tenfold.job.FineTuneRequest.LanguageColumns;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What rows that a language model learns from look like, and what their columns are called. */
record LanguageShape(Kind kind, String first, String second, String third) {

    enum Kind {
        /** {@code first}: a text. */
        TEXT,
        /** {@code first} and {@code second}: what is asked, and the answer. */
        PROMPT,
        /** {@code instruction}, {@code input}, {@code output}; {@code system} and {@code history} where they are there. */
        ALPACA,
        /** {@code first}: a list of {@code {"from", "value"}}; {@code system} and {@code tools} beside. */
        SHAREGPT,
        /** {@code first}: a list of {@code {"role", "content"}}; {@code second}: tools. */
        MESSAGES,
        /** {@code first} and its better answer {@code second} and worse answer {@code third}. */
        PREFERENCE;

        String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static final String INSTRUCTION = "instruction";
    static final String INPUT = "input";
    static final String OUTPUT = "output";
    static final String SYSTEM = "system";
    static final String HISTORY = "history";
    static final String TOOLS = "tools";

    /** By the names that the request gives; null where it gives none. */
    static @Nullable LanguageShape named(LanguageColumns columns) {
        String chosen = columns.chosen();
        String prompt = columns.prompt();
        String completion = columns.completion();
        String rejected = columns.rejected();
        if (chosen != null && rejected != null && prompt != null) {
            return new LanguageShape(Kind.PREFERENCE, prompt, chosen, rejected);
        }
        String messages = columns.messages();
        if (messages != null) {
            String tools = columns.tools();
            return new LanguageShape(Kind.MESSAGES, messages, tools == null ? TOOLS : tools, "");
        }
        if (prompt != null && completion != null) {
            return new LanguageShape(Kind.PROMPT, prompt, completion, "");
        }
        String text = columns.text();
        return text == null ? null : new LanguageShape(Kind.TEXT, text, "", "");
    }

    /** By the columns that are there; null where they show none. */
    static @Nullable LanguageShape found(Collection<String> there) {
        if (there.contains("messages")) {
            return new LanguageShape(Kind.MESSAGES, "messages", TOOLS, "");
        }
        if (there.contains("conversations")) {
            return new LanguageShape(Kind.SHAREGPT, "conversations", TOOLS, "");
        }
        if (there.contains("prompt") && there.contains("completion")) {
            return new LanguageShape(Kind.PROMPT, "prompt", "completion", "");
        }
        if (there.contains(INSTRUCTION) && there.contains(OUTPUT)) {
            return new LanguageShape(Kind.ALPACA, INSTRUCTION, OUTPUT, "");
        }
        return there.contains("text") ? new LanguageShape(Kind.TEXT, "text", "", "") : null;
    }

    /** Whether {@code first} is a list of messages, which CSV and TSV can't have. */
    boolean nested() {
        return kind == Kind.SHAREGPT || kind == Kind.MESSAGES;
    }

    /** Refuses earlier turns beside an instruction in a file whose fields hold no lists of lists. */
    static void refuseHistory(DataFile file, Collection<String> there) {
        if (there.contains(HISTORY)) {
            throw file.notFor(
                    "whose column history, the turns before an instruction, is not read; save the rows as jsonl or json, or leave the column out");
        }
    }

    /** The columns that are read of a CSV, TSV or Parquet file. */
    List<String> flat(Collection<String> there) {
        List<String> names = new ArrayList<>(List.of(first));
        switch (kind) {
            case TEXT -> {}
            case SHAREGPT, MESSAGES ->
                Stream.of(SYSTEM, kind == Kind.MESSAGES ? second : TOOLS)
                        .filter(there::contains)
                        .forEach(names::add);
            case PROMPT -> names.add(second);
            case PREFERENCE -> names.addAll(List.of(second, third));
            case ALPACA -> {
                names.add(second);
                List.of(INPUT, SYSTEM).stream().filter(there::contains).forEach(names::add);
            }
        }
        return names;
    }
}
