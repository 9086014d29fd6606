package org.lares.supervisor.definition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** docs/job-file.md says what the code does. */
class JobFileDocumentTest {

    @Test
    void shouldBeTheDocumentOfTheKeyTable() throws IOException {
        Fixture.assertFile(Fixture.project().resolve("docs/job-file.md"), JobFileDocument.text());
    }

    @Test
    void shouldShowAnExampleThatIsTaken() {
        String text = JobFileDocument.text();
        String example = text.substring(text.indexOf("```xml\n") + 7, text.indexOf("\n```\n"));
        assertTrue(Fixture.read(example).ok());
        assertEquals(1, Fixture.read(example).remarks().size());
    }
}
