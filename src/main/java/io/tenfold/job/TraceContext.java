package io.tenfold.job;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The trace that a request belongs to (<a href="https://www.w3.org/TR/trace-context/">W3C Trace Context</a>).
 *
 * @param traceparent version 00, valid, 55 characters
 * @param tracestate what tracing systems add for themselves, at most 512 characters; null where there is nothing
 */
public record TraceContext(String traceparent, @Nullable String tracestate) {

    /** The headers and attributes that carry it. */
    public static final String TRACEPARENT = "traceparent";

    public static final String TRACESTATE = "tracestate";

    private static final Pattern PARENT =
            Pattern.compile("(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?");

    private static final String VERSION = "00";
    private static final int LENGTH = 55;

    private static final Pattern MEMBER =
            Pattern.compile("([a-z0-9][a-z0-9_*/@-]{0,255})=[\\x20-\\x2b\\x2d-\\x3c\\x3e-\\x7e]{1,256}");

    private static final int MOST_MEMBERS = 32;
    private static final int LONGEST_STATE = 512;

    /**
     * Reads both headers as the standard asks: a traceparent that is not valid is ignored, and tracestate with it; a
     * tracestate that is not valid is ignored alone; a later version is taken for what it shares with this one.
     *
     * @return null: there is no trace to join
     */
    public static @Nullable TraceContext of(@Nullable String traceparent, @Nullable String tracestate) {
        if (traceparent == null || !PARENT.matcher(traceparent).matches()) {
            return null;
        }
        boolean longer = traceparent.length() > LENGTH;
        return longer && traceparent.startsWith(VERSION)
                ? null
                : new TraceContext(
                        VERSION + traceparent.substring(VERSION.length(), LENGTH),
                        tracestate == null ? null : state(tracestate));
    }

    /** The members that fit, first ones first; null where one of them is wrong or none is there. */
    private static @Nullable String state(String given) {
        List<String> kept = new ArrayList<>();
        Set<String> keys = new HashSet<>();
        int members = 0;
        int length = -1;
        for (String part : given.split(",", -1)) {
            String member = part.strip();
            if (member.isEmpty()) {
                continue;
            }
            var parts = MEMBER.matcher(member);
            if (!parts.matches() || !keys.add(parts.group(1)) || ++members > MOST_MEMBERS) {
                return null;
            }
            length += 1 + member.length();
            if (length <= LONGEST_STATE) {
                kept.add(member);
            }
        }
        return kept.isEmpty() ? null : String.join(",", kept);
    }
}
