using System.Globalization;
using System.Text;

namespace ServerlessTuning.Datasets.Templates.Jinja;

/// <summary>C's <c>strftime</c> in the English locale, which is what Python has when none is set.</summary>
internal static class DateFormat
{
    public static string Format(string format, DateTime time)
    {
        var text = new StringBuilder();
        for (var at = 0; at < format.Length; at++)
        {
            if (format[at] != '%' || at + 1 == format.Length)
            {
                text.Append(format[at]);
                continue;
            }

            var unpadded = format[++at] == '-' && at + 1 < format.Length;       // glibc: %-d
            at += unpadded ? 1 : 0;
            var part = Part(format[at], time);
            text.Append(unpadded && part.Length > 1 ? part.TrimStart('0', ' ').PadLeft(1, '0') : part);
        }

        return text.ToString();
    }

    private static string Part(char letter, DateTime time) => letter switch
    {
        'a' => In(time, "ddd"),
        'A' => In(time, "dddd"),
        'b' or 'h' => In(time, "MMM"),
        'B' => In(time, "MMMM"),
        'c' => Format("%a %b %e %H:%M:%S %Y", time),
        'C' => $"{time.Year / 100:00}",
        'd' => In(time, "dd"),
        'D' or 'x' => In(time, "MM/dd/yy"),
        'e' => $"{time.Day,2}",
        'f' => In(time, "ffffff"),
        'F' => In(time, "yyyy-MM-dd"),
        'G' => $"{ISOWeek.GetYear(time)}",
        'H' => In(time, "HH"),
        'I' => In(time, "hh"),
        'j' => $"{time.DayOfYear:000}",
        'k' => $"{time.Hour,2}",
        'l' => $"{(time.Hour + 11) % 12 + 1,2}",
        'm' => In(time, "MM"),
        'M' => In(time, "mm"),
        'n' => "\n",
        'p' => time.Hour < 12 ? "AM" : "PM",
        'P' => time.Hour < 12 ? "am" : "pm",
        'r' => Format("%I:%M:%S %p", time),
        'R' => In(time, "HH:mm"),
        's' => $"{new DateTimeOffset(time, TimeSpan.Zero).ToUnixTimeSeconds()}",
        'S' => In(time, "ss"),
        't' => "\t",
        'T' or 'X' => In(time, "HH:mm:ss"),
        'u' => $"{((int)time.DayOfWeek + 6) % 7 + 1}",
        'U' => $"{(time.DayOfYear + 6 - (int)time.DayOfWeek) / 7:00}",
        'V' => $"{ISOWeek.GetWeekOfYear(time):00}",
        'w' => $"{(int)time.DayOfWeek}",
        'W' => $"{(time.DayOfYear + 6 - ((int)time.DayOfWeek + 6) % 7) / 7:00}",
        'y' => In(time, "yy"),
        'Y' => $"{time.Year}",
        'z' or 'Z' => "",                       // as of a Python datetime without a zone
        '%' => "%",
        _ => $"%{letter}",
    };

    private static string In(DateTime time, string format) => time.ToString(format, CultureInfo.InvariantCulture);
}
