using Microsoft.Data.Sqlite;
using Microsoft.DurableTask.Client;

namespace ServerlessTuning.Embedded.DurableTask.Storage;

/// <summary>The table of instances.</summary>
internal static class Instances
{
    private const string Columns =
        "id, execution, name, version, status, created, updated, input, output, custom_status, failure, tags, parent, parent_name, parent_execution, parent_task";

    public static Instance? Find(Database database, string id) =>
        database.Query(Read, $"SELECT {Columns} FROM instances WHERE id = $1", id).SingleOrDefault();

    /// <summary>In the order of ids, after <paramref name="after"/>.</summary>
    public static List<Instance> List(Database database, OrchestrationQuery query, string after, int count)
    {
        var statuses = query.Statuses?.Select(status => (int)status).ToArray();
        var prefix = query.InstanceIdPrefix ?? "";
        return database.Query(
            Read,
            $"""
            SELECT {Columns} FROM instances
            WHERE id > $1 AND id >= $3 AND id < $3 || char(1114111) AND substr(id, 1, $2) = $3 AND created >= $4 AND created <= $5 {Among(statuses)}
            ORDER BY id LIMIT $6
            """,
            after, prefix.Length, prefix, query.CreatedFrom?.UtcTicks ?? 0, query.CreatedTo?.UtcTicks ?? long.MaxValue, count);
    }

    public static void Insert(Database database, Instance instance) => database.Execute(
        $"INSERT INTO instances ({Columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        instance.Id, instance.Execution, instance.Name, instance.Version, (int)instance.Status, instance.Created.Ticks, instance.Updated.Ticks,
        instance.Input, instance.Output, instance.CustomStatus, Json.Write(instance.Failure), Json.Write(instance.Tags),
        instance.Parent?.Id, instance.Parent?.Name, instance.Parent?.Execution, instance.Parent?.Task);

    public static bool Update(Database database, Instance instance, string execution) => database.Execute(
        """
        UPDATE instances SET execution = $3, version = $4, status = $5, updated = $6, input = $7, output = $8, custom_status = $9, failure = $10
        WHERE id = $1 AND execution = $2
        """,
        instance.Id, execution, instance.Execution, instance.Version, (int)instance.Status, instance.Updated.Ticks,
        instance.Input, instance.Output, instance.CustomStatus, Json.Write(instance.Failure)) == 1;

    private static string Among(int[]? statuses) => statuses is null or [] ? "" : $"AND status IN ({string.Join(", ", statuses)})";

    private static Instance Read(SqliteDataReader row) => new(row.GetString(0), row.GetString(1), row.GetString(2))
    {
        Version = row.GetString(3),
        Status = (OrchestrationRuntimeStatus)row.GetInt32(4),
        Created = row.Time(5),
        Updated = row.Time(6),
        Input = row.Text(7),
        Output = row.Text(8),
        CustomStatus = row.Text(9),
        Failure = Json.ReadFailure(row.Text(10)),
        Tags = Json.ReadTags(row.Text(11)),
        Parent = row.Text(12) is { } parent ? new ParentLink(parent, row.GetString(13), row.GetString(14), row.GetInt32(15)) : null,
    };
}
