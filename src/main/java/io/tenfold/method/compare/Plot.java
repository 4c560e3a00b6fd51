package io.tenfold.method.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A drawing of points and lines in SVG. */
final class Plot {

    private static final List<String> COLOURS = List.of(
            "#0969da", "#cf222e", "#1a7f37", "#9a6700", "#8250df", "#bf3989", "#0550ae", "#57606a", "#bc4c00",
            "#116329");
    private static final double WIDTH = 800;
    private static final double HEIGHT = 360;
    private static final double LEFT = 70;
    private static final double RIGHT = 130;
    private static final double TOP = 20;
    private static final double BOTTOM = 45;
    private static final int TICKS = 5;
    private static final double LABEL_WIDTH = 70;
    private static final double LABEL_HEIGHT = 14;

    private final double lowX;
    private final double highX;
    private final double lowY;
    private final double highY;
    private final double stepX;
    private final double stepY;
    private final List<double[]> labels = new ArrayList<>();
    private final StringBuilder body = new StringBuilder();

    /**
     * Axes around all values.
     *
     * @param fromZero whether the horizontal one begins at 0
     */
    Plot(String x, String y, List<Double> xs, List<Double> ys, boolean fromZero) {
        double[] across = round(fromZero ? 0 : least(xs), most(xs));
        double[] up = round(least(ys), most(ys));
        lowX = across[0];
        highX = across[1];
        stepX = across[2];
        lowY = up[0];
        highY = up[1];
        stepY = up[2];
        axes(x, y);
    }

    static String colour(int number) {
        return COLOURS.get(number % COLOURS.size());
    }

    private static double least(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).min().orElse(0);
    }

    private static double most(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).max().orElse(1);
    }

    /** Ends at round numbers around two values, and a step of 1, 2 or 5 times a power of ten between. */
    private static double[] round(double least, double most) {
        if (most - least < 1e-6) {
            double margin = Math.max(Math.abs(least), 1) / 10;
            return round(least - margin, most + margin);
        }
        double span = most - least;
        double power = Math.pow(10, Math.floor(Math.log10(span / TICKS)));
        double rough = span / TICKS / power;
        double step = power * (rough <= 1 ? 1 : rough <= 2 ? 2 : rough <= 5 ? 5 : 10);
        return new double[] {Math.floor(least / step) * step, Math.ceil(most / step) * step, step};
    }

    private void axes(String x, String y) {
        for (int tick = 0; lowY + tick * stepY <= highY + stepY / 2; tick++) {
            double value = lowY + tick * stepY;
            add(String.format(
                    Locale.ROOT,
                    "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#d0d7de\"/>",
                    LEFT,
                    atY(value),
                    WIDTH - RIGHT,
                    atY(value)));
            text(LEFT - 8, atY(value) + 4, "end", number(value, stepY));
        }
        for (int tick = 0; lowX + tick * stepX <= highX + stepX / 2; tick++) {
            double value = lowX + tick * stepX;
            text(atX(value), HEIGHT - BOTTOM + 18, "middle", number(value, stepX));
        }
        text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, "middle", ReportPage.escaped(x));
        add(String.format(
                Locale.ROOT,
                "<text x=\"14\" y=\"%1$.1f\" text-anchor=\"middle\" transform=\"rotate(-90 14 %1$.1f)\">%2$s</text>",
                HEIGHT / 2,
                ReportPage.escaped(y)));
    }

    private void text(double x, double y, String anchor, String text) {
        add(String.format(Locale.ROOT, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>", x, y, anchor, text));
    }

    /** With as many digits as tell the ticks apart. */
    private static String number(double value, double step) {
        int digits = (int) Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
        return String.format(Locale.ROOT, "%." + digits + "f", value + 0.0);
    }

    private double atX(double value) {
        return LEFT + (value - lowX) / (highX - lowX) * (WIDTH - LEFT - RIGHT);
    }

    private double atY(double value) {
        return HEIGHT - BOTTOM - (value - lowY) / (highY - lowY) * (HEIGHT - TOP - BOTTOM);
    }

    /** @param label escaped; it is moved down where another one stands */
    void point(int colour, double x, double y, String label) {
        add(String.format(
                Locale.ROOT, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" fill=\"%s\"/>", atX(x), atY(y), colour(colour)));
        double[] place = {atX(x) + 9, atY(y) + 4};
        while (labels.stream()
                .anyMatch(other ->
                        Math.abs(other[0] - place[0]) < LABEL_WIDTH && Math.abs(other[1] - place[1]) < LABEL_HEIGHT)) {
            place[1] += LABEL_HEIGHT;
        }
        labels.add(place);
        text(place[0], place[1], "start", label);
    }

    void line(int colour, List<Double> xs, List<Double> ys) {
        StringBuilder points = new StringBuilder();
        for (int i = 0; i < xs.size(); i++) {
            points.append(String.format(Locale.ROOT, "%.1f,%.1f ", atX(xs.get(i)), atY(ys.get(i))));
        }
        add(String.format(
                Locale.ROOT,
                "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>",
                points,
                colour(colour)));
    }

    private void add(String element) {
        body.append(element).append('\n');
    }

    String svg() {
        return String.format(
                Locale.ROOT, "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\">\n%s</svg>", WIDTH, HEIGHT, body);
    }
}
