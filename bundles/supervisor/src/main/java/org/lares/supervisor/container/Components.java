package org.lares.supervisor.container;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;

/** What SCR says about the components of bundles. Without SCR there are none. Any thread may call. */
final class Components {
    private final BundleContext context;

    Components(BundleContext context) {
        this.context = context;
    }

    /** A configuration of a component with its description. */
    record Configured(ComponentDescriptionDTO description, ComponentConfigurationDTO configuration) {}

    /** Why a component of the bundle could not be activated, with SCR's stack. */
    Optional<String> failure(Bundle bundle) {
        return configured(List.of(bundle)).stream()
                .filter(one -> one.configuration().state == ComponentConfigurationDTO.FAILED_ACTIVATION)
                .map(one -> "component " + one.description().name + " failed: " + one.configuration().failure)
                .findFirst();
    }

    /** @param bundles empty for all */
    List<Configured> configured(Collection<Bundle> bundles) {
        ServiceReference<ServiceComponentRuntime> reference =
                context.getServiceReference(ServiceComponentRuntime.class);
        ServiceComponentRuntime runtime = reference == null ? null : context.getService(reference);
        if (runtime == null) {
            return List.of();
        }
        try {
            return runtime.getComponentDescriptionDTOs(bundles.toArray(Bundle[]::new)).stream()
                    .flatMap(description -> runtime.getComponentConfigurationDTOs(description).stream()
                            .map(configuration -> new Configured(description, configuration)))
                    .toList();
        } finally {
            context.ungetService(reference);
        }
    }
}
