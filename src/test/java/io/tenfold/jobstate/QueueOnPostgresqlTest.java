package io.tenfold.jobstate;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;

@QuarkusTest
@TestProfile(Databases.OnPostgresql.class)
class QueueOnPostgresqlTest extends QueueContract {}
