package io.tenfold.image;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Field;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What our own classes reach by reflection, read from their bytes. */
final class OurClasses {

    private static final String JACKSON = "com.fasterxml.jackson";

    /** Methods that hand a class to Jackson. */
    private static final Set<String> BINDING = Set.of("treeToValue", "convertValue", "readValue", "as");

    private final List<ClassModel> models;

    private OurClasses(List<ClassModel> models) {
        this.models = models;
    }

    static OurClasses below(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> classes = files.filter(file -> file.toString().endsWith(".class"))
                    .filter(file -> !file.endsWith("package-info.class"))
                    .toList();
            List<ClassModel> models = new ArrayList<>();
            for (Path file : classes) {
                models.add(ClassFile.of().parse(file));
            }
            return new OurClasses(models);
        }
    }

    /** The texts in methods that call {@code Class.forName}: with a constant as its argument, that is the class. */
    Set<String> namedByForName() {
        Set<String> names = new TreeSet<>();
        for (CodeModel code : methodsThatCall("java/lang/Class", Set.of("forName"))) {
            constants(code)
                    .filter(String.class::isInstance)
                    .map(String.class::cast)
                    .forEach(names::add);
        }
        names.removeIf(name -> !name.matches("[a-z]+(\\.\\w+)+"));
        return names;
    }

    /** How many foreign functions are linked. */
    int downcalls() {
        return methodsThatCall("java/lang/foreign/Linker", Set.of("downcallHandle"))
                .size();
    }

    /** What Jackson reads or writes: annotated for it or handed to it, and what such a class is made of. */
    Set<String> boundByJackson() {
        Deque<Class<?>> waiting = new ArrayDeque<>();
        for (ClassModel model : models) {
            Class<?> type = load(model.thisClass().asSymbol());
            if (isAnnotated(type)) {
                waiting.add(type);
            }
        }
        for (CodeModel code : methodsThatCall(null, BINDING)) {
            constants(code).filter(ClassDesc.class::isInstance).forEach(type -> waiting.add(load((ClassDesc) type)));
        }
        Set<String> bound = new TreeSet<>();
        while (!waiting.isEmpty()) {
            Class<?> type = waiting.pop();
            if (isOurs(type) && bound.add(type.getName())) {
                waiting.addAll(parts(type));
            }
        }
        return bound;
    }

    private static boolean isOurs(Class<?> type) {
        return type.getName().startsWith("io.tenfold.");
    }

    private static boolean isAnnotated(Class<?> type) {
        List<AnnotatedElement> elements = new ArrayList<>(List.of(type));
        elements.addAll(List.of(type.getDeclaredMethods()));
        elements.addAll(List.of(type.getDeclaredFields()));
        elements.addAll(List.of(type.getDeclaredConstructors()));
        return elements.stream()
                .flatMap(element -> Arrays.stream(element.getAnnotations()))
                .anyMatch(annotation -> annotation.annotationType().getName().startsWith(JACKSON));
    }

    private static List<Class<?>> parts(Class<?> type) {
        List<Class<?>> parts = new ArrayList<>();
        if (type.isSealed()) {
            parts.addAll(List.of(type.getPermittedSubclasses()));
        }
        for (Field field : type.getDeclaredFields()) {
            if (!Modifier.isStatic(field.getModifiers())) {
                collect(field.getGenericType(), parts);
            }
        }
        return parts;
    }

    private static void collect(Type type, List<Class<?>> parts) {
        switch (type) {
            case Class<?> plain -> parts.add(plain.isArray() ? plain.getComponentType() : plain);
            case ParameterizedType whole -> {
                collect(whole.getRawType(), parts);
                Arrays.stream(whole.getActualTypeArguments()).forEach(argument -> collect(argument, parts));
            }
            case GenericArrayType array -> collect(array.getGenericComponentType(), parts);
            default -> {
                // A variable or a wildcard names no class.
            }
        }
    }

    private List<CodeModel> methodsThatCall(@Nullable String owner, Set<String> names) {
        return models.stream()
                .flatMap(model -> model.methods().stream())
                .flatMap((MethodModel method) -> method.code().stream())
                .filter(code -> code.elementStream()
                        .anyMatch(element -> element instanceof InvokeInstruction call
                                && (owner == null
                                        || call.owner().asInternalName().equals(owner))
                                && names.contains(call.name().stringValue())))
                .toList();
    }

    private static Stream<Object> constants(CodeModel code) {
        return code.elementStream()
                .filter(ConstantInstruction.class::isInstance)
                .map(element -> (Object) ((ConstantInstruction) element).constantValue());
    }

    private static Class<?> load(ClassDesc type) {
        try {
            String name = type.descriptorString();
            return Class.forName(
                    name.startsWith("L")
                            ? name.substring(1, name.length() - 1).replace('/', '.')
                            : name.replace('/', '.'),
                    false,
                    OurClasses.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }
}
