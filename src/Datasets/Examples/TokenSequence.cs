using System.Runtime.InteropServices;

namespace ServerlessTuning.Datasets.Examples;

/// <summary>Tokens of one example and what each is learned as. Filled again for each example.</summary>
public sealed class TokenSequence
{
    /// <summary>A label that carries no loss.</summary>
    public const int NoLoss = -100;

    private readonly List<int> ids = [], labels = [];

    public int Count => ids.Count;

    public ReadOnlySpan<int> Ids => CollectionsMarshal.AsSpan(ids);

    public ReadOnlySpan<int> Labels => CollectionsMarshal.AsSpan(labels);

    /// <summary>How many of the first tokens carry loss.</summary>
    public int SupervisedIn(int first) => first - Labels[..first].Count(NoLoss);

    internal void Clear()
    {
        ids.Clear();
        labels.Clear();
    }

    /// <summary>A token that says what it is learned as, such as the id of a tag.</summary>
    internal void AddLabeled(int id, int label)
    {
        ids.Add(id);
        labels.Add(label);
    }

    /// <summary>Leaves tokens out in the middle, so that those at both ends stay.</summary>
    internal void Remove(int from, int count)
    {
        ids.RemoveRange(from, count);
        labels.RemoveRange(from, count);
    }

    /// <summary>The very first token has nothing that could predict it, so it never carries loss.</summary>
    internal void Add(int id, bool supervised)
    {
        labels.Add(supervised && ids.Count > 0 ? id : NoLoss);
        ids.Add(id);
    }
}
