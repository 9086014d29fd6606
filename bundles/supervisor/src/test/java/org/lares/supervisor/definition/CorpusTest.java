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
import org.lares.job.Origin;
import org.lares.job.Remark;
import org.lares.job.Verification;

/** Real launchd property lists, unmodified. */
class CorpusTest {
    private static final Path EXPECTED = Path.of("bundles/supervisor/src/test/resources/definition/corpus.txt");

    /** A machine without any of the corpus' programs, so that the remarks do not depend on the real one. */
    private static final Surroundings BARE = new Surroundings(
            0, Fixture.ROOT.user(), Fixture.ROOT.group(), Map.of(), path -> Optional.of("does not exist"));

    @Test
    void shouldTakeEveryRealListAndSayExactlyWhatIsNotHonoured() throws IOException {
        List<Path> lists = Fixture.corpus();
        StringBuilder said = new StringBuilder();
        for (Path list : lists) {
            String name = list.getFileName().toString();
            Verification verification =
                    new Definitions(BARE).read(Files.readAllBytes(list), name, new Origin.FileOrigin(list));
            assertTrue(verification.ok(), () -> verification.remarks().toString());
            assertEquals(
                    verification.remarks(), verification.spec().orElseThrow().remarks());
            said.append(name)
                    .append(": ")
                    .append(verification.spec().orElseThrow().label())
                    .append('\n');
            for (Remark remark : verification.remarks()) {
                said.append("  ")
                        .append(remark.toString().substring(name.length() + 1))
                        .append('\n');
            }
        }
        assertEquals(26, lists.size());
        Fixture.assertFile(Fixture.project().resolve(EXPECTED), said.toString());
    }
}
