using System.Text.Json;
using System.Text.RegularExpressions;

namespace ServerlessTuning.Contracts.Graders;

/// <summary>
/// The fields of an <c>endpoint</c> grader. Requests are stored and shown, so no secret may stand in one; and whoever writes a request must not be able to send the
/// trainer's other secrets to a service of theirs, so only variables made for graders are read.
/// </summary>
internal static partial class EndpointFields
{
    public static EndpointRequest Read(GraderFields fields, string name)
    {
        var text = fields.Text("url", "the https address of a service");
        var isWeb = Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0;
        if (text.Length > 0 && !isWeb)
        {
            fields.Problem("url", text.Contains('@') ? "an address that is not shown here" : $"\"{text}\"", "an absolute http or https address without a password in it", "Correct the address; a secret belongs into headers.");
        }

        var headers = Headers(fields);
        if (isWeb && headers.Count > 0 && url is { Scheme: "http", IsLoopback: false })
        {
            fields.Problem("url", $"\"{text}\" with headers that hold secrets", "an https address", "Use https, so that the secrets are not read on the way.");
        }

        return new(name, isWeb ? url! : new("http://localhost"), TimeSpan.FromSeconds(fields.Number("timeoutSeconds", 0.1, 600) ?? 30), headers);
    }

    private static Dictionary<string, string> Headers(GraderFields fields)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (fields.Given("headers") is not { } value)
        {
            return headers;
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            return fields.Wrong("headers", value, "an object of texts", headers);
        }

        foreach (var header in value.EnumerateObject())
        {
            var text = header.Value.ValueKind == JsonValueKind.String ? header.Value.GetString()! : "";
            if (!HeaderName().IsMatch(header.Name) || !HeaderValue().IsMatch(text) || !headers.TryAdd(header.Name, text))
            {
                fields.Problem($"headers.{header.Name}", "a value that is not shown here", "a header's name, once, with a value such as \"Bearer ${GRADER_TOKEN}\"",
                    "Put the secret into an environment variable of the trainer whose name begins with GRADER_.");
            }
        }

        return headers;
    }

    [GeneratedRegex(@"^[A-Za-z0-9-]{1,100}\z")]
    private static partial Regex HeaderName();

    /// <summary>A short word such as Bearer may stand before the variable.</summary>
    [GeneratedRegex(@"^([A-Za-z]{1,20} )?\$\{GRADER_[A-Z0-9_]{1,100}\}\z")]
    private static partial Regex HeaderValue();
}
