using ServerlessTuning.Embedded.Functions.Timers;

namespace ServerlessTuning.Embedded.Functions.Tests;

public sealed class CronScheduleTests
{
    [Theory]
    [InlineData("0 */5 * * * *", "2026-11-21T10:02:03", "2026-11-21T10:05:00")]
    [InlineData("30 0 9 * * 1-5", "2026-11-21T10:00:00", "2026-11-23T09:00:30")] // a Saturday to Monday
    [InlineData("0 0 0 29 2 *", "2026-11-21T10:00:00", "2028-02-29T00:00:00")]
    [InlineData("0 15,45 * * * *", "2026-11-21T10:15:00", "2026-11-21T10:45:00")]
    [InlineData("00:10:00", "2026-11-21T10:02:03", "2026-11-21T10:12:03")]
    public void The_next_time_is_the_first_after_now_that_every_field_allows(string schedule, string now, string expected) =>
        Assert.Equal(Utc(expected), new CronSchedule(schedule).Next(Utc(now)));

    [Theory]
    [InlineData("soon")]
    [InlineData("0 60 * * * *")]
    [InlineData("0 */0 * * * *")]
    public void A_schedule_that_cannot_be_read_is_refused_with_an_example(string schedule) =>
        Assert.Contains("for example '0 */5 * * * *'", Assert.Throws<FormatException>(() => new CronSchedule(schedule)).Message);

    private static DateTime Utc(string text) => DateTime.SpecifyKind(DateTime.Parse(text), DateTimeKind.Utc);
}
