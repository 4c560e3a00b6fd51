package io.tenfold.data;

/** Values of data files as messages show them. */
final class Shown {

    private Shown() {}

    /** The value without control characters, cut to {@code most} characters. */
    static String value(String value, int most) {
        String clean = value.replaceAll("\\p{Cntrl}", " ");
        return clean.length() <= most ? clean : clean.substring(0, most) + "…";
    }
}
