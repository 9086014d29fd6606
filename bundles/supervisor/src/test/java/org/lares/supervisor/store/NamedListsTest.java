package org.lares.supervisor.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lares.job.Label;

class NamedListsTest {
    private static final Label ONE = Label.of("com.acme.one");
    private static final Label TWO = Label.of("com.acme.two");
    private static final Path LIST = Path.of("/srv/a list=of: \t\n\u00e9.plist");

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("bootstrapped");
    }

    private NamedLists open(String boot) throws IOException {
        return NamedLists.open(file, boot);
    }

    @Test
    void shouldKnowItsListsAfterTheContainerWasKilled() throws Exception {
        open("boot 1").add(Map.of(ONE, LIST, TWO, Path.of("/srv/two.plist")));
        open("boot 1").remove(List.of(TWO));

        assertEquals(Map.of(ONE, LIST), open("boot 1").all());
    }

    @Test
    void shouldForgetWithTheBoot() throws Exception {
        open("boot 1").add(Map.of(ONE, LIST));

        assertTrue(open("boot 2").all().isEmpty());
    }

    @Test
    void shouldKeepTheListOfALabelThatIsThere() throws Exception {
        NamedLists lists = open("boot 1");
        lists.add(Map.of(ONE, LIST));

        assertEquals(Set.of(TWO), lists.add(Map.of(ONE, Path.of("/other"), TWO, Path.of("/srv/two.plist"))));
        assertEquals(LIST, lists.all().get(ONE));
    }

    @Test
    void shouldHaveNothingOnceCleared() throws Exception {
        NamedLists lists = open("boot 1");
        lists.add(Map.of(ONE, LIST));
        lists.clear();

        assertTrue(open("boot 1").all().isEmpty());
    }

    @Test
    void shouldRefuseAFileThatIsDamaged() throws Exception {
        Files.writeString(file, "/boot=boot 1\nno/label=/srv/x.plist\n");

        IOException refused = assertThrows(IOException.class, () -> open("boot 1"));
        assertTrue(refused.getMessage().contains("is damaged"));
    }

    @Test
    void shouldChangeNothingIfItCannotBeWritten() throws Exception {
        NamedLists lists = NamedLists.open(folder.resolve("absent").resolve("bootstrapped"), "boot 1");

        assertThrows(IOException.class, () -> lists.add(Map.of(ONE, LIST)));
        assertTrue(lists.all().isEmpty());
    }
}
