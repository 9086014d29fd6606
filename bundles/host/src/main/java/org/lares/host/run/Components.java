package org.lares.host.run;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import org.osgi.service.component.runtime.dto.UnsatisfiedReferenceDTO;

/** What SCR says about the components of bundles. Without SCR there are none. Any thread may call. */
public final class Components {
    /** The id of the condition that is there while a run of the job is live: {@code osgi.condition.id}. */
    public static final String RUN_CONDITION = "org.lares.run";

    private static final String SATISFYING_CONDITION = "osgi.ds.satisfying.condition";
    private static final String GATE = SATISFYING_CONDITION + ".target";

    private final BundleContext context;

    /** @param context of a bundle that may see SCR */
    public Components(BundleContext context) {
        this.context = context;
    }

    /** A configuration of a component with its description. */
    private record Configured(ComponentDescriptionDTO description, ComponentConfigurationDTO configuration) {}

    /** Names of the bundle's components that are activated with the bundle, whatever its job does. */
    public List<String> ungated(Bundle bundle) {
        return with(
                runtime -> runtime.getComponentDescriptionDTOs(bundle).stream()
                        .filter(one ->
                                !(one.properties.get(GATE) instanceof String target && target.contains(RUN_CONDITION)))
                        .map(one -> one.name)
                        .toList(),
                List.of());
    }

    /**
     * Why components of a live run's bundle do nothing, from the component down to what is missing in other bundles.
     *
     * @return each step caused by the next; empty if all are satisfied
     */
    public List<String> unsatisfied(Bundle bundle) {
        List<Configured> all = configured(List.of());
        List<String> chain = new ArrayList<>();
        for (Configured one : all) {
            if (one.description().bundle.id == bundle.getBundleId() && descend(one, all, new HashSet<>(), chain)) {
                break;
            }
        }
        return chain;
    }

    private static boolean descend(
            Configured one, List<Configured> all, Set<ComponentConfigurationDTO> seen, List<String> chain) {
        if (!seen.add(one.configuration())) {
            return false;
        }
        String component = "component " + one.description().name + " of bundle " + one.description().bundle.symbolicName
                + " [" + one.description().bundle.id + "]";
        switch (one.configuration().state) {
            case ComponentConfigurationDTO.UNSATISFIED_CONFIGURATION -> {
                chain.add(
                        component + " needs a configuration " + String.join(", ", one.description().configurationPid));
                return true;
            }
            case ComponentConfigurationDTO.FAILED_ACTIVATION -> {
                chain.add(component + " could not be activated: " + firstLine(one.configuration().failure));
                return true;
            }
            case ComponentConfigurationDTO.UNSATISFIED_REFERENCE -> {
                UnsatisfiedReferenceDTO[] missing = one.configuration().unsatisfiedReferences;
                if (missing.length > 0) {
                    missing(component, one, missing[0], all, seen, chain);
                }
                return missing.length > 0;
            }
            default -> {
                return false;
            }
        }
    }

    private static void missing(
            String component,
            Configured one,
            UnsatisfiedReferenceDTO missing,
            List<Configured> all,
            Set<ComponentConfigurationDTO> seen,
            List<String> chain) {
        if (missing.name.equals(SATISFYING_CONDITION)) {
            boolean isGate = missing.target != null && missing.target.contains(RUN_CONDITION);
            chain.add(component
                    + (isGate ? " belongs to a job that does not run" : " waits for condition " + missing.target));
            return;
        }
        String type = Arrays.stream(one.description().references)
                .filter(reference -> reference.name.equals(missing.name))
                .map(reference -> reference.interfaceName)
                .findFirst()
                .orElse("?");
        chain.add(component + " is unsatisfied: its reference " + missing.name + " needs a service " + type
                + (missing.target == null ? "" : " with " + missing.target));
        for (Configured provider : all) {
            if (Arrays.asList(provider.description().serviceInterfaces).contains(type)
                    && descend(provider, all, seen, chain)) {
                return;
            }
        }
        chain.add("no bundle of the host provides " + type + (missing.target == null ? "" : " " + missing.target));
    }

    private static String firstLine(String text) {
        return text == null ? "?" : text.lines().findFirst().orElse("?");
    }

    /** Why a component of the bundle could not be activated, with SCR's stack. */
    public Optional<String> failure(Bundle bundle) {
        return configured(List.of(bundle)).stream()
                .filter(one -> one.configuration().state == ComponentConfigurationDTO.FAILED_ACTIVATION)
                .map(one -> "component " + one.description().name + " failed: " + one.configuration().failure)
                .findFirst();
    }

    /** @param bundles empty for all */
    private List<Configured> configured(Collection<Bundle> bundles) {
        return with(
                runtime -> runtime.getComponentDescriptionDTOs(bundles.toArray(Bundle[]::new)).stream()
                        .flatMap(description -> runtime.getComponentConfigurationDTOs(description).stream()
                                .map(configuration -> new Configured(description, configuration)))
                        .toList(),
                List.of());
    }

    private <T> T with(Function<ServiceComponentRuntime, T> question, T without) {
        ServiceReference<ServiceComponentRuntime> reference =
                context.getServiceReference(ServiceComponentRuntime.class);
        ServiceComponentRuntime runtime = reference == null ? null : context.getService(reference);
        if (runtime == null) {
            return without;
        }
        try {
            return question.apply(runtime);
        } finally {
            context.ungetService(reference);
        }
    }
}
