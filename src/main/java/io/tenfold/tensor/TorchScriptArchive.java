package io.tenfold.tensor;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** A TorchScript archive, as {@code torch.jit.save} writes it, around one class without parameters. */
final class TorchScriptArchive {

    private TorchScriptArchive() {}

    /** The archive's bytes: a zip whose entries are stored uncompressed. */
    static byte[] of(String className, byte[] source) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.setMethod(ZipOutputStream.STORED);
            put(zip, "data.pkl", module(className));
            put(zip, "code/__torch__.py", source);
            put(zip, "constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'}); // an empty tuple
            put(zip, "version", ascii("10\n")); // an older one would give some ops their older meaning
        }
        return bytes.toByteArray();
    }

    /** A pickle, protocol 2, of an object of the class with the one attribute {@code training = True}. */
    private static byte[] module(String className) throws IOException {
        ByteArrayOutputStream pickle = new ByteArrayOutputStream();
        pickle.write(new byte[] {(byte) 0x80, 2});
        pickle.write(ascii("c__torch__\n" + className + "\n)")); // GLOBAL, EMPTY_TUPLE
        pickle.write(new byte[] {(byte) 0x81, '}', '('}); // NEWOBJ, EMPTY_DICT, MARK
        pickle.write(new byte[] {'X', 8, 0, 0, 0}); // BINUNICODE, its length
        pickle.write(ascii("training"));
        pickle.write(new byte[] {(byte) 0x88, 'u', 'b', '.'}); // NEWTRUE, SETITEMS, BUILD, STOP
        return pickle.toByteArray();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static void put(ZipOutputStream zip, String name, byte[] content) throws IOException {
        CRC32 checksum = new CRC32();
        checksum.update(content);
        ZipEntry entry = new ZipEntry("ops/" + name);
        entry.setSize(content.length);
        entry.setCompressedSize(content.length);
        entry.setCrc(checksum.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }
}
