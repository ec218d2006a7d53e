package dev.sectional.testing;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.domain.JavaTypeVariable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * Lists every type that the public and protected signatures of a class mention: supertypes, type parameters, fields,
 * record components (as methods), parameters, results and declared exceptions, each with its type arguments.
 */
final class ApiTypes {
    private ApiTypes() {
    }

    /** Tells whether code in another package can name a class: it and every class around it are public or protected. */
    static boolean isVisible(JavaClass type) {
        return isOpen(type.getModifiers()) && type.getEnclosingClass().map(ApiTypes::isVisible).orElse(true)
                && !type.isAnonymousClass() && !type.isLocalClass();
    }

    /**
     * Passes each mentioned type on, with a description of the place that mentions it.
     *
     * @param type a class that {@link #isVisible} holds for
     */
    static void forEach(JavaClass type, BiConsumer<String, JavaClass> mention) {
        String name = type.getName();
        List<JavaType> supertypes = new ArrayList<>(type.getInterfaces());
        type.getSuperclass().ifPresent(supertypes::add);
        mention(name + " extends or implements", supertypes, mention);
        mention(name + ", type parameter", type.getTypeParameters(), mention);
        for (JavaField field : type.getFields()) {
            if (isOpen(field.getModifiers())) {
                mention(field.getFullName(), List.of(field.getType()), mention);
            }
        }
        for (JavaCodeUnit unit : type.getCodeUnits()) {
            if (isOpen(unit.getModifiers()) && !unit.getModifiers().contains(JavaModifier.SYNTHETIC)) {
                mention(unit.getFullName() + ", type parameter", unit.getTypeParameters(), mention);
                mention(unit.getFullName() + ", parameter", unit.getParameterTypes(), mention);
                mention(unit.getFullName() + ", result", List.of(unit.getReturnType()), mention);
                mention(unit.getFullName() + ", exception", unit.getExceptionTypes(), mention);
            }
        }
    }

    private static void mention(String where, Collection<? extends JavaType> types,
                                BiConsumer<String, JavaClass> mention) {
        Set<JavaClass> raw = new HashSet<>();
        for (JavaType type : types) {
            raw.addAll(type.getAllInvolvedRawTypes());
            if (type instanceof JavaTypeVariable<?> variable) {
                variable.getBounds().forEach(bound -> raw.addAll(bound.getAllInvolvedRawTypes()));
            }
        }
        raw.forEach(each -> mention.accept(where, each.getBaseComponentType()));
    }

    private static boolean isOpen(Set<JavaModifier> modifiers) {
        return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
    }
}
