namespace ServerlessTuning.Datasets.Formats;

/// <summary>How a file is cut into examples.</summary>
public enum FileLayout
{
    /// <summary>One JSON object a line.</summary>
    JsonLines,

    /// <summary>A header and records with quoted fields, separated by commas or tabs.</summary>
    Delimited,

    /// <summary>Text for people; paragraphs are separated by blank lines.</summary>
    PlainText,
}

/// <summary>What the examples of a file are.</summary>
public enum ExampleKind
{
    /// <summary>OpenAI's <c>messages</c>.</summary>
    Chat,

    PromptCompletion,
    Text,

    /// <summary>A text and its label, labels, or number.</summary>
    Labeled,

    /// <summary>Words and a tag for each.</summary>
    Tagged,

    /// <summary>What was asked, and a better and a worse answer.</summary>
    Preference,

    /// <summary>What was asked, an answer, and whether it is good.</summary>
    Judged,

    /// <summary>What is asked, for the model to answer, with whatever a grader needs.</summary>
    Prompt,
}

/// <summary>What detection found out about a file.</summary>
/// <param name="Delimiter">Of a <see cref="FileLayout.Delimited"/> file.</param>
/// <param name="Columns">Of a <see cref="FileLayout.Delimited"/> file: its header.</param>
/// <param name="HoldsChats">Examples are lists of messages.</param>
public sealed record FileFormat(FileLayout Layout, ExampleKind Kind, char? Delimiter = null, IReadOnlyList<string>? Columns = null, bool HoldsChats = false);
