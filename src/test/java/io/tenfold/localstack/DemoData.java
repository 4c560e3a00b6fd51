package io.tenfold.localstack;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The demo's rows in the shapes that methods on several tasks or domains learn from, all made of {@link SupportMessages}: two
 * tasks with three classes each, two tasks on the same messages, and the messages as they would stand in a chat.
 */
final class DemoData {

    private static final List<String> SPLITS = List.of("train", "validation");
    private static final int CONVERSATIONS = 200;
    private static final int SCORED_CONVERSATIONS = 40;
    private static final Set<String> GOODS = Set.of("delivery", "return", "fault");
    private static final Pattern ROW = Pattern.compile("\"((?:[^\"]|\"\")*)\",(\\w+)");

    /** What a chat writes in other words. */
    private static final Map<String, String> SHORT = shortened();

    private DemoData() {}

    private static Map<String, String> shortened() {
        Map<String, String> words = new LinkedHashMap<>();
        words.put("please", "pls");
        words.put("you", "u");
        words.put("your", "ur");
        words.put("are", "r");
        words.put("and", "n");
        words.put("because", "cuz");
        words.put("thanks", "thx");
        words.put("parcel", "pkg");
        words.put("package", "pkg");
        words.put("delivery", "dlvry");
        words.put("account", "acct");
        words.put("password", "pw");
        words.put("invoice", "inv");
        words.put("money", "cash");
        return words;
    }

    /** A message and its class. */
    private record Row(String text, String label) {}

    /** The files' texts by name. */
    static Map<String, String> files() {
        Map<String, String> files = new LinkedHashMap<>();
        for (String split : SPLITS) {
            List<Row> rows = rows("support.%s.csv".formatted(split));
            put(files, "support." + split, rows, _ -> true, Row::label);
            put(files, "goods." + split, rows, row -> GOODS.contains(row.label()), Row::label);
            put(files, "money." + split, rows, row -> !GOODS.contains(row.label()), Row::label);
            put(files, "asks." + split, rows, _ -> true, row -> row.text().contains("?") ? "question" : "statement");
            List<Row> chat = rows.stream()
                    .map(row -> new Row(chat(row.text()), row.label()))
                    .toList();
            put(files, "chat." + split, chat, _ -> true, Row::label);
        }
        return files;
    }

    /** Messages to the shop with the shop's answers, JSON Lines of {@code messages}, by file name. */
    static Map<String, String> conversations() {
        Map<String, List<String>> answers = SupportMessages.sections("answers.txt");
        Map<String, String> files = new LinkedHashMap<>();
        for (String split : SPLITS) {
            List<Row> rows = rows("support.%s.csv".formatted(split));
            StringBuilder lines = new StringBuilder();
            int wanted = split.equals("train") ? CONVERSATIONS : SCORED_CONVERSATIONS;
            for (int i = 0; i < wanted; i++) {
                Row row = rows.get(i);
                List<String> choices = Objects.requireNonNull(answers.get(row.label()), row.label());
                ObjectNode line = JsonNodeFactory.instance.objectNode();
                line.putArray("messages")
                        .add(message("user", row.text()))
                        .add(message("assistant", choices.get(i % choices.size())));
                lines.append(line).append('\n');
            }
            files.put("answers.%s.jsonl".formatted(split), lines.toString());
        }
        return files;
    }

    private static ObjectNode message(String role, String content) {
        return JsonNodeFactory.instance.objectNode().put("role", role).put("content", content);
    }

    private static void put(
            Map<String, String> files, String name, List<Row> rows, Predicate<Row> kept, Function<Row, String> label) {
        StringBuilder csv = new StringBuilder("text,label\n");
        rows.stream().filter(kept).forEach(row -> csv.append('"')
                .append(row.text().replace("\"", "\"\""))
                .append("\",")
                .append(label.apply(row))
                .append('\n'));
        files.put(name + ".csv", csv.toString());
    }

    private static String chat(String text) {
        StringBuilder chat = new StringBuilder();
        for (String word :
                text.toLowerCase(Locale.ROOT).replaceAll("[^\\p{Alnum} ]", "").split(" +", -1)) {
            chat.append(chat.isEmpty() ? "" : " ").append(SHORT.getOrDefault(word, word));
        }
        return chat.toString();
    }

    private static List<Row> rows(String file) {
        return SupportMessages.resource(file)
                .lines()
                .skip(1)
                .map(ROW::matcher)
                .filter(Matcher::matches)
                .map(row -> new Row(row.group(1).replace("\"\"", "\""), row.group(2)))
                .toList();
    }
}
