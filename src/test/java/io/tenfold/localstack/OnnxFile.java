package io.tenfold.localstack;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The weights and nodes of an ONNX model, read without its schema: only field numbers of {@code onnx.proto3} are known
 * here. Weights that lie outside the file are not read.
 */
record OnnxFile(Map<String, Weight> weights, List<Node> nodes) {

    private static final int MODEL_GRAPH = 7;
    private static final int GRAPH_NODE = 1;
    private static final int GRAPH_WEIGHT = 5;
    private static final int NODE_INPUT = 1;
    private static final int NODE_NAME = 3;
    private static final int NODE_OPERATION = 4;
    private static final int NODE_ATTRIBUTE = 5;
    private static final int ATTRIBUTE_NAME = 1;
    private static final int ATTRIBUTE_INTEGER = 3;
    private static final int TENSOR_DIMENSION = 1;
    private static final int TENSOR_TYPE = 2;
    private static final int TENSOR_NAME = 8;
    private static final int TENSOR_BYTES = 9;
    private static final long FLOAT = 1;

    /** A float array with its shape. */
    static final class Weight {

        private final long[] shape;
        private final float[] values;

        Weight(long[] shape, float[] values) {
            this.shape = shape;
            this.values = values;
        }

        long[] shape() {
            return shape;
        }

        float[] values() {
            return values;
        }

        /** Rows become columns. */
        Weight transposed() {
            int rows = Math.toIntExact(shape[0]);
            int columns = Math.toIntExact(shape[1]);
            float[] turned = new float[values.length];
            for (int r = 0; r < rows; r++) {
                for (int c = 0; c < columns; c++) {
                    turned[c * rows + r] = values[r * columns + c];
                }
            }
            return new Weight(new long[] {columns, rows}, turned);
        }
    }

    /** One operation. {@code transposesWeight}: a Gemm whose second operand stands as PyTorch has it. */
    record Node(String name, String operation, List<String> inputs, boolean transposesWeight) {}

    /** Reads a file. */
    static OnnxFile parse(byte[] bytes) throws InvalidProtocolBufferException {
        ByteString graph = UnknownFieldSet.parseFrom(bytes)
                .getField(MODEL_GRAPH)
                .getLengthDelimitedList()
                .getFirst();
        UnknownFieldSet fields = UnknownFieldSet.parseFrom(graph);
        Map<String, Weight> weights = new LinkedHashMap<>();
        for (ByteString tensor : fields.getField(GRAPH_WEIGHT).getLengthDelimitedList()) {
            addIfFloat(weights, UnknownFieldSet.parseFrom(tensor));
        }
        List<Node> nodes = new ArrayList<>();
        for (ByteString node : fields.getField(GRAPH_NODE).getLengthDelimitedList()) {
            nodes.add(node(UnknownFieldSet.parseFrom(node)));
        }
        return new OnnxFile(weights, nodes);
    }

    private static void addIfFloat(Map<String, Weight> weights, UnknownFieldSet tensor)
            throws InvalidProtocolBufferException {
        boolean isFloat = tensor.getField(TENSOR_TYPE).getVarintList().contains(FLOAT);
        List<ByteString> raw = tensor.getField(TENSOR_BYTES).getLengthDelimitedList();
        if (isFloat && !raw.isEmpty()) {
            FloatBuffer floats = ByteBuffer.wrap(raw.getFirst().toByteArray())
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer();
            float[] values = new float[floats.remaining()];
            floats.get(values);
            weights.put(text(tensor, TENSOR_NAME), new Weight(dimensions(tensor), values));
        }
    }

    /** Writers of this format may pack repeated numbers or not. */
    private static long[] dimensions(UnknownFieldSet tensor) throws InvalidProtocolBufferException {
        List<Long> dimensions =
                new ArrayList<>(tensor.getField(TENSOR_DIMENSION).getVarintList());
        for (ByteString packed : tensor.getField(TENSOR_DIMENSION).getLengthDelimitedList()) {
            var input = packed.newCodedInput();
            try {
                while (!input.isAtEnd()) {
                    dimensions.add(input.readInt64());
                }
            } catch (java.io.IOException e) {
                throw new InvalidProtocolBufferException(e);
            }
        }
        return dimensions.stream().mapToLong(Long::longValue).toArray();
    }

    private static Node node(UnknownFieldSet node) throws InvalidProtocolBufferException {
        boolean transposes = false;
        for (ByteString bytes : node.getField(NODE_ATTRIBUTE).getLengthDelimitedList()) {
            UnknownFieldSet attribute = UnknownFieldSet.parseFrom(bytes);
            transposes |= text(attribute, ATTRIBUTE_NAME).equals("transB")
                    && attribute.getField(ATTRIBUTE_INTEGER).getVarintList().contains(1L);
        }
        List<String> inputs = node.getField(NODE_INPUT).getLengthDelimitedList().stream()
                .map(ByteString::toStringUtf8)
                .toList();
        return new Node(text(node, NODE_NAME), text(node, NODE_OPERATION), inputs, transposes);
    }

    private static String text(UnknownFieldSet message, int field) {
        List<ByteString> values = message.getField(field).getLengthDelimitedList();
        return values.isEmpty() ? "" : values.getLast().toStringUtf8();
    }
}
