package io.tenfold.method.compare;

/** Student's t distribution. */
final class StudentT {

    private StudentT() {}

    /**
     * The 0.975 quantile, by which half of a 95 % interval is counted in standard errors.
     *
     * @param degrees of freedom, at least 1
     */
    static double quantile975(int degrees) {
        double low = 0;
        double high = 1000;
        for (int i = 0; i < 200; i++) {
            double middle = (low + high) / 2;
            if (within(middle, degrees) < 0.95) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return (low + high) / 2;
    }

    /** The probability of a value between -t and t, for whole degrees in closed form (Abramowitz and Stegun 26.7.3, 26.7.4). */
    private static double within(double t, int degrees) {
        double angle = Math.atan(t / Math.sqrt(degrees));
        double cosine = Math.cos(angle);
        boolean odd = degrees % 2 == 1;
        double term = odd ? cosine : 1;
        double sum = odd && degrees == 1 ? 0 : term;
        for (int k = odd ? 3 : 2; k <= degrees - 2; k += 2) {
            term *= cosine * cosine * (k - 1) / k;
            sum += term;
        }
        return odd ? 2 / Math.PI * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
    }
}
