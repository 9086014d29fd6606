package org.lares.supervisor.definition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lares.supervisor.definition.Surroundings.Account;

/** What is found out of the machine that the test runs on. */
class SurroundingsTest {
    @TempDir
    Path folder;

    @Test
    void shouldKnowTheUsersOfThisMachine() throws IOException {
        Surroundings here = Surroundings.ofThisProcess();
        assertEquals(Files.getAttribute(folder, "unix:uid"), (int) here.uid());
        assertEquals(Account.OWN, here.user().apply(Files.getOwner(folder).getName()));
        assertEquals(Account.OWN, here.user().apply(String.valueOf(here.uid())));
        assertEquals(here.root() ? Account.OWN : Account.OTHER, here.user().apply("root"));
        assertEquals(Account.UNKNOWN, here.user().apply("nobody-has-this-name"));
        assertEquals(Account.UNKNOWN, here.group().apply("nobody-has-this-name"));
    }

    @Test
    void shouldTellWhyAProgramCannotBeExecuted() throws IOException {
        Surroundings here = Surroundings.ofThisProcess();
        Path plain = Files.writeString(folder.resolve("plain"), "");
        assertEquals(Optional.of("does not exist"), here.program().apply(folder.resolve("gone")));
        assertEquals(Optional.of("is no file"), here.program().apply(folder));
        assertEquals(Optional.of("is not executable"), here.program().apply(plain));
        assertTrue(plain.toFile().setExecutable(true));
        assertEquals(Optional.empty(), here.program().apply(plain));
    }

    @Test
    void shouldReadTheKernelsTableOfLimits() {
        assertEquals(
                Map.of("NumberOfFiles", 524288L, "Core", 0L),
                Surroundings.limits(List.of(
                        "Limit                     Soft Limit           Hard Limit           Units     ",
                        "Max core file size        0                    0                    bytes     ",
                        "Max stack size            8388608              unlimited            bytes     ",
                        "Max open files            1024                 524288               files     ",
                        "Max nice priority         0                    0                    ")));
    }
}
