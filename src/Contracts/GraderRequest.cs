using System.Text.Json;
using ServerlessTuning.Contracts.Graders;

namespace ServerlessTuning.Contracts;

/// <summary>
/// How a sampled answer is judged: the JSON of OpenAI's graders, with <c>regex</c>, <c>json_schema</c> and <c>endpoint</c> added. What can be checked without an
/// answer (templates, patterns, formulas, schemas) is checked when it is parsed, so that a wrong grader never starts a GPU.
/// </summary>
/// <param name="Name">Named in errors; below <c>multi</c> it is the name that the formula uses.</param>
public abstract record GraderRequest(string Name)
{
    /// <summary>The published reward models that it asks.</summary>
    public virtual IEnumerable<string> Models => [];

    /// <param name="path">Where the grader stands in its file, such as <c>method.grader</c>; "" for the whole file.</param>
    /// <param name="file">Named in the problems.</param>
    public static ParsedGrader Parse(JsonElement json, string path, string file = "tuning.json")
    {
        List<DatasetProblem> problems = [];
        var request = new GraderParser(file, problems).Parse(json.Clone(), path); // the caller's document may be gone when a pattern or schema is asked
        return problems.Count > 0 ? new(null, problems) : new(request, []);
    }
}

/// <param name="Request">Null when there are problems.</param>
public sealed record ParsedGrader(GraderRequest? Request, IReadOnlyList<DatasetProblem> Problems);

/// <summary><c>string_check</c>: 1 or 0.</summary>
public sealed record StringCheckRequest(string Name, AnswerTemplate Input, AnswerTemplate Reference, StringOperation Operation) : GraderRequest(Name);

/// <summary>Equal, not equal, contains, contains whatever the case.</summary>
public enum StringOperation
{
    Eq,
    Ne,
    Like,
    Ilike,
}

/// <summary><c>text_similarity</c>: 0 to 1.</summary>
/// <param name="PassThreshold">When given, the reward is 1 from this similarity on and 0 below it.</param>
public sealed record TextSimilarityRequest(string Name, AnswerTemplate Input, AnswerTemplate Reference, SimilarityMetric Metric, double? PassThreshold) : GraderRequest(Name);

/// <summary>What docs/graders.md defines one by one.</summary>
public enum SimilarityMetric
{
    FuzzyMatch,
    Bleu,
    Gleu,
    Meteor,
    Cosine,
    Rouge1,
    Rouge2,
    Rouge3,
    Rouge4,
    Rouge5,
    RougeL,
}

/// <summary><c>regex</c>: 1 when the pattern is found anywhere in the input.</summary>
public sealed record RegexRequest(string Name, AnswerTemplate Input, BoundedPattern Pattern) : GraderRequest(Name);

/// <summary><c>json_schema</c>: 1 when the input is JSON that satisfies the schema.</summary>
public sealed record JsonSchemaRequest(string Name, AnswerTemplate Input, JsonSchema Schema) : GraderRequest(Name);

/// <summary><c>endpoint</c>: what a web service of the user's says.</summary>
/// <param name="Timeout">Of one attempt.</param>
/// <param name="Headers">Values with <c>${GRADER_…}</c> in the place of secrets.</param>
public sealed record EndpointRequest(string Name, Uri Url, TimeSpan Timeout, IReadOnlyDictionary<string, string> Headers) : GraderRequest(Name);

/// <summary><c>multi</c>: a formula over the rewards of others.</summary>
public sealed record MultiRequest(string Name, IReadOnlyList<GraderRequest> Graders, Formula Output) : GraderRequest(Name)
{
    public override IEnumerable<string> Models => Graders.SelectMany(grader => grader.Models);
}

/// <summary><c>score_model</c>: what a published reward model says.</summary>
/// <param name="Input">Null: the item's <c>messages</c>, then the answer.</param>
/// <param name="Range">Least and most; a score outside is moved to the nearer end. Null: as it comes.</param>
public sealed record ScoreModelRequest(string Name, string Model, IReadOnlyList<TurnTemplate>? Input, ScoreRange? Range) : GraderRequest(Name)
{
    public override IEnumerable<string> Models => [Model];
}

/// <summary>Both ends belong to it.</summary>
public sealed record ScoreRange(double Least, double Most);

/// <summary><c>label_model</c>: 1 when the label that a published reward model likes best as the reply to the input is a passing one.</summary>
public sealed record LabelModelRequest(
    string Name, string Model, IReadOnlyList<TurnTemplate> Input, IReadOnlyList<string> Labels, IReadOnlyList<string> PassingLabels) : GraderRequest(Name)
{
    public override IEnumerable<string> Models => [Model];
}

/// <summary>One turn of what a model is shown.</summary>
public sealed record TurnTemplate(string Role, AnswerTemplate Content);
