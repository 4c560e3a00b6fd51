package io.tenfold.localstack;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;

/**
 * Makes the small labelled set of the demo and the tests: messages to a shop in six classes, from committed phrases and a
 * seed, so always the same bytes. It is made hard for word counting: half of validation speaks in other words than training, and
 * a good part of the messages mention, and deny, the trouble of another class.
 */
public final class SupportMessages {

    /** The classes with the share of each in percent: uneven, none near a third. */
    private static final Map<String, Integer> SHARES = shares();

    private static final int TRAIN_ROWS = 900;
    private static final int VALIDATION_ROWS = 300;
    private static final int PERCENT = 100;
    private static final int PERCENT_WITH_OPENING = 45;
    private static final int PERCENT_WITH_CLOSING = 45;
    private static final int PERCENT_WITH_ASIDE = 35;
    private static final int PERCENT_KNOWN_IN_VALIDATION = 50;
    private static final long SEED = 20_260_101;

    private final Map<String, List<String>> phrases;
    private final Random random = new Random(SEED);
    private final Set<String> written = new HashSet<>();

    private SupportMessages(Map<String, List<String>> phrases) {
        this.phrases = phrases;
    }

    private static Map<String, Integer> shares() {
        Map<String, Integer> shares = new LinkedHashMap<>();
        shares.put("delivery", 22);
        shares.put("billing", 19);
        shares.put("return", 18);
        shares.put("fault", 16);
        shares.put("account", 14);
        shares.put("cancellation", 11);
        return shares;
    }

    /** Writes {@code support.train.csv} and {@code support.validation.csv} into the folder that is the one argument. */
    public static void main(String... args) throws IOException {
        Path folder = Path.of(args.length == 1 ? args[0] : "src/test/resources/demo");
        for (var file : files().entrySet()) {
            Files.writeString(folder.resolve(file.getKey()), file.getValue());
        }
    }

    /** The files' texts by name. */
    static Map<String, String> files() {
        SupportMessages messages = new SupportMessages(sections("support.phrases.txt"));
        Map<String, String> files = new LinkedHashMap<>();
        files.put("support.train.csv", messages.csv("train", TRAIN_ROWS));
        files.put("support.validation.csv", messages.csv("validation", VALIDATION_ROWS));
        return files;
    }

    private String csv(String split, int rows) {
        List<String> lines = new ArrayList<>();
        SHARES.forEach((label, share) -> {
            List<String> texts = new ArrayList<>();
            while (texts.size() < rows * share / PERCENT) {
                String text = message(label, split);
                if (written.add(text)) {
                    texts.add(text);
                }
            }
            texts.forEach(text -> lines.add("\"" + text.replace("\"", "\"\"") + "\"," + label));
        });
        Collections.shuffle(lines, random);
        return "text,label\n" + String.join("\n", lines) + "\n";
    }

    private String message(String label, String split) {
        List<String> parts = new ArrayList<>();
        boolean known = split.equals("train") || chance(PERCENT_KNOWN_IN_VALIDATION);
        String heart = one(label + (known ? " train" : " validation"));
        if (chance(PERCENT_WITH_ASIDE)) {
            List<String> others = SHARES.keySet().stream()
                    .filter(other -> !other.equals(label))
                    .toList();
            String aside = one(others.get(random.nextInt(others.size())) + " aside");
            boolean before = random.nextBoolean();
            parts.add(before ? aside : heart);
            parts.add(before ? heart : aside);
        } else {
            parts.add(heart);
        }
        if (chance(PERCENT_WITH_OPENING)) {
            parts.addFirst(one("opening"));
        }
        if (chance(PERCENT_WITH_CLOSING)) {
            parts.add(one("closing"));
        }
        return filled(String.join(" ", parts));
    }

    private String filled(String text) {
        return text.replace("{item}", one("item"))
                .replace("{when}", one("when"))
                .replace("{sum}", one("sum"));
    }

    private String one(String section) {
        List<String> choices = Objects.requireNonNull(phrases.get(section), section);
        return choices.get(random.nextInt(choices.size()));
    }

    private boolean chance(int percent) {
        return random.nextInt(PERCENT) < percent;
    }

    /** The lines below each {@code [title]} of a file that lies beside the labelled set. */
    static Map<String, List<String>> sections(String file) {
        Map<String, List<String>> sections = new LinkedHashMap<>();
        List<String> current = new ArrayList<>();
        for (String line : resource(file).split("\n", -1)) {
            if (line.startsWith("[")) {
                current = new ArrayList<>();
                sections.put(line.substring(1, line.length() - 1), current);
            } else if (!line.isBlank() && !line.startsWith("#")) {
                current.add(line);
            }
        }
        return sections;
    }

    /** The text of a file that lies beside the labelled set. */
    static String resource(String name) {
        try (InputStream in = SupportMessages.class.getResourceAsStream("/demo/" + name)) {
            return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + name, e);
        }
    }
}
