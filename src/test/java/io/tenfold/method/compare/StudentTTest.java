package io.tenfold.method.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StudentTTest {

    /** From the tables, and SciPy's {@code stats.t.ppf(0.975, degrees)}. */
    @ParameterizedTest
    @CsvSource({
        "1, 12.7062047",
        "2, 4.30265273",
        "3, 3.18244631",
        "4, 2.77644511",
        "9, 2.26215716",
        "10, 2.22813885",
        "30, 2.04227246"
    })
    void theQuantilesAreTheTables(int degrees, double quantile) {
        assertEquals(quantile, StudentT.quantile975(degrees), 1e-6);
    }
}
