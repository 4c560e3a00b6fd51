package io.tenfold.method.compare;

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

    private final double lowX;
    private final double highX;
    private final double lowY;
    private final double highY;
    private final StringBuilder body = new StringBuilder();

    /**
     * Axes around all values.
     *
     * @param fromZero whether the horizontal one begins at 0
     */
    Plot(String x, String y, List<Double> xs, List<Double> ys, boolean fromZero) {
        lowX = fromZero ? 0 : least(xs);
        highX = Math.max(lowX + 1e-9, most(xs)) * (fromZero ? 1.05 : 1);
        double span = Math.max(1e-6, most(ys) - least(ys));
        lowY = least(ys) - 0.1 * span;
        highY = most(ys) + 0.1 * span;
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

    private void axes(String x, String y) {
        for (int tick = 0; tick <= TICKS; tick++) {
            double valueX = lowX + (highX - lowX) * tick / TICKS;
            double valueY = lowY + (highY - lowY) * tick / TICKS;
            add(String.format(
                    Locale.ROOT,
                    "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#d0d7de\"/>",
                    LEFT,
                    atY(valueY),
                    WIDTH - RIGHT,
                    atY(valueY)));
            add(String.format(
                    Locale.ROOT,
                    "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
                    LEFT - 8,
                    atY(valueY) + 4,
                    ReportPage.number(valueY)));
            add(String.format(
                    Locale.ROOT,
                    "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>",
                    atX(valueX),
                    HEIGHT - BOTTOM + 18,
                    ReportPage.number(valueX)));
        }
        add(String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>",
                (LEFT + WIDTH - RIGHT) / 2,
                HEIGHT - 6,
                ReportPage.escaped(x)));
        add(String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" transform=\"rotate(-90 14 %.1f)\">%s</text>",
                14.0,
                HEIGHT / 2,
                HEIGHT / 2,
                ReportPage.escaped(y)));
    }

    private double atX(double value) {
        return LEFT + (value - lowX) / (highX - lowX) * (WIDTH - LEFT - RIGHT);
    }

    private double atY(double value) {
        return HEIGHT - BOTTOM - (value - lowY) / (highY - lowY) * (HEIGHT - TOP - BOTTOM);
    }

    /** @param label escaped */
    void point(int colour, double x, double y, String label) {
        add(String.format(
                Locale.ROOT, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" fill=\"%s\"/>", atX(x), atY(y), colour(colour)));
        add(String.format(Locale.ROOT, "<text x=\"%.1f\" y=\"%.1f\">%s</text>", atX(x) + 9, atY(y) + 4, label));
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
