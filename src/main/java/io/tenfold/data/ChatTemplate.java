package io.tenfold.data;

import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.data.jinja.Function;
import io.tenfold.data.jinja.JinjaTemplate;
import io.tenfold.data.jinja.None;
import io.tenfold.data.jinja.TemplateException;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A model's own template that makes one text of a conversation, as Transformers' {@code apply_chat_template} does: {@code
 * chat_template.jinja}, or {@code chat_template} of {@code tokenizer_config.json}, one or a list of named ones. Safe for
 * several threads.
 */
public final class ChatTemplate {

    private static final String FILE = "chat_template.jinja";
    private static final String DEFAULT = "default";
    private static final String WITH_TOOLS = "tool_use";

    private final TokenizerFolder folder;
    private final Map<String, JinjaTemplate> templates;
    private final String source;
    private final Map<String, Object> variables;

    private ChatTemplate(
            TokenizerFolder folder, Map<String, JinjaTemplate> templates, String source, LocalDateTime now) {
        this.folder = folder;
        this.templates = templates;
        this.source = source;
        variables = new LinkedHashMap<>(folder.specialTokens());
        variables.put("documents", None.NONE);
        variables.put("strftime_now", (Function) given -> StrfTime.format(now, given));
    }

    static @Nullable ChatTemplate read(TokenizerFolder folder, LocalDateTime now) {
        byte[] file = folder.bytes(FILE);
        JsonNode config = folder.config().path("chat_template");
        Map<String, JinjaTemplate> templates = new LinkedHashMap<>();
        String source = file == null ? "chat_template in tokenizer_config.json" : FILE;
        if (file != null) {
            templates.put(DEFAULT, parse(folder, source, new String(file, StandardCharsets.UTF_8)));
        } else if (config.isTextual()) {
            templates.put(DEFAULT, parse(folder, source, config.textValue()));
        } else {
            for (JsonNode named : config) {
                String name = named.path("name").asText();
                templates.put(
                        name,
                        parse(
                                folder,
                                "%s (%s)".formatted(source, Shown.value(name, 60)),
                                named.path("template").asText()));
            }
        }
        return templates.isEmpty() ? null : new ChatTemplate(folder, templates, source, now);
    }

    private static JinjaTemplate parse(TokenizerFolder folder, String source, String text) {
        try {
            return JinjaTemplate.parse(text);
        } catch (TemplateException e) {
            throw bad(folder, source, e);
        }
    }

    private static JobException bad(TokenizerFolder folder, String source, TemplateException e) {
        return folder.bad(
                "%s, line %d: %s; the template can't be rendered, so give another, or rows of prompt and completion"
                        .formatted(source, e.line(), Shown.value(String.valueOf(e.getMessage()), 300)));
    }

    /**
     * The text of a conversation.
     *
     * @param addGenerationPrompt whether the text ends where the next answer begins
     * @throws JobException BAD_MODEL for a template that can't be rendered; BAD_DATA in the template's own words where it
     *     refuses the conversation
     */
    public String render(Conversation conversation, boolean addGenerationPrompt) {
        try {
            return rendered(conversation, addGenerationPrompt).text();
        } catch (TemplateException e) {
            throw new JobException(ErrorCode.BAD_DATA, "messages", refusal(e), e);
        }
    }

    /** Likewise, with the answers that the template marks; a conversation that is refused is the caller's to tell. */
    JinjaTemplate.Rendered rendered(Conversation conversation, boolean addGenerationPrompt) {
        Map<String, Object> all = new LinkedHashMap<>(variables);
        all.put("messages", new ArrayList<Object>(conversation.messages()));
        all.put("tools", conversation.tools());
        all.put("add_generation_prompt", addGenerationPrompt);
        try {
            return chosen(conversation.tools() != None.NONE).render(all);
        } catch (TemplateException e) {
            throw switch (e.kind()) {
                case RAISED, FAILED -> e;
                case TEMPLATE, LIMIT -> bad(folder, source, e);
            };
        }
    }

    private JinjaTemplate chosen(boolean tools) {
        JinjaTemplate special = tools ? templates.get(WITH_TOOLS) : null;
        JinjaTemplate usual = special == null ? templates.get(DEFAULT) : special;
        if (usual == null) {
            throw folder.bad("%s has the templates %s, but none is called default; call one so"
                    .formatted(source, Shown.value(String.join(", ", templates.keySet()), 200)));
        }
        return usual;
    }

    /** What the template has against a conversation, in its own words. */
    static String refusal(TemplateException e) {
        String words = Shown.value(String.valueOf(e.getMessage()), 300);
        return e.kind() == TemplateException.Kind.RAISED
                ? "the model's chat template refuses the conversation: " + words
                : "the model's chat template fails on the conversation, at its line %d: %s".formatted(e.line(), words);
    }

    /** Why rows that are conversations can't be read without a template. */
    static JobException missing(DataFile file, String shape) {
        return new JobException(
                ErrorCode.BAD_MODEL,
                "model",
                "%s holds conversations (%s), but the model has no chat template; give rows of prompt and completion, or put chat_template.jinja into the model's folder"
                        .formatted(file.location(), shape));
    }
}
