namespace ServerlessTuning.Cli;

/// <summary>Something the person at the terminal can mend; the message says what and how.</summary>
public sealed class UserError(string message) : Exception(message);
