using System.Text.Json;
using ServerlessTuning.Contracts;
using ServerlessTuning.Contracts.Graders;
using ServerlessTuning.Trainer.Stages;

namespace ServerlessTuning.Trainer.Graders;

/// <summary>Makes graders of their JSON.</summary>
public static class Grader
{
    /// <param name="path">Where the JSON stands in its file, such as <c>method.grader</c>.</param>
    /// <exception cref="RequestException">The JSON is no grader: says every problem, one a line.</exception>
    /// <exception cref="GraderException">A model or an environment variable that the grader names is missing.</exception>
    public static IGrader Parse(JsonElement json, string path, GraderResources resources, string file = "tuning.json")
    {
        var parsed = GraderRequest.Parse(json, path, file);
        return parsed.Request is { } request ? Of(request, resources)
            : throw new RequestException(string.Join('\n', parsed.Problems));
    }

    /// <exception cref="GraderException">A model or an environment variable that the grader names is missing.</exception>
    public static IGrader Of(GraderRequest request, GraderResources resources) => request switch
    {
        StringCheckRequest check => new TextGrader(check.Name, [check.Input, check.Reference], texts => new(StringCheck.Score(check.Operation, texts[0], texts[1]))),
        TextSimilarityRequest similarity => new TextGrader(similarity.Name, [similarity.Input, similarity.Reference], texts => Similar(similarity, texts)),
        RegexRequest regex => new TextGrader(regex.Name, [regex.Input], texts => new(regex.Pattern.IsIn(texts[0], regex.Name) ? 1 : 0)),
        JsonSchemaRequest schema => new TextGrader(schema.Name, [schema.Input], texts => Satisfies(schema, texts[0])),
        EndpointRequest endpoint => new EndpointGrader(endpoint, resources),
        MultiRequest multi => new MultiGrader(multi, [.. multi.Graders.Select(grader => (grader.Name, Of(grader, resources)))]),
        ScoreModelRequest model => new ScoreModelGrader(model, Model(model.Name, model.Model, resources)),
        LabelModelRequest model => new LabelModelGrader(model, Model(model.Name, model.Model, resources)),
        _ => throw new NotSupportedException($"There is no grader for a {request.GetType().Name}."),
    };

    private static GradedAnswer Similar(TextSimilarityRequest request, IReadOnlyList<string> texts)
    {
        var similarity = Similarity.TextSimilarity.Of(request.Metric, texts[0], texts[1]);
        return request.PassThreshold is not { } threshold ? new(similarity)
            : new(similarity >= threshold ? 1 : 0, new Dictionary<string, double> { ["similarity"] = similarity });
    }

    private static GradedAnswer Satisfies(JsonSchemaRequest request, string text) => StrictJson.TryParse(text) is not { } value
        ? new(0, "the answer is not JSON")
        : new(request.Schema.Accepts(value, request.Name) ? 1 : 0);

    private static OneAtATimeModel Model(string grader, string model, GraderResources resources) => resources.RewardModels(model) is { } found ? new(found)
        : throw new GraderException(grader, $"no published reward model \"{model}\"", "the name of one", "Publish a reward model under this name first (models of other services cannot be asked; an endpoint grader can ask them).");
}
