package io.tenfold.messaging;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tenfold.job.Role;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChannelsByRoleTest {

    @ParameterizedTest
    @CsvSource({"'intake,relay',true", "'RELAY, Intake',true", "'',false", "relay,false", "intakes,false"})
    void theListIsReadAsItsConverterDoes(String roles, boolean intake) {
        assertEquals(intake, ChannelsByRole.has(roles, Role.INTAKE));
    }
}
