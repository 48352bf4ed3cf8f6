using Microsoft.DurableTask;

namespace ServerlessTuning.Testing;

/// <summary>Orchestrators whose result shows whether a result was lost or counted twice.</summary>
public static class Shapes
{
    /// <summary>Activities one after the other, each told its name.</summary>
    /// <param name="activity">Returns 1.</param>
    public static async Task<int> Row(TaskOrchestrationContext context, string activity, int length)
    {
        var sum = 0;
        for (var i = 0; i < length; i++)
        {
            sum += await context.CallActivityAsync<int>(activity, $"{context.InstanceId}/{i}");
        }

        return sum;
    }

    /// <summary>The events Number in the order they came, until a negative one; continues as new at every third.</summary>
    public static async Task<List<int>> Collect(TaskOrchestrationContext context)
    {
        var numbers = context.GetInput<List<int>>() ?? [];
        for (var i = 0; i < 3; i++)
        {
            var number = await context.WaitForExternalEvent<int>("Number");
            if (number < 0)
            {
                return numbers;
            }

            numbers.Add(number);
        }

        context.ContinueAsNew(numbers);
        return numbers;
    }
}
