using System.Net.Sockets;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace ServerlessTuning.Embedded.Functions.Hosting;

/// <summary>Why a host could not start, in words for the person who started it, where the machine or a setting is the reason and not the program.</summary>
internal static class StartProblem
{
    private const int ReadOnly = 8, CannotWrite = 10, Full = 13, CannotOpen = 14, NoDatabase = 26; // sqlite.org/rescode.html

    /// <param name="address">Where the host was to listen.</param>
    /// <param name="history">The durable history's file.</param>
    /// <returns>Null: nothing known, so the stack trace is the best there is to show.</returns>
    public static string? Of(Exception failure, string address, string history) => failure switch
    {
        IOException { InnerException: AddressInUseException } or SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } =>
            $"The functions host cannot listen on {address}: another program holds that port. Stop it, or choose another port with --port or ASPNETCORE_URLS (http://localhost:7072).",
        SocketException { SocketErrorCode: SocketError.AccessDenied } or IOException { InnerException: SocketException { SocketErrorCode: SocketError.AccessDenied } } =>
            $"The functions host may not listen on {address}: ports below 1024 want more rights. Choose another port with --port or ASPNETCORE_URLS (http://localhost:7072).",
        SocketException { SocketErrorCode: SocketError.AddressNotAvailable } =>
            $"The functions host cannot listen on {address}: this machine has no such address. Choose one that it has with ASPNETCORE_URLS, for example http://localhost:7071.",
        SqliteException { SqliteErrorCode: ReadOnly or CannotOpen } => $"The durable history {history} cannot be written: {failure.Message} Give this user the right to write the file and its folder, or another folder with the setting Embedded:State.",
        SqliteException { SqliteErrorCode: Full or CannotWrite } => $"The durable history {history} cannot be written: {failure.Message} Is the disk full? Make room, or give another folder with the setting Embedded:State.",
        SqliteException { SqliteErrorCode: NoDatabase } => $"{history} is no durable history: {failure.Message} Move the file away, or give another folder with the setting Embedded:State.",
        UnauthorizedAccessException => $"The folder of the durable history {history} cannot be written: {failure.Message} Give this user the right, or another folder with the setting Embedded:State.",
        IOException or OptionsValidationException or JsonException => failure.Message,
        InvalidOperationException or FormatException when IsOwn(failure) => failure.Message,
        AggregateException { InnerExceptions: [var only] } => Of(only, address, history),
        _ => null,
    };

    /// <summary>This host's own refusals of settings and functions say all there is to say; another program's InvalidOperationException may be a bug.</summary>
    private static bool IsOwn(Exception failure) => failure.TargetSite?.Module.Assembly == typeof(StartProblem).Assembly;
}
