namespace ServerlessTuning.Embedded.Functions.Timers;

/// <summary>When a timer is due: NCRONTAB of six fields (second minute hour day month weekday; 0 = Sunday; names such as Jan and Mon), or a TimeSpan between runs. UTC.</summary>
internal sealed class CronSchedule
{
    private const int YearsToLook = 50; // 29 February falls on a given weekday at least once in 40 years

    private static readonly string[] Months = ["", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    private static readonly string[] Days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    private readonly TimeSpan? interval;
    private readonly bool[][] fields = [];

    public CronSchedule(string text)
    {
        if (TimeSpan.TryParse(text, out var span) && text.Contains(':', StringComparison.Ordinal))
        {
            interval = span > TimeSpan.Zero ? span : throw Wrong(text);
            return;
        }

        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 5)
        {
            words = ["0", .. words];
        }

        fields = words.Length == 6
            ? [Field(words[0], 0, 59), Field(words[1], 0, 59), Field(words[2], 0, 23), Field(words[3], 1, 31), Field(words[4], 1, 12, Months), Field(words[5], 0, 6, Days)]
            : throw Wrong(text);

        bool[] Field(string word, int first, int last, string[]? names = null) => ParseField(word, first, last, names ?? []) ?? throw Wrong(text);
    }

    /// <returns>The first due time after a moment; <see cref="DateTime.MaxValue"/> when there is none, as for 30 February.</returns>
    public DateTime Next(DateTime after)
    {
        if (interval is { } span)
        {
            return span < DateTime.MaxValue - after ? after + span : DateTime.MaxValue;
        }

        var time = new DateTime(after.Ticks - after.Ticks % TimeSpan.TicksPerSecond, DateTimeKind.Utc).AddSeconds(1);
        while (Skip(time) is { } later)
        {
            if (later.Year > after.Year + YearsToLook)
            {
                return DateTime.MaxValue;
            }

            time = later;
        }

        return time;
    }

    /// <returns>A later moment to look at, past what cannot be due; null when the moment is due.</returns>
    private DateTime? Skip(DateTime time) =>
        !fields[4][time.Month] ? new DateTime(time.Year, time.Month, 1, 0, 0, 0, DateTimeKind.Utc).AddMonths(1)
        : !fields[3][time.Day] || !fields[5][(int)time.DayOfWeek] ? time.Date.AddDays(1)
        : !fields[2][time.Hour] ? time.Date.AddHours(time.Hour + 1)
        : !fields[1][time.Minute] ? time.Date.AddMinutes(time.Hour * 60 + time.Minute + 1)
        : !fields[0][time.Second] ? time.AddSeconds(1)
        : null;

    private static bool[]? ParseField(string word, int first, int last, string[] names)
    {
        var allowed = new bool[last + 1];
        foreach (var part in word.Split(','))
        {
            var step = 1;
            var range = part.Split('/');
            if (range.Length > 2 || (range.Length == 2 && (!int.TryParse(range[1], out step) || step < 1)))
            {
                return null;
            }

            var ends = range[0].Split('-');
            var (from, to) = (first, last);
            if (range[0] != "*" && (ends.Length > 2 || !Value(ends[0], names, out from) || !Value(ends[^1], names, out to)))
            {
                return null;
            }

            if (ends.Length == 1 && range.Length == 2)
            {
                to = last; // 5/10: from 5 on
            }

            if (from < first || to > last || from > to)
            {
                return null;
            }

            for (var value = from; value <= to; value += step)
            {
                allowed[value] = true;
            }
        }

        return allowed;
    }

    private static bool Value(string word, string[] names, out int value)
    {
        value = Array.FindIndex(names, name => name.Length > 0 && name.Equals(word, StringComparison.OrdinalIgnoreCase));
        return value >= 0 || int.TryParse(word, out value);
    }

    private static FormatException Wrong(string text) =>
        new($"Timer schedule '{text}': expected six fields (second minute hour day month weekday), for example '0 */5 * * * *', or a time such as '00:05:00'.");
}
