using System.ComponentModel;
using System.Diagnostics;

namespace ServerlessTuning.Recipes;

/// <summary>The lines that a program of a Debian package prints.</summary>
public static class ExternalProgram
{
    public static IEnumerable<string> Lines(string program, string package, params string[] arguments)
    {
        using var process = Start(program, package, arguments);
        while (process.StandardOutput.ReadLine() is { } line)
        {
            yield return line;
        }
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidDataException($"{program} {string.Join(' ', arguments)} ended with exit code {process.ExitCode}. Reinstall it: apt-get install --reinstall {package}");
        }
    }

    private static Process Start(string program, string package, string[] arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        }
        catch (Win32Exception)
        {
            throw new FileNotFoundException($"The program '{program}' is not installed. Install it: apt-get install {package}");
        }
    }
}
