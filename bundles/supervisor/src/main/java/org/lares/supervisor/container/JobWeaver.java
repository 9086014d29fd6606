package org.lares.supervisor.container;

import static org.objectweb.asm.Opcodes.ACC_ABSTRACT;
import static org.objectweb.asm.Opcodes.ACC_PUBLIC;
import static org.objectweb.asm.Opcodes.ALOAD;
import static org.objectweb.asm.Opcodes.ASM9;
import static org.objectweb.asm.Opcodes.DUP;
import static org.objectweb.asm.Opcodes.F_SAME;
import static org.objectweb.asm.Opcodes.IFEQ;
import static org.objectweb.asm.Opcodes.INVOKESPECIAL;
import static org.objectweb.asm.Opcodes.INVOKESTATIC;
import static org.objectweb.asm.Opcodes.INVOKEVIRTUAL;
import static org.objectweb.asm.Opcodes.NOP;
import static org.objectweb.asm.Opcodes.RETURN;
import static org.objectweb.asm.Opcodes.SWAP;

import java.util.Set;
import org.lares.job.annotations.JobComponent;
import org.lares.supervisor.woven.RunHooks;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Type;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.hooks.weaving.WeavingException;
import org.osgi.framework.hooks.weaving.WeavingHook;
import org.osgi.framework.hooks.weaving.WovenClass;

/**
 * Weaves the classes of job bundles, and of no other: what ends the JVM ends the run, threads and executors get an
 * owner, and the activator does nothing until a run starts. Only call sites in the bundle's own classes are seen; what a
 * library in another bundle does on the job's behalf is not.
 *
 * <p>Called by the framework on whatever thread loads a class.
 */
final class JobWeaver implements WeavingHook {
    private static final String HOOKS = Type.getInternalName(RunHooks.class);
    private static final String CONTEXT = "(Lorg/osgi/framework/BundleContext;)V";
    private static final String DEFERS = "(Lorg/osgi/framework/BundleActivator;Lorg/osgi/framework/BundleContext;J)Z";
    private static final Set<String> FACTORIES = Set.of(
            "newFixedThreadPool",
            "newSingleThreadExecutor",
            "newCachedThreadPool",
            "newScheduledThreadPool",
            "newSingleThreadScheduledExecutor");

    private static final Set<String> POOLS =
            Set.of("java/util/concurrent/ThreadPoolExecutor", "java/util/concurrent/ScheduledThreadPoolExecutor");
    private static final String FACTORY = "Ljava/util/concurrent/ThreadFactory;";
    private static final String HANDLER = "Ljava/util/concurrent/RejectedExecutionHandler;";

    private final String hooksImport;

    /** @param supervisor symbolic name of the bundle that exports the hooks */
    JobWeaver(String supervisor) {
        hooksImport =
                RunHooks.class.getPackageName() + ";" + Constants.BUNDLE_SYMBOLICNAME_ATTRIBUTE + "=" + supervisor;
    }

    @Override
    public void weave(WovenClass woven) {
        if (woven.getBundleWiring()
                .getRevision()
                .getDeclaredCapabilities(JobComponent.NAMESPACE)
                .isEmpty()) {
            return;
        }
        Bundle bundle = woven.getBundleWiring().getBundle();
        String activator = bundle.getHeaders("").get(Constants.BUNDLE_ACTIVATOR);
        boolean gated = activator != null && activator.trim().equals(woven.getClassName());
        try {
            ClassReader reader = new ClassReader(woven.getBytes());
            ClassWriter writer = new ClassWriter(reader, ClassWriter.COMPUTE_MAXS);
            JobClass visitor = new JobClass(writer, bundle.getBundleId(), gated);
            reader.accept(visitor, 0);
            if (visitor.changed) {
                woven.setBytes(writer.toByteArray());
                woven.getDynamicImports().add(hooksImport);
            }
        } catch (RuntimeException e) {
            // A WeavingException, unlike any other, leaves this hook in service.
            throw new WeavingException(
                    "cannot load " + woven.getClassName() + " of job bundle " + bundle
                            + ": its class file cannot be woven; compile it for a Java that this Lares knows",
                    e);
        }
    }

    private static final class JobClass extends ClassVisitor {
        private final long bundle;
        private final boolean activator;
        private String superName = "";
        private boolean starts;
        private boolean stops;
        private boolean changed;

        JobClass(ClassVisitor next, long bundle, boolean activator) {
            super(ASM9, next);
            this.bundle = bundle;
            this.activator = activator;
        }

        @Override
        public void visit(
                int version, int access, String name, String signature, String superName, String[] interfaces) {
            super.visit(version, access, name, signature, superName, interfaces);
            this.superName = superName;
        }

        @Override
        public MethodVisitor visitMethod(
                int access, String name, String descriptor, String signature, String[] exceptions) {
            MethodVisitor next = super.visitMethod(access, name, descriptor, signature, exceptions);
            boolean gate = false;
            if (activator && descriptor.equals(CONTEXT) && (access & ACC_ABSTRACT) == 0) {
                starts |= name.equals("start");
                stops |= name.equals("stop");
                gate = name.equals("start") || name.equals("stop");
            }
            return new JobMethod(next, gate ? name : null);
        }

