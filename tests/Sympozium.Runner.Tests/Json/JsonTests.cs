using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sympozium.Abstractions.Ipc;
using Sympozium.Runner.Agent;
using Sympozium.Runner.Json;

namespace Sympozium.Runner.Tests.Json;

/// <summary>The runner's own JSON against System.Text.Json.</summary>
public sealed class JsonTests
{
    public static TheoryData<string> Texts => new("", "plain", "quote \" back \\ slash /", "line\nfeed\ttab\rreturn\b\f", "\u0001\u001f\u007f", "ünïcödé 漢字 😀", "lone \ud800 surrogate");

    [Theory]
    [MemberData(nameof(Texts))]
    public void String_WrittenAndRead_IsTheSame(string text)
    {
        byte[] json = new JsonText().String(text).ToArray();
        string expected = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
        Assert.Equal(expected, JsonNode.Parse(json)!.GetValue<string>());
        Assert.Equal(expected, new JsonCursor(json).String());
        Assert.Equal(text.Contains('\ud800', StringComparison.Ordinal) ? expected : text, new JsonCursor(Encoding.UTF8.GetBytes(JsonValue.Create(expected)!.ToJsonString())).String());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData(" { \"a\" : [ 1 , -2.5e+3 , true , false , null , \"x\" ] , \"b\" : { } } ")]
    [InlineData("0")]
    [InlineData("[[[]],{\"a\":[]}]")]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}}")]
    [InlineData("{\"a\"}")]
    [InlineData("{\"a\":}")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{,}")]
    [InlineData("[1,]")]
    [InlineData("[1 2]")]
    [InlineData("01")]
    [InlineData("-")]
    [InlineData("1.")]
    [InlineData("1e")]
    [InlineData("tru")]
    [InlineData("\"open")]
    [InlineData("\"\\x\"")]
    [InlineData("\"\\u12g4\"")]
    [InlineData("\"\n\"")]
    [InlineData("{'a':1}")]
    [InlineData("nul")]
    [InlineData("{\"a\":1 \"b\":2}")]
    public void Check_AgreesWithTheLibrary(string json)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(json);
        bool isValid;
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            isValid = true;
        }
        catch (JsonException)
        {
            isValid = false;
        }

        Assert.Equal(isValid, JsonCursor.Check(bytes) != JsonKind.None);
    }

    [Fact]
    public void Check_InvalidUtf8OrTooDeep_IsRefused()
    {
        Assert.Equal(JsonKind.None, JsonCursor.Check([(byte)'"', 0xff, (byte)'"']));
        Assert.Equal(JsonKind.None, JsonCursor.Check(Encoding.UTF8.GetBytes(new string('[', 1000) + new string(']', 1000))));
    }

    [Fact]
    public void Result_IsWhatTheContractReads()
    {
        var result = new AgentResult
        {
            Status = AgentResultStatus.Error,
            Response = "half \"an\" answer",
            Error = "line\nbreak",
            Reason = "Timeout",
            Metrics = new AgentMetrics { DurationMs = 1, InputTokens = 2, OutputTokens = 3, ToolCalls = 4 },
        };
        Assert.Equal(result, JsonSerializer.Deserialize(OutputFiles.Json(result), IpcJson.Default.AgentResult));
        Assert.Equal("{\"status\":\"success\"}", Encoding.UTF8.GetString(OutputFiles.Json(new AgentResult { Status = "success" })));
    }
}
