package io.tenfold.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A Dockerfile's instructions, lines that go on joined. */
record Dockerfile(List<Instruction> instructions) {

    private static final Pattern PAIR = Pattern.compile("([\\w.]+)=(\"[^\"]*\"|\\S+)");

    /** Such as {@code USER} and {@code 10001:10001}. */
    record Instruction(String word, String rest) {}

    static Dockerfile read(Path file) throws IOException {
        return of(Files.readString(file));
    }

    static Dockerfile of(String text) {
        List<Instruction> instructions = new ArrayList<>();
        String lines = text.lines().filter(line -> !line.startsWith("#")).reduce("", (all, line) -> all + line + "\n");
        for (String line : lines.replaceAll("\\s*\\\\\n\\s*", " ").split("\n", -1)) {
            if (!line.isBlank()) {
                String[] words = line.split("\\s+", 2);
                instructions.add(new Instruction(words[0], words.length > 1 ? words[1] : ""));
            }
        }
        return new Dockerfile(List.copyOf(instructions));
    }

    /** What follows a word, in order. */
    List<String> all(String word) {
        return instructions.stream()
                .filter(instruction -> instruction.word().equals(word))
                .map(Instruction::rest)
                .toList();
    }

    /** The last stage: what the image is. */
    Dockerfile image() {
        int from = instructions.stream().map(Instruction::word).toList().lastIndexOf("FROM");
        return new Dockerfile(instructions.subList(from, instructions.size()));
    }

    /** The bases, with the defaults of the arguments put in; earlier stages are not among them. */
    List<String> bases() {
        Map<String, String> arguments = new LinkedHashMap<>();
        all("ARG").forEach(argument -> arguments.putAll(pairs(argument)));
        List<String> stages = new ArrayList<>();
        List<String> bases = new ArrayList<>();
        for (String from : all("FROM")) {
            String[] words = from.split("\\s+", -1);
            String name = words[0];
            for (Map.Entry<String, String> argument : arguments.entrySet()) {
                name = name.replace("${" + argument.getKey() + "}", argument.getValue());
            }
            if (!stages.contains(name)) {
                bases.add(name);
            }
            if (words.length > 2) {
                stages.add(words[2]);
            }
        }
        return bases;
    }

    /** The names and values of {@code ENV}, or of another word that has such. */
    Map<String, String> named(String word) {
        Map<String, String> named = new LinkedHashMap<>();
        all(word).forEach(rest -> named.putAll(pairs(rest)));
        return named;
    }

    private static Map<String, String> pairs(String text) {
        Map<String, String> pairs = new LinkedHashMap<>();
        Matcher matcher = PAIR.matcher(text);
        while (matcher.find()) {
            pairs.put(matcher.group(1), matcher.group(2).replace("\"", ""));
        }
        return pairs;
    }
}
