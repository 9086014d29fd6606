package org.lares.shell.view;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Rows under a header. On a terminal the columns are aligned; otherwise they are separated by one tab, as launchctl's
 * are, for {@code cut}. Not thread-safe.
 */
public final class Table {
    private final List<List<String>> rows = new ArrayList<>();

    public Table(String... header) {
        rows.add(List.of(header));
    }

    public void row(String... cells) {
        rows.add(Arrays.stream(cells).map(Text::oneLine).toList());
    }

    public String text(boolean aligned) {
        int columns = rows.get(0).size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        StringBuilder out = new StringBuilder();
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                String cell = row.get(i);
                out.append(cell);
                if (i + 1 < columns) {
                    out.append(aligned ? " ".repeat(widths[i] - cell.length() + 2) : "\t");
                }
            }
            out.append('\n');
        }
        return out.toString();
    }
}
