package io.tenfold.data;

import io.tenfold.data.jinja.Arguments;
import io.tenfold.data.jinja.JinjaTemplate;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;

/** {@code strftime_now} of chat templates: C's date formats, in English. */
final class StrfTime {

    private static final Map<Character, String> PATTERNS = Map.ofEntries(
            Map.entry('d', "dd"),
            Map.entry('e', "ppd"),
            Map.entry('b', "MMM"),
            Map.entry('B', "MMMM"),
            Map.entry('m', "MM"),
            Map.entry('y', "yy"),
            Map.entry('Y', "yyyy"),
            Map.entry('H', "HH"),
            Map.entry('I', "hh"),
            Map.entry('M', "mm"),
            Map.entry('S', "ss"),
            Map.entry('p', "a"),
            Map.entry('a', "EEE"),
            Map.entry('A', "EEEE"),
            Map.entry('j', "DDD"),
            Map.entry('F', "yyyy-MM-dd"),
            Map.entry('T', "HH:mm:ss"));

    private StrfTime() {}

    static String format(LocalDateTime now, Arguments given) {
        String format = given.places().size() == 1 && given.places().getFirst() instanceof String text ? text : "";
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%' || i + 1 == format.length()) {
                out.append(c);
                continue;
            }
            char code = format.charAt(++i);
            // glibc's dash leaves out the leading zero.
            boolean bare = code == '-' && i + 1 < format.length();
            code = bare ? format.charAt(++i) : code;
            String pattern = PATTERNS.get(code);
            if (code == '%') {
                out.append('%');
            } else if (pattern == null) {
                throw JinjaTemplate.unsupported("strftime_now with %" + code);
            } else {
                String made =
                        DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(now);
                out.append(bare ? made.replaceFirst("^0+(?=.)", "") : made);
            }
        }
        return out.toString();
    }
}
