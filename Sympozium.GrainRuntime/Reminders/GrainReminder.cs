using Orleans.Runtime;

namespace Sympozium.GrainRuntime.Reminders;

/// <summary>A registered reminder, as its grain holds it.</summary>
internal sealed record GrainReminder(string ReminderName, string ETag) : IGrainReminder;
