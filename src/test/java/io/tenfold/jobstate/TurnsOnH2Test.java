package io.tenfold.jobstate;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;

@QuarkusTest
@TestProfile(Databases.OnH2.class)
class TurnsOnH2Test extends TurnsContract {}
