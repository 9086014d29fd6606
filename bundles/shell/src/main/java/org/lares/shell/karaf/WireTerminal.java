package org.lares.shell.karaf;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.karaf.shell.api.console.SignalListener;
import org.apache.karaf.shell.api.console.Terminal;
import org.jline.terminal.Attributes;
import org.jline.terminal.Attributes.ControlChar;
import org.jline.terminal.Attributes.InputFlag;
import org.jline.terminal.Attributes.LocalFlag;
import org.jline.terminal.Attributes.OutputFlag;
import org.jline.terminal.Size;
import org.jline.terminal.impl.ExternalTerminal;

/**
 * The terminal at the other end of the wire. That one is raw, so all of its discipline (echo, line ends, Ctrl-C) is done
 * here. Any thread.
 */
final class WireTerminal extends ExternalTerminal implements Terminal {
    private static final Size USUAL = new Size(80, 24);

    private final Map<SignalListener, EnumSet<org.apache.karaf.shell.api.console.Signal>> listeners =
            new ConcurrentHashMap<>();

    WireTerminal(String type, InputStream in, OutputStream out, Size window) throws IOException {
        super("lares", type, in, out, StandardCharsets.UTF_8);
        Attributes modes = getAttributes();
        modes.setLocalFlags(
                EnumSet.of(
                        LocalFlag.ICANON,
                        LocalFlag.ISIG,
                        LocalFlag.IEXTEN,
                        LocalFlag.ECHO,
                        LocalFlag.ECHOE,
                        LocalFlag.ECHOK,
                        LocalFlag.ECHOKE,
                        LocalFlag.ECHOCTL),
                true);
        modes.setInputFlag(InputFlag.ICRNL, true);
        modes.setOutputFlags(EnumSet.of(OutputFlag.OPOST, OutputFlag.ONLCR));
        modes.setControlChar(ControlChar.VINTR, 3);
        modes.setControlChar(ControlChar.VQUIT, 28);
        modes.setControlChar(ControlChar.VERASE, 127);
        modes.setControlChar(ControlChar.VKILL, 21);
        modes.setControlChar(ControlChar.VEOF, 4);
        modes.setControlChar(ControlChar.VSUSP, 26);
        setAttributes(modes);
        setSize(window == null ? USUAL : window);
    }

    void resize(Size window) {
        setSize(window);
        raise(Signal.WINCH);
    }

    @Override
    public void raise(Signal signal) {
        super.raise(signal);
        org.apache.karaf.shell.api.console.Signal karaf = org.apache.karaf.shell.api.console.Signal.get(signal.name());
        // null while the superclass is constructed
        if (karaf != null && listeners != null) {
            listeners.forEach((listener, wanted) -> {
                if (wanted.contains(karaf)) {
                    listener.signal(karaf);
                }
            });
        }
    }

    @Override
    public int getWidth() {
        return getSize().getColumns();
    }

    @Override
    public int getHeight() {
        return getSize().getRows();
    }

    @Override
    public void addSignalListener(SignalListener listener, org.apache.karaf.shell.api.console.Signal... signals) {
        EnumSet<org.apache.karaf.shell.api.console.Signal> wanted =
                EnumSet.noneOf(org.apache.karaf.shell.api.console.Signal.class);
        wanted.addAll(List.of(signals));
        addSignalListener(listener, wanted);
    }

    @Override
    public void addSignalListener(SignalListener listener, EnumSet<org.apache.karaf.shell.api.console.Signal> signals) {
        listeners.put(listener, EnumSet.copyOf(signals));
    }

    @Override
    public void addSignalListener(SignalListener listener) {
        addSignalListener(listener, EnumSet.allOf(org.apache.karaf.shell.api.console.Signal.class));
    }

    @Override
    public void removeSignalListener(SignalListener listener) {
        listeners.remove(listener);
    }

    @Override
    public boolean isAnsiSupported() {
        return !getType().startsWith("dumb");
    }

    @Override
    public boolean isEchoEnabled() {
        return echo();
    }

    @Override
    public void setEchoEnabled(boolean enabled) {
        echo(enabled);
    }
}
