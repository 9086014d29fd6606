package org.lares.sandbox.host;

import java.net.ProtocolException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.lares.supervisor.runner.ProcessIdentity;
import org.lares.xpc.cbor.Cbor;
import org.lares.xpc.cbor.CborException;
import org.lares.xpc.cbor.Limits;

/**
 * What a later life of the container has to know of a host, to believe it and to go on with it.
 *
 * @param run empty for a host without one
 * @param process empty until the spawn is heard of
 * @param closure its digest
 * @param tickets that are good
 * @param gone whether it was told to begin its run
 * @param ready whether it said that the job is active
 * @param pids of the configurations that it wants
 * @param locations of its bundles: a configuration bound to one of them is for it
 * @param given by pid, hashes of the configurations that it has
 */
record HostState(
        String id,
        Optional<String> run,
        String domain,
        String label,
        Optional<ProcessIdentity> process,
        String closure,
        Tickets tickets,
        boolean gone,
        boolean ready,
        Set<String> pids,
        Set<String> locations,
        Map<String, String> given) {
    static final int LARGEST = 1 << 20;
    private static final Limits LIMITS = new Limits(LARGEST, 8, 40_000);

    HostState {
        pids = Set.copyOf(pids);
        locations = Set.copyOf(locations);
        given = Map.copyOf(given);
    }

    HostState with(ProcessIdentity who) {
        return new HostState(
                id, run, domain, label, Optional.of(who), closure, tickets, gone, ready, pids, locations, given);
    }

    HostState with(Tickets other) {
        return new HostState(id, run, domain, label, process, closure, other, gone, ready, pids, locations, given);
    }

    HostState withRun(String other) {
        return new HostState(
                id, Optional.of(other), domain, label, process, closure, tickets, gone, ready, pids, locations, given);
    }

    HostState withGone() {
        return new HostState(id, run, domain, label, process, closure, tickets, true, ready, pids, locations, given);
    }

    HostState withReady() {
        return new HostState(id, run, domain, label, process, closure, tickets, gone, true, pids, locations, given);
    }

    HostState withPids(Set<String> others) {
        return new HostState(id, run, domain, label, process, closure, tickets, gone, ready, others, locations, given);
    }

    HostState withGiven(Map<String, String> others) {
        return new HostState(id, run, domain, label, process, closure, tickets, gone, ready, pids, locations, others);
    }

    byte[] encode() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("id", id);
        run.ifPresent(it -> map.put("run", it));
        map.put("domain", domain);
        map.put("label", label);
        process.ifPresent(it -> {
            map.put("pid", it.pid());
            map.put("startTicks", it.startTicks());
            map.put("boot", it.bootId());
        });
        map.put("closure", closure);
        map.put("current", tickets.current());
        tickets.next().ifPresent(it -> map.put("next", it));
        map.put("gone", gone);
        map.put("ready", ready);
        map.put("pids", List.copyOf(new TreeSet<>(pids)));
        map.put("locations", List.copyOf(new TreeSet<>(locations)));
        map.put("given", new TreeMap<>(given));
        return Cbor.encode(map);
    }

    /** @throws ProtocolException if the bytes are no state */
    static HostState decode(byte[] bytes) throws ProtocolException {
        try {
            Map<?, ?> map = (Map<?, ?>) Cbor.decode(bytes, LIMITS);
            Optional<ProcessIdentity> process = map.containsKey("pid")
                    ? Optional.of(
                            new ProcessIdentity((Long) map.get("pid"), (Long) map.get("startTicks"), text(map, "boot")))
                    : Optional.empty();
            Map<String, String> given = new LinkedHashMap<>();
            ((Map<?, ?>) map.get("given")).forEach((pid, hash) -> given.put((String) pid, (String) hash));
            return new HostState(
                    text(map, "id"),
                    Optional.ofNullable((String) map.get("run")),
                    text(map, "domain"),
                    text(map, "label"),
                    process,
                    text(map, "closure"),
                    new Tickets(((byte[]) map.get("current")).clone(), Optional.ofNullable((byte[]) map.get("next"))),
                    (Boolean) map.get("gone"),
                    (Boolean) map.get("ready"),
                    texts(map, "pids"),
                    texts(map, "locations"),
                    given);
        } catch (CborException | ClassCastException | NullPointerException e) {
            ProtocolException failure = new ProtocolException("it is no state of a host: " + e.getMessage());
            failure.initCause(e);
            throw failure;
        }
    }

    private static String text(Map<?, ?> map, String key) {
        return ((String) map.get(key)).toString();
    }

    private static Set<String> texts(Map<?, ?> map, String key) {
        List<String> texts = new ArrayList<>();
        for (Object each : (List<?>) map.get(key)) {
            texts.add((String) each);
        }
        return Set.copyOf(texts);
    }
}
