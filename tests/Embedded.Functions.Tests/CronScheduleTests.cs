using ServerlessTuning.Embedded.Functions.Timers;

namespace ServerlessTuning.Embedded.Functions.Tests;

public sealed class CronScheduleTests
{
    [Theory]
    [InlineData("0 */5 * * * *", "2026-11-21T10:02:03", "2026-11-21T10:05:00")]
    [InlineData("30 0 9 * * 1-5", "2026-11-21T10:00:00", "2026-11-23T09:00:30")] // a Saturday to Monday
    [InlineData("0 0 0 29 2 *", "2026-11-21T10:00:00", "2028-02-29T00:00:00")]
    [InlineData("0 15,45 * * * *", "2026-11-21T10:15:00", "2026-11-21T10:45:00")]
    [InlineData("0 0 9 * * Mon-Fri", "2026-11-21T10:00:00", "2026-11-23T09:00:00")]
    [InlineData("0 0 0 1 jan,JUL *", "2026-11-21T10:00:00", "2027-01-01T00:00:00")]
    [InlineData("0 0 0 29 2 Sun", "2088-03-01T00:00:00", "2128-02-29T00:00:00")]
    [InlineData("00:10:00", "2026-11-21T10:02:03", "2026-11-21T10:12:03")]
    public void The_next_time_is_the_first_after_now_that_every_field_allows(string schedule, string now, string expected) =>
        Assert.Equal(Utc(expected), new CronSchedule(schedule).Next(Utc(now)));

    [Theory]
    [InlineData("soon")]
    [InlineData("0 60 * * * *")]
    [InlineData("0 */0 * * * *")]
    [InlineData("0 0 0 * * 1-2-3")]
    [InlineData("0 0 0 Mon * *")]
    public void A_schedule_that_cannot_be_read_is_refused_with_an_example(string schedule) =>
        Assert.Contains("for example '0 */5 * * * *'", Assert.Throws<FormatException>(() => new CronSchedule(schedule)).Message);

    [Theory]
    [InlineData("0 0 0 30 2 *")]
    [InlineData("10675199.00:00:00")]
    public void A_schedule_that_is_never_due_says_the_end_of_time(string schedule) =>
        Assert.Equal(DateTime.MaxValue, new CronSchedule(schedule).Next(Utc("2026-11-21T10:00:00")));

    private static DateTime Utc(string text) => DateTime.SpecifyKind(DateTime.Parse(text), DateTimeKind.Utc);
}
