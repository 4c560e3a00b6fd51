package io.tenfold.image;

import com.github.luben.zstd.util.ZstdVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A native library as it lies in a jar on the class path, and the Java classes that it looks up by name. */
record NativeLibrary(String resource) {

    /** Every library that Tenfold loads through JNI. */
    static final List<NativeLibrary> ALL = List.of(
            new NativeLibrary("jnilib/linux-x86_64/cpu/libdjl_torch.so"),
            new NativeLibrary("jnilib/linux-x86_64/cu128/libdjl_torch.so"),
            new NativeLibrary("native/lib/linux-x86_64/cpu/libtokenizers.so"),
            new NativeLibrary("com/sun/jna/linux-x86-64/libjnidispatch.so"),
            new NativeLibrary("linux/amd64/libzstd-jni-" + ZstdVersion.VERSION + ".so"),
            new NativeLibrary("org/xerial/snappy/native/Linux/x86_64/libsnappyjava.so"));

    /** As {@code FindClass} wants it. */
    private static final Pattern NAME = Pattern.compile(
            "(?:ai/djl|java/(?:lang|util|io|nio)|org/slf4j|org/xerial|com/(?:sun|github))/[A-Za-z0-9_/$]+");

    /** The classes whose names stand in the library. Rust writes texts without an end, so the longest name of a class counts. */
    Set<String> classes() throws IOException {
        Set<String> classes = new TreeSet<>();
        Matcher matcher = NAME.matcher(new String(bytes(), StandardCharsets.ISO_8859_1));
        while (matcher.find()) {
            longestClass(matcher.group().replace('/', '.')).ifPresent(classes::add);
        }
        return classes;
    }

    private static Optional<String> longestClass(String text) {
        for (int end = text.length(); end > text.indexOf('.'); end--) {
            if (isClass(text.substring(0, end))) {
                return Optional.of(text.substring(0, end));
            }
        }
        return Optional.empty();
    }

    private static boolean isClass(String name) {
        try {
            Class.forName(name, false, NativeLibrary.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    private byte[] bytes() throws IOException {
        try (InputStream in = NativeLibrary.class.getClassLoader().getResourceAsStream(resource)) {
            if (in == null) {
                throw new IOException(resource + " is not on the class path");
            }
            return in.readAllBytes();
        }
    }
}
