package io.tenfold.train;

import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.checkpoint.JsonFile;
import io.tenfold.data.ChatTemplate;
import io.tenfold.data.Conversation;
import io.tenfold.data.Prompts;
import io.tenfold.data.TextTokenizer;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.OutOfDeviceMemoryException;
import io.tenfold.train.writing.Pieces;
import io.tenfold.train.writing.Sampling;
import io.tenfold.train.writing.TextWriter;
import io.tenfold.train.writing.Written;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A decoder with its language head: texts or conversations in, what it writes after them out. */
public final class Speaker implements AutoCloseable {

    /** The field of {@code metrics.json} that says whether the artifact was trained on conversations. */
    public static final String CHAT = "chat";

    /** Rows that are written together: each takes memory for the keys and values of all its tokens. */
    private static final int AT_ONCE = 16;

    private final Network network;
    private final TextTokenizer tokenizer;
    private final @Nullable Boolean trainedOnChats;
    private final Backend backend;

    private Speaker(Network network, TextTokenizer tokenizer, @Nullable Boolean trainedOnChats, Backend backend) {
        this.network = network;
        this.tokenizer = tokenizer;
        this.trainedOnChats = trainedOnChats;
        this.backend = backend;
    }

    /**
     * What is to be written on from.
     *
     * @param row its number, for messages
     * @param conversation null where it is {@code text}
     */
    public record Prompt(int row, String text, @Nullable Conversation conversation) {}

    /**
     * How it is written on.
     *
     * @param sampling to whose end tokens the model's own are added
     * @param system what the system says before conversations that have no such message; null: nothing
     * @param raw whether texts stand as they are, though the model has a chat template
     */
    public record Manner(Sampling sampling, @Nullable String system, boolean raw) {}

    /**
     * Takes over the network; the tokenizer stays the caller's.
     *
     * @param artifact whose {@code metrics.json} may tell what it was trained on; a model's own folder where there is none
     */
    public static Speaker of(Network network, TextTokenizer tokenizer, Path artifact, TrainingSession session) {
        return new Speaker(network, tokenizer, trainedOnChats(artifact), session.backend());
    }

    private static @Nullable Boolean trainedOnChats(Path artifact) {
        Path report = artifact.resolve("metrics.json");
        if (!Files.exists(report)) {
            return null;
        }
        try {
            JsonNode chat = JsonFile.read(report).path(CHAT);
            return chat.isBoolean() ? chat.booleanValue() : null;
        } catch (IOException e) {
            throw new UncheckedIOException(report + " can't be read", e);
        }
    }

    /**
     * Writes on from each prompt. A text is one message of a user where the model has a chat template, unless the manner is
     * raw or the artifact was trained on texts; else it stands as it is.
     *
     * @param pieces hears the texts while they grow; rows count from 0 here
     * @return in the prompts' order
     * @throws JobException bad_data for a prompt without tokens, or with more than the model has positions; bad_request for a
     *     system message, or a conversation, where there is no chat template; bad_model for a template that can't be rendered
     */
    public List<Written> speak(List<Prompt> prompts, Manner manner, Pieces pieces) {
        Prompts encoder = new Prompts(tokenizer);
        ChatTemplate template = manner.raw() ? null : tokenizer.chatTemplate(LocalDateTime.now(ZoneOffset.UTC));
        boolean chats = template != null && !Boolean.FALSE.equals(trainedOnChats);
        List<int[]> ids = new ArrayList<>();
        for (Prompt prompt : prompts) {
            Conversation conversation = prompt.conversation();
            if (conversation == null && chats) {
                conversation = Conversation.ofUser(prompt.text());
            }
            ids.add(checked(
                    prompt,
                    conversation == null
                            ? text(prompt, manner, encoder, template)
                            : chat(prompt, conversation, manner, encoder, template)));
        }
        boolean anyChat = chats || prompts.stream().anyMatch(prompt -> prompt.conversation() != null);
        int[] ends = template != null && anyChat ? encoder.ends(template) : encoder.ends();
        Sampling sampling = manner.sampling().endingAt(ends);
        try {
            return new TextWriter(network, backend, tokens -> tokenizer.decode(tokens, true), sampling, AT_ONCE)
                    .write(ids.toArray(int[][]::new), pieces);
        } catch (OutOfDeviceMemoryException e) {
            throw OutOfMemory.inWriting(e, Math.min(AT_ONCE, ids.size()));
        }
    }

    private static int[] text(Prompt prompt, Manner manner, Prompts encoder, @Nullable ChatTemplate template) {
        if (manner.system() != null) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    "system",
                    "a system message is given, but %s; leave it out, or write it into the text"
                            .formatted(
                                    manner.raw()
                                            ? "the text is to stand as it is"
                                            : template == null
                                                    ? "the model has no chat template"
                                                    : "the artifact was trained on texts without the chat template"));
        }
        return encoder.of(prompt.text());
    }

    private static int[] chat(
            Prompt prompt, Conversation conversation, Manner manner, Prompts encoder, @Nullable ChatTemplate template) {
        if (template == null) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    "messages",
                    "row %d is a conversation, but %s; give rows of text"
                            .formatted(
                                    prompt.row(),
                                    manner.raw() ? "the text is to stand as it is" : "the model has no chat template"));
        }
        String system = manner.system();
        return encoder.of(system == null ? conversation : conversation.withSystem(system), template);
    }

    private int[] checked(Prompt prompt, int[] ids) {
        int room = network.maxPositions() - network.virtualTokens();
        if (ids.length == 0) {
            throw new JobException(
                    ErrorCode.BAD_DATA,
                    "text",
                    "row %d has no token to write on from; give it a text".formatted(prompt.row()));
        }
        if (ids.length > room) {
            throw new JobException(
                    ErrorCode.BAD_DATA,
                    "text",
                    "row %d has %d tokens, but the model has positions for %d; shorten it"
                            .formatted(prompt.row(), ids.length, room));
        }
        return ids;
    }

    @Override
    public void close() {
        network.close();
    }
}