        @Override
        public void visitEnd() {
            if (activator && !starts) {
                inherited("start");
            }
            if (activator && !stops) {
                inherited("stop");
            }
            super.visitEnd();
        }

        /** The method is a superclass's, which may belong to another bundle and to other activators. */
        private void inherited(String name) {
            MethodVisitor method = new JobMethod(
                    super.visitMethod(ACC_PUBLIC, name, CONTEXT, null, new String[] {"java/lang/Exception"}), name);
            method.visitCode();
            method.visitVarInsn(ALOAD, 0);
            method.visitVarInsn(ALOAD, 1);
            method.visitMethodInsn(INVOKESPECIAL, superName, name, CONTEXT, false);
            method.visitInsn(RETURN);
            method.visitMaxs(0, 0);
            method.visitEnd();
        }

        private final class JobMethod extends MethodVisitor {
            private final String gated;

            JobMethod(MethodVisitor next, String gated) {
                super(ASM9, next);
                this.gated = gated;
            }

            @Override
            public void visitCode() {
                super.visitCode();
                if (gated == null) {
                    return;
                }
                Label go = new Label();
                super.visitVarInsn(ALOAD, 0);
                super.visitVarInsn(ALOAD, 1);
                hook(gated.equals("start") ? "defersStart" : "defersStop", DEFERS);
                super.visitJumpInsn(IFEQ, go);
                super.visitInsn(RETURN);
                super.visitLabel(go);
                super.visitFrame(F_SAME, 0, null, 0, null);
                // Two frames must not meet at one offset, and the method may begin with its own.
                super.visitInsn(NOP);
            }

            @Override
            public void visitMethodInsn(int opcode, String owner, String name, String descriptor, boolean isInterface) {
                if (opcode == INVOKESTATIC && owner.equals("java/lang/System") && name.equals("exit")) {
                    hook("exit", "(IJ)V");
                    return;
                }
                if (owner.equals("java/lang/Runtime") && (name.equals("exit") || name.equals("halt"))) {
                    hook("exit", "(Ljava/lang/Runtime;IJ)V");
                    return;
                }
                if (opcode == INVOKESTATIC
                        && owner.equals("java/util/concurrent/Executors")
                        && FACTORIES.contains(name)) {
                    hook(name, descriptor.replace(")", "J)"));
                    return;
                }
                if (opcode == INVOKESPECIAL && name.equals("<init>") && POOLS.contains(owner)) {
                    super.visitMethodInsn(opcode, owner, name, withFactory(descriptor), isInterface);
                    return;
                }
                if (opcode == INVOKESPECIAL && name.equals("<init>") && owner.equals("java/util/Timer")) {
                    hook("makingTimer", "(J)V");
                    super.visitMethodInsn(opcode, owner, name, descriptor, isInterface);
                    hook("madeTimer", "(J)V");
                    return;
                }
                if (opcode == INVOKEVIRTUAL && name.equals("start") && descriptor.equals("()V")) {
                    super.visitInsn(DUP);
                    hook("starting", "(Ljava/lang/Object;J)V");
                } else if (isShared(owner, name)) {
                    super.visitLdcInsn(owner.substring(owner.lastIndexOf('/') + 1) + "." + name);
                    hook("unattributed", "(Ljava/lang/String;J)V");
                }
                super.visitMethodInsn(opcode, owner, name, descriptor, isInterface);
            }

            /** Leaves a noted factory on the stack among the arguments. @return the constructor that takes one */
            private String withFactory(String descriptor) {
                boolean handler = descriptor.endsWith(HANDLER + ")V");
                boolean factory = descriptor.contains(FACTORY);
                if (handler && factory) {
                    super.visitInsn(SWAP);
                }
                hook("factory", factory ? "(" + FACTORY + "J)" + FACTORY : "(J)" + FACTORY);
                if (handler) {
                    super.visitInsn(SWAP);
                }
                return factory
                        ? descriptor
                        : descriptor.replace(
                                handler ? HANDLER + ")" : ")", handler ? FACTORY + HANDLER + ")" : FACTORY + ")");
            }

            /** Whether the call hands work to threads that belong to no job. */
            private boolean isShared(String owner, String name) {
                return switch (owner) {
                    case "java/util/concurrent/ForkJoinPool" -> name.equals("commonPool");
                    case "java/util/concurrent/CompletableFuture" -> name.endsWith("Async");
                    case "java/util/concurrent/Executors" ->
                        name.equals("newWorkStealingPool") || name.equals("newVirtualThreadPerTaskExecutor");
                    case "java/lang/Thread" -> name.equals("startVirtualThread") || name.equals("ofVirtual");
                    default -> name.equals("parallelStream");
                };
            }

            /** Calls a hook whose last parameter is the bundle's id. */
            private void hook(String name, String descriptor) {
                changed = true;
                super.visitLdcInsn(bundle);
                super.visitMethodInsn(INVOKESTATIC, HOOKS, name, descriptor, false);
            }
        }
    }
}
