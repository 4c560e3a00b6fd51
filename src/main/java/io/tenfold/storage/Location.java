package io.tenfold.storage;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.job.Suggest;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A location, taken apart. No part of one can climb out of its bucket, repository or folder. */
sealed interface Location {

    /** As it was given, less slashes at the end. */
    String text();

    /** The last part of the path. */
    default String fileName() {
        return text().substring(text().lastIndexOf('/') + 1);
    }

    /** An object, or the beginning of the keys of several. */
    record S3(String text, String bucket, String key) implements Location {}

    /**
     * A repository on the hub, or a file in it.
     *
     * @param kind {@code models} or {@code datasets}, as its API calls them
     * @param repository {@code org/name}
     * @param revision a branch, tag or commit; {@code main} when none is given
     * @param path empty for the repository itself
     */
    record Hub(String text, String kind, String repository, String revision, String path) implements Location {}

    /** A local path as it was written, not yet held against the roots. */
    record Local(String text, String path) implements Location {}

    Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*):(.*)", Pattern.DOTALL);
    Pattern S3_SHAPE = Pattern.compile("//([^/]+)/(.+)");
    Pattern BUCKET = Pattern.compile("[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]");
    Pattern HUB_SHAPE =
            Pattern.compile("//(datasets/)?((?!(?:datasets|spaces)/)[\\w.-]+/[\\w.-]+)(?:@([\\w.%-]+))?(?:/(.+))?");

    /**
     * Takes a location apart.
     *
     * @param param the request's field, for the error
     * @throws JobException BAD_REQUEST for another scheme or shape
     */
    static Location parse(String location, String param) {
        Matcher scheme = SCHEME.matcher(location);
        if (location.chars().anyMatch(Character::isISOControl) || !scheme.matches()) {
            throw bad(
                    param,
                    "'%s' is no location; write s3://bucket/key, hf://org/name or file:path".formatted(location));
        }
        String text = location.replaceFirst("/+$", "");
        String name = scheme.group(1).toLowerCase(Locale.ROOT);
        String rest = text.substring(Math.min(text.length(), name.length() + 1));
        return switch (name) {
            case "s3" -> s3(text, rest, param);
            case "hf" -> hub(text, rest, param);
            case "file" -> local(location, text, rest, param);
            default ->
                throw bad(
                        param,
                        "%s begins with %s:, which is not read here; use s3://, hf:// or file:%s"
                                .formatted(location, name, Suggest.didYouMean(name, List.of("s3", "hf", "file"))));
        };
    }

    private static Location s3(String text, String rest, String param) {
        Matcher shape = S3_SHAPE.matcher(rest);
        if (!shape.matches()) {
            throw bad(param, "%s has no bucket and key; write s3://bucket/key".formatted(text));
        }
        if (!BUCKET.matcher(shape.group(1)).matches()) {
            throw bad(
                    param,
                    "%s: '%s' can't be a bucket's name (3 to 63 of a-z, 0-9, dot and hyphen)"
                            .formatted(text, shape.group(1)));
        }
        refuseClimbing(text, shape.group(2), param);
        return new S3(text, shape.group(1), shape.group(2));
    }

    private static Location hub(String text, String rest, String param) {
        Matcher shape = HUB_SHAPE.matcher(rest);
        if (!shape.matches()) {
            throw bad(
                    param,
                    "%s is not a place on the hub; write hf://org/name[@revision], such as".formatted(text)
                            + " hf://google-bert/bert-base-uncased, or hf://datasets/org/name[@revision]/file for data");
        }
        String path = shape.group(4) == null ? "" : shape.group(4);
        refuseClimbing(text, shape.group(2), param);
        if (!path.isEmpty()) {
            refuseClimbing(text, path, param);
        }
        return new Hub(
                text,
                shape.group(1) == null ? "models" : "datasets",
                shape.group(2),
                shape.group(3) == null ? "main" : shape.group(3),
                path);
    }

    private static Location local(String whole, String text, String rest, String param) {
        if (text.length() < "file:x".length()) {
            throw bad(param, "%s has no path; write file:folder/name or file:/folder/name".formatted(whole));
        }
        if (rest.startsWith("//") && !rest.startsWith("///")) {
            throw bad(
                    param,
                    "%s names a host; write file:%s for a relative path or file:/%s for an absolute one"
                            .formatted(whole, rest.substring(2), rest.substring(2)));
        }
        return new Local(text, rest.startsWith("///") ? rest.substring(2) : rest);
    }

    /** Whether a name with slashes stays below the folder it is resolved against. */
    static boolean staysBelow(String name) {
        for (String part : name.split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..") || part.indexOf('\\') >= 0) {
                return false;
            }
        }
        return true;
    }

    private static void refuseClimbing(String text, String path, String param) {
        if (!staysBelow(path)) {
            throw bad(param, "%s has an empty part, '.', '..' or a backslash; write the path itself".formatted(text));
        }
    }

    private static JobException bad(String param, String message) {
        return new JobException(ErrorCode.BAD_REQUEST, param, message);
    }
}
