using System.Buffers.Binary;

namespace Sympozium.Testing.Otlp;

/// <summary>The fields of a protobuf message: numbers as <see cref="ulong"/>, everything with a length as bytes.</summary>
internal static class ProtobufReader
{
    public static IEnumerable<(int Field, byte[] Value)> Messages(byte[] message, int field) =>
        Fields(message).Where(pair => pair.Field == field && pair.Value is byte[]).Select(pair => (pair.Field, (byte[])pair.Value));

    public static IReadOnlyList<(int Field, object Value)> Fields(byte[] message)
    {
        List<(int, object)> fields = [];
        int at = 0;
        while (at < message.Length)
        {
            ulong key = Number(message, ref at);
            object value;
            switch (key & 7)
            {
                case 0:
                    value = Number(message, ref at);
                    break;
                case 1:
                    value = BinaryPrimitives.ReadUInt64LittleEndian(message.AsSpan(at));
                    at += sizeof(ulong);
                    break;
                case 2:
                    int length = (int)Number(message, ref at);
                    value = message[at..(at + length)];
                    at += length;
                    break;
                case 5:
                    value = (ulong)BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(at));
                    at += sizeof(uint);
                    break;
                default:
                    throw new FormatException($"Wire type {key & 7} at byte {at} is none of protobuf's.");
            }

            fields.Add(((int)(key >> 3), value));
        }

        return fields;
    }

    private static ulong Number(byte[] message, ref int at)
    {
        ulong number = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = message[at++];
            number |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return number;
            }
        }
    }
}
