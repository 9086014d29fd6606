package org.lares.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.ops4j.pax.exam.CoreOptions.vmOption;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.configureConsole;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.configureSecurity;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.editConfigurationFilePut;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.karafDistributionConfiguration;

import java.io.File;
import java.util.Arrays;
import java.util.List;
import javax.inject.Inject;
import org.apache.karaf.features.FeaturesService;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

/** What only a bundle beside ours can see. The flags and the ports here are Pax Exam's, not the launcher's. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class InContainerIT {
    @Inject
    private BundleContext context;

    @Inject
    private FeaturesService features;

    @Configuration
    public Option[] configuration() {
        return new Option[] {
            karafDistributionConfiguration()
                    .frameworkUrl("file:" + System.getProperty("lares.archive"))
                    .karafVersion(System.getProperty("karaf.version"))
                    .name("Lares")
                    .unpackDirectory(new File("target/exam"))
                    .useDeployFolder(false),
            configureSecurity().disableKarafMBeanServerBuilder(),
            configureConsole().ignoreLocalConsole().ignoreRemoteShell(),
            // The feature "exam" comes from the build's local repository, never from a network.
            editConfigurationFilePut(
                    "etc/org.ops4j.pax.url.mvn.cfg",
                    "org.ops4j.pax.url.mvn.localRepository",
                    System.getProperty("org.ops4j.pax.url.mvn.localRepository")),
            editConfigurationFilePut("etc/org.apache.karaf.features.cfg", "updateSnapshots", "none"),
            vmOption("--add-opens=java.base/sun.nio.ch=ALL-UNNAMED"),
        };
    }

    @Test
    public void shouldHaveEveryBundleActive() {
        List<String> idle = Arrays.stream(context.getBundles())
                .filter(bundle -> bundle.getHeaders().get("Fragment-Host") == null)
                .filter(bundle -> bundle.getState() != Bundle.ACTIVE)
                .map(Bundle::getSymbolicName)
                .toList();
        assertEquals(List.of(), idle);
    }

    @Test
    public void shouldHaveTheFeatureLares() throws Exception {
        assertTrue(features.isInstalled(features.getFeature("lares")));
    }
}
