package io.tenfold;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** A test that can't run fails: nothing in the tests can switch one off. */
@AnalyzeClasses(packages = "io.tenfold", importOptions = ImportOption.OnlyIncludeTests.class)
class NoSkippedTestsTest {

    @ArchTest
    static final ArchRule no_test_is_skipped = noClasses()
            .should()
            .dependOnClassesThat()
            .haveNameMatching(
                    "org\\.junit\\.jupiter\\.api\\.(Disabled|Assumptions|condition\\..*)|org\\.junit\\.Ignore")
            .because("a skipped test says nothing, and nobody notices");
}
