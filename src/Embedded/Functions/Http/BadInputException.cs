using Microsoft.AspNetCore.Http;

namespace ServerlessTuning.Embedded.Functions.Http;

/// <summary>The caller's fault, found before the function ran: its message is the answer. What the function itself throws is the app's fault.</summary>
internal sealed class BadInputException(string message, int status = StatusCodes.Status400BadRequest, Exception? inner = null) : Exception(message, inner)
{
    public int Status { get; } = status;
}
