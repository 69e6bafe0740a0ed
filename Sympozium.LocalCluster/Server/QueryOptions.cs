using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Identity;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Objects;

namespace Sympozium.LocalCluster.Server;

/// <summary>Reads the query parameters of the verbs, with the refusals of Kubernetes for bad ones.</summary>
internal static class QueryOptions
{
    private const int LongestManager = 128;
    private const string MatchField = "resourceVersionMatch";

    public static ObjectFilter Filter(IQueryCollection query, KindDefinition kind, string? name)
    {
        string? fields = query["fieldSelector"];
        if (name is not null)
        {
            fields = string.IsNullOrEmpty(fields) ? $"metadata.name={name}" : $"{fields},metadata.name={name}";
        }

        return new ObjectFilter(LabelSelector.Parse(query["labelSelector"]), FieldSelector.Parse(kind, fields));
    }

    /// <exception cref="KubernetesException">400 when it is not a number.</exception>
    public static long? Number(IQueryCollection query, string name)
    {
        string? text = query[name];
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw Refusals.BadRequest($"strconv.ParseInt: parsing \"{text}\": invalid syntax");
    }

    /// <summary>As Go's converter reads booleans: all but false and 0 is true.</summary>
    public static bool Flag(IQueryCollection query, string name) => query.TryGetValue(name, out StringValues value) && value[0] is not ("false" or "0" or "False" or "FALSE" or "f");

    /// <param name="request">The request.</param>
    /// <param name="kind">Name of the options' kind in messages, for example <c>CreateOptions</c>.</param>
    /// <param name="user">Who asks.</param>
    /// <param name="patch">Format of a patch.</param>
    /// <exception cref="KubernetesException">422.</exception>
    public static WriteOptions Write(HttpRequest request, string kind, UserInfo user, PatchType? patch = null)
    {
        IQueryCollection query = request.Query;
        List<FieldProblem> problems = [];
        bool dryRun = DryRun(query["dryRun"], problems);
        string? validation = query["fieldValidation"];
        if (validation is not (null or "" or "Ignore" or "Warn" or "Strict"))
        {
            problems.Add(new FieldProblem(
                "fieldValidation", "FieldValueNotSupported", $"Unsupported value: \"{validation}\": supported values: \"\", \"Ignore\", \"Strict\", \"Warn\""));
        }

        string? manager = query["fieldManager"];
        CheckManager(manager, problems);
        if (patch == PatchType.Apply && string.IsNullOrEmpty(manager))
        {
            problems.Add(new FieldProblem("fieldManager", "FieldValueRequired", "Required value: is required for apply patch"));
        }
        else if (patch is not (null or PatchType.Apply) && query.ContainsKey("force"))
        {
            problems.Add(new FieldProblem("force", "FieldValueForbidden", "Forbidden: may not be specified for non-apply patch"));
        }

        if (problems.Count > 0)
        {
            throw Refusals.InvalidOptions(kind, [.. problems]);
        }

        return new WriteOptions
        {
            DryRun = dryRun,
            User = user,
            FieldManager = string.IsNullOrEmpty(manager) ? null : manager,
            DefaultManager = Agent(request),
            FieldValidation = validation switch
            {
                "Strict" => FieldValidation.Strict,
                "Ignore" => FieldValidation.Ignore,
                _ => FieldValidation.Warn,
            },
        };
    }

