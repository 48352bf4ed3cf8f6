using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace ServerlessTuning.Embedded.Functions.Blobs;

/// <summary>A message that is hidden from others for as long as its function runs: hidden anew at half its time, shown again or deleted at the end.</summary>
internal sealed class MessageLease(QueueClient queue, QueueMessage message, TimeSpan visibility) : IAsyncDisposable
{
    private readonly CancellationTokenSource ended = new();
    private string receipt = message.PopReceipt;
    private Task renewal = Task.CompletedTask;

    public QueueMessage Message => message;

    public void Start() => renewal = Renew();

    /// <summary>Its work is done, or it is poison now.</summary>
    public async Task DeleteAsync() => await Last(() => queue.DeleteMessageAsync(message.MessageId, receipt));

    /// <summary>To be had at once by whoever asks next.</summary>
    public async Task ReleaseAsync() => await Last(() => queue.UpdateMessageAsync(message.MessageId, receipt, visibilityTimeout: TimeSpan.Zero));

    public async ValueTask DisposeAsync()
    {
        await ended.CancelAsync();
        await renewal;
        ended.Dispose();
    }

    /// <summary>Renewals change the receipt, so the last of them must be over. Who has lost the message meanwhile leaves it to the one who has it.</summary>
    private async Task Last(Func<Task> action)
    {
        await ended.CancelAsync();
        await renewal;
        try
        {
            await action();
        }
        catch (RequestFailedException lost) when (lost.ErrorCode is "MessageNotFound" or "PopReceiptMismatch")
        {
            // another delivery deals with it
        }
    }

    private async Task Renew()
    {
        while (true)
        {
            await Task.Delay(visibility / 2, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (ended.IsCancellationRequested)
            {
                return;
            }

            try
            {
                receipt = (await queue.UpdateMessageAsync(message.MessageId, receipt, visibilityTimeout: visibility, cancellationToken: CancellationToken.None)).Value.PopReceipt;
            }
            catch (Exception e) when (e is RequestFailedException or AggregateException or HttpRequestException or IOException)
            {
                // Storage is away or the message is lost; in the worst case another delivery runs beside this one: at least once.
            }
        }
    }
}
