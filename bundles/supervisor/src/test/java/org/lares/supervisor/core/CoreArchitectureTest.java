package org.lares.supervisor.core;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.lares.supervisor.runner.ProcessIdentity;
import org.lares.supervisor.runner.Runner;

/** The core is pure: what it may know, and what it may not call. */
class CoreArchitectureTest {
    private static final JavaClasses CORE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("org.lares.supervisor.core");

    /** Of {@code java.*}, only what cannot reach the world. */
    private static final Set<String> PURE_PACKAGES = Set.of(
            "java.lang",
            "java.lang.runtime",
            "java.lang.invoke",
            "java.util",
            "java.util.function",
            "java.util.stream",
            "java.time",
            "java.util.regex");

    private static final List<String> IMPURE_TYPES = List.of(
            "java.lang.Thread",
            "java.lang.ThreadLocal",
            "java.lang.Runtime",
            "java.lang.Process",
            "java.lang.ProcessBuilder",
            "java.lang.System",
            "java.util.Random",
            "java.util.Timer",
            "java.util.Scanner",
            Clock.class.getName());

    @Test
    void shouldKnowOnlyTheJobModelAndTheValuesOfTheRunners() {
        noClasses()
                .should()
                .dependOnClassesThat(describe("are outside of the pure world", (JavaClass type) -> !allowed(type)))
                .check(CORE);
    }

    @Test
    void shouldNeverAskForTheTime() {
        noClasses()
                .should()
                .callMethodWhere(describe(
                        "reads a clock",
                        (JavaMethodCall call) ->
                                call.getTargetOwner().getPackageName().equals("java.time")
                                        && call.getTarget().getName().equals("now")))
                .check(CORE);
    }

    private static boolean allowed(JavaClass type) {
        JavaClass element = type.getBaseComponentType();
        String name = element.getName();
        return element.isPrimitive()
                || (PURE_PACKAGES.contains(element.getPackageName()) && !IMPURE_TYPES.contains(name))
                || element.getPackageName().equals("org.lares.job")
                || element.getPackageName().equals("org.lares.supervisor.core")
                || name.equals(ProcessIdentity.class.getName())
                || name.equals(Runner.class.getName());
    }
}
