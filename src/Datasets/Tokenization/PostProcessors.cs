namespace ServerlessTuning.Datasets.Tokenization;

/// <summary>Reads which tokens the post-processor puts around a single text.</summary>
internal static class PostProcessors
{
    public static SpecialTokensTemplate Read(JsonPart? part) => part?["type"].String switch
    {
        null or "ByteLevel" => SpecialTokensTemplate.None,
        "TemplateProcessing" => Template(part),
        "RobertaProcessing" or "BertProcessing" => new([Id(part["cls"])], [Id(part["sep"])]),
        "Sequence" => Sequence(part["processors"].Items),
        _ => throw part["type"].Unsupported("'ByteLevel', 'TemplateProcessing', 'RobertaProcessing', 'BertProcessing' or a 'Sequence' of them"),
    };

    private static SpecialTokensTemplate Sequence(IEnumerable<JsonPart> processors) => processors.Select(Read).Aggregate(
        SpecialTokensTemplate.None, (inner, outer) => new([.. outer.Before, .. inner.Before], [.. inner.After, .. outer.After]));

    private static SpecialTokensTemplate Template(JsonPart part)
    {
        var (before, after) = (new List<int>(), new List<int>());
        var target = before;
        foreach (var piece in part["single"].Items)
        {
            if (piece.Optional("SpecialToken") is { } token)
            {
                target.AddRange(part["special_tokens"][token["id"].String]["ids"].Items.Select(id => id.Int));
            }
            else
            {
                _ = piece["Sequence"];
                target = after;
            }
        }
        return new(before, after);
    }

    private static int Id(JsonPart nameAndId) => nameAndId.Items.ToList() is [_, var id] ? id.Int : throw nameAndId.Wrong("another length", "a token and its id");
}
