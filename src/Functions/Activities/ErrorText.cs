using System.Diagnostics.CodeAnalysis;

namespace ServerlessTuning.Functions.Activities;

/// <summary>Error texts before they enter an orchestration's history, which is read again at every step.</summary>
public static class ErrorText
{
    /// <summary>4,096 characters of UTF-16: 8 KB.</summary>
    public const int Longest = 4096;

    [return: NotNullIfNotNull(nameof(text))]
    public static string? Cut(string? text) => text?.Length > Longest ? text[..(Longest - 1)] + "…" : text;
}
