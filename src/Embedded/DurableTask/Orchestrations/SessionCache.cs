namespace ServerlessTuning.Embedded.DurableTask.Orchestrations;

/// <summary>Sessions kept between steps, so that a long history is not replayed at each; the least recently used goes first.</summary>
internal sealed class SessionCache(int capacity)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, LinkedListNode<Session>> byId = [];
    private readonly LinkedList<Session> byUse = new();

    public Session? Take(string id)
    {
        lock (gate)
        {
            if (!byId.Remove(id, out var node))
            {
                return null;
            }

            byUse.Remove(node);
            return node.Value;
        }
    }

    public void Keep(Session session)
    {
        lock (gate)
        {
            if (byId.Remove(session.Instance.Id, out var before))
            {
                byUse.Remove(before);
            }

            byId[session.Instance.Id] = byUse.AddLast(session);
            while (byUse.Count > capacity)
            {
                byId.Remove(byUse.First!.Value.Instance.Id);
                byUse.RemoveFirst();
            }
        }
    }
}
