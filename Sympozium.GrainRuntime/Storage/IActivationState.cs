using Orleans.Core;

namespace Sympozium.GrainRuntime.Storage;

/// <summary>State which the runtime reads before a grain starts.</summary>
internal interface IActivationState : IStorage;
