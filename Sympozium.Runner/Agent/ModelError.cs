using System.Text;
using Sympozium.Abstractions.Runs;
using Sympozium.Runner.Json;

namespace Sympozium.Runner.Agent;

/// <summary>An error in OpenAI's form.</summary>
/// <param name="Message">What the provider says.</param>
/// <param name="Code">Its code, if any.</param>
internal sealed record ModelError(string Message, string? Code)
{
    private const int MaxMessageLength = 1000;

    /// <summary>The code when it is one of <see cref="RunFailureReasons"/>: the broker has decided why the run fails.</summary>
    public string? Reason => Code is RunFailureReasons.ReferenceNotFound or RunFailureReasons.InvalidSpec or RunFailureReasons.MissingCredentials
        or RunFailureReasons.PolicyDenied or RunFailureReasons.Timeout or RunFailureReasons.ModelUnavailable or RunFailureReasons.ModelRejected
        or RunFailureReasons.ModelError or RunFailureReasons.IterationLimit or RunFailureReasons.InfrastructureLost ? Code : null;

    /// <summary>Reads a response body; one that is not an OpenAI error is quoted as text.</summary>
    public static ModelError ReadBody(ReadOnlySpan<byte> body)
    {
        if (JsonCursor.Check(body) == JsonKind.Object)
        {
            var cursor = new JsonCursor(body);
            cursor.Enter(JsonKind.Object);
            while (cursor.NextProperty(out ReadOnlySpan<byte> name))
            {
                if (name.SequenceEqual("error"u8))
                {
                    return Read(ref cursor);
                }

                cursor.Skip();
            }
        }

        string text = Encoding.UTF8.GetString(body).Trim();
        return new ModelError(text.Length == 0 ? "The answer has no text." : Cut(text), null);
    }

    /// <summary>Reads the value of <c>error</c>.</summary>
    public static ModelError Read(ref JsonCursor cursor)
    {
        if (cursor.Peek() != JsonKind.Object)
        {
            return new ModelError(Cut(cursor.String() ?? "The error has no text."), null);
        }

        string? message = null;
        string? code = null;
        cursor.Enter(JsonKind.Object);
        while (cursor.NextProperty(out ReadOnlySpan<byte> name))
        {
            if (name.SequenceEqual("message"u8))
            {
                message = cursor.String();
            }
            else if (name.SequenceEqual("code"u8))
            {
                code = cursor.String();
            }
            else
            {
                cursor.Skip();
            }
        }

        return new ModelError(Cut(message ?? "The error has no text."), code);
    }

    /// <summary>
    /// What an error in the middle of a stream means. The broker cannot repeat an answer that has begun to arrive, so this side does;
    /// reasons that lie in the run itself are final.
    /// </summary>
    public Exception ToStreamFailure() => Reason switch
    {
        null or RunFailureReasons.ModelUnavailable => new ModelAttemptException($"The model broke off with an error: {Message}", isRubbish: false),
        RunFailureReasons.ModelError => new ModelAttemptException(Message, isRubbish: true),
        _ => new ModelFailureException(Reason, Message),
    };

    private static string Cut(string text) => text.Length <= MaxMessageLength ? text : text[..MaxMessageLength] + "…";
}