    public static bool DryRun(StringValues values, List<FieldProblem> problems)
    {
        if (values.Count == 0)
        {
            return false;
        }

        if (values.Any(value => value != "All"))
        {
            problems.Add(new FieldProblem(
                "dryRun", "FieldValueNotSupported",
                $"Unsupported value: [{string.Join(",", values.Select(value => $"\"{value}\""))}]: supported values: \"All\""));
        }

        return true;
    }

    /// <summary>
    /// The revision that a list must be of exactly: when the client says so, or names a version and a limit without saying anything, as
    /// Kubernetes has it for old clients. Null when anything at least as new will do.
    /// </summary>
    public static long? ExactRevision(IQueryCollection query, long limit)
    {
        string match = query["resourceVersionMatch"].ToString();
        bool isExact = match == "Exact" || (match.Length == 0 && limit > 0);
        return isExact && long.TryParse(query["resourceVersion"], NumberStyles.None, CultureInfo.InvariantCulture, out long revision) && revision > 0 ? revision : null;
    }

    /// <exception cref="KubernetesException">400, 422.</exception>
    public static void CheckList(IQueryCollection query, bool isWatch)
    {
        List<FieldProblem> problems = [];
        if (isWatch)
        {
            CheckWatch(query, problems);
        }
        else
        {
            CheckList(query, problems);
        }

        if (problems.Count > 0)
        {
            throw Refusals.InvalidOptions("ListOptions", [.. problems]);
        }

        if (!isWatch && query["continue"].ToString().Length > 0 && query["resourceVersion"].ToString() is not ("" or "0"))
        {
            throw Refusals.BadRequest("specifying resource version is not allowed when using continue");
        }
    }

    private static void CheckList(IQueryCollection query, List<FieldProblem> problems)
    {
        string match = query["resourceVersionMatch"].ToString();
        if (match.Length > 0)
        {
            string version = query["resourceVersion"].ToString();
            if (version.Length == 0)
            {
                problems.Add(Match("Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided"));
            }

            CheckContinue(query, problems);
            if (match is not ("Exact" or "NotOlderThan"))
            {
                problems.Add(new FieldProblem(
                    MatchField, "FieldValueNotSupported", $"Unsupported value: \"{match}\": supported values: \"\", \"Exact\", \"NotOlderThan\""));
            }

            if (match == "Exact" && version == "0")
            {
                problems.Add(Match("Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""));
            }
        }

        if (query.ContainsKey("sendInitialEvents"))
        {
            problems.Add(new FieldProblem("sendInitialEvents", "FieldValueForbidden", "Forbidden: sendInitialEvents is forbidden for list"));
        }
    }

    private static void CheckWatch(IQueryCollection query, List<FieldProblem> problems)
    {
        string match = query["resourceVersionMatch"].ToString();
        bool initial = query.ContainsKey("sendInitialEvents");
        if (initial && match != "NotOlderThan")
        {
            problems.Add(Match("Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
        }

        if (match.Length == 0)
        {
            return;
        }

        if (!initial)
        {
            problems.Add(Match("Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
        }

        if (match != "NotOlderThan")
        {
            problems.Add(new FieldProblem(MatchField, "FieldValueNotSupported", $"Unsupported value: \"{match}\": supported values: \"NotOlderThan\""));
        }

        CheckContinue(query, problems);
    }

    private static void CheckContinue(IQueryCollection query, List<FieldProblem> problems)
    {
        if (query["continue"].ToString().Length > 0)
        {
            problems.Add(Match("Forbidden: resourceVersionMatch is forbidden when continue is provided"));
        }
    }

    private static FieldProblem Match(string message) => new(MatchField, "FieldValueForbidden", message);

    /// <summary>The program's name: the user agent up to its version.</summary>
    private static string Agent(HttpRequest request)
    {
        string agent = request.Headers.UserAgent.ToString();
        int slash = agent.IndexOf('/', StringComparison.Ordinal);
        string name = slash < 0 ? agent : agent[..slash];
        if (name.Length > LongestManager)
        {
            name = name[..LongestManager];
        }

        return name.Length == 0 ? "unknown" : name;
    }

    private static void CheckManager(string? manager, List<FieldProblem> problems)
    {
        if (manager is null)
        {
            return;
        }

        if (System.Text.Encoding.UTF8.GetByteCount(manager) > LongestManager)
        {
            problems.Add(new FieldProblem("fieldManager", "FieldValueTooLong", $"Too long: may not be more than {LongestManager} bytes"));
        }

        int odd = manager.AsSpan().IndexOfAnyInRange('\0', '\u001f');
        if (odd >= 0)
        {
            string shown = manager == "\a" ? "\\a" : manager.Replace(manager[odd].ToString(), $"\\x{(int)manager[odd]:x2}", StringComparison.Ordinal);
            problems.Add(new FieldProblem(
                "fieldManager", "FieldValueInvalid", $"Invalid value: \"{shown}\": invalid character U+{(int)manager[odd]:X4} (at position {odd})"));
        }
    }
}
