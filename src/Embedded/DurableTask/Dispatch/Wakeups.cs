using System.Threading.Channels;

namespace ServerlessTuning.Embedded.DurableTask.Dispatch;

/// <summary>Instances with something to do. Each is handed to one taker at a time; woken meanwhile, it comes again.</summary>
internal sealed class Wakeups
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, State> states = [];
    private readonly Channel<string> queue = Channel.CreateUnbounded<string>();

    private enum State
    {
        Queued,
        Taken,
        TakenAndWoken,
    }

    public void Wake(string id)
    {
        lock (gate)
        {
            if (!states.TryGetValue(id, out var state))
            {
                states[id] = State.Queued;
                queue.Writer.TryWrite(id);
            }
            else if (state == State.Taken)
            {
                states[id] = State.TakenAndWoken;
            }
        }
    }

    /// <exception cref="OperationCanceledException"/>
    public async ValueTask<string> Take(CancellationToken cancellation)
    {
        var id = await queue.Reader.ReadAsync(cancellation);
        lock (gate)
        {
            states[id] = State.Taken;
        }

        return id;
    }

    public void Done(string id)
    {
        lock (gate)
        {
            if (states.Remove(id, out var state) && state == State.TakenAndWoken)
            {
                states[id] = State.Queued;
                queue.Writer.TryWrite(id);
            }
        }
    }
}
